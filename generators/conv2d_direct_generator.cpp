// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/convolution.h"
#include "generators/kernel_generator.h"
#include "schedules/conv2d_direct/stages.h"

namespace ingot {

/// Answers conv2d: dst(c, x, y, n) = epilogue(conv(c, x, y, n)); see convolution.h.
class Conv2dDirectGenerator : public KernelGenerator<Conv2dDirectGenerator> {
public:
    void generate() {
        constrain_inputs();
        ConvolutionStages stages = make_convolution(operands());
        const Halide::Var &c = stages.c, &x = stages.x, &y = stages.y, &n = stages.n;
        stages.out(c, x, y, n) = epilogue(stages.conv(c, x, y, n), {c, x, y, n});
        define_dst(stages.out);
        apply_schedule(conv2d_direct_schedules(), choice, stages, *level);
    }
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::Conv2dDirectGenerator, conv2d_direct)
