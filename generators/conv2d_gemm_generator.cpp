// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/convolution.h"
#include "generators/kernel_generator.h"
#include "schedules/conv2d_gemm/stages.h"

namespace ingot {

/// Answers conv2d as a product of two matrices, weights [co, ky * kx * ci] and pixels [ky * kx * ci, oh * ow],
/// whose second one is never written down: conv(c, p, n) is convolution.h's sum at column p % ow, row p / ow, and
/// dst(c, x, y, n) = epilogue(conv(c, x + ow * y, n)).
class Conv2dGemmGenerator : public KernelGenerator<Conv2dGemmGenerator> {
public:
    void generate() {
        constrain_inputs();
        PixelConvolutionStages stages{convolution_operands(operands()), Halide::Var("pixel")};
        const Halide::Var &c = stages.c, &x = stages.x, &y = stages.y, &n = stages.n, &pixel = stages.pixel;
        const int columns = static_cast<int>(spec.output().w);
        stages.conv(c, pixel, n) = stages.bias(c);
        stages.conv(c, pixel, n) += convolution_term(stages, pixel % columns, pixel / columns);
        stages.out(c, x, y, n) = epilogue(stages.conv(c, x + columns * y, n), {c, x, y, n});
        define_dst(stages.out);
        apply_schedule(conv2d_gemm_schedules(), choice, stages, *level);
    }
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::Conv2dGemmGenerator, conv2d_gemm)
