// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/convolution.h"
#include "generators/kernel_generator.h"
#include "schedules/depthwise_pointwise/stages.h"

namespace ingot {

/// Answers sequential where its layers are a depthwise conv2d and a 1 x 1 conv2d:
///
///     middle(c, x, y, n) = epilogue0(bias0(c) + sum over kx, ky of weights0(c, kx, ky) * src(c, ...))
///     dst(c, x, y, n)    = epilogue1(bias1(c) + sum over ci of weights1(c, ci) * middle(ci, x, y, n))
///
/// The sums are those of the two kernels by themselves, in the same order; see convolution.h.
class DepthwisePointwiseGenerator : public KernelGenerator<DepthwisePointwiseGenerator> {
public:
    void generate() {
        constrain_inputs();
        ConvolutionStages depthwise = layer(0, Halide::Func(*src));
        ConvolutionStages pointwise = layer(1, depthwise.out);
        DepthwisePointwiseStages stages{spec, depthwise, pointwise};
        define_dst(stages.pointwise.out);
        apply_schedule(depthwise_pointwise_schedules(), choice, stages, *level);
    }

private:
    [[nodiscard]] Halide::Func constant(const std::string &name) const {
        const Input *input = layer_constant(name);
        return input == nullptr ? Halide::Func() : Halide::Func(*input);
    }

    /// The stages of layer i, `out` included, over `picture`.
    [[nodiscard]] ConvolutionStages layer(std::size_t i, const Halide::Func &picture) const {
        const std::string number = std::to_string(i);
        const KernelSpec &of = spec.layers[i];
        ConvolutionStages stages =
            make_convolution({of, *level, picture, constant("weights" + number), constant("bias" + number)});
        const Halide::Var &c = stages.c, &x = stages.x, &y = stages.y, &n = stages.n;
        const EpilogueOperands epilogue_operands{constant("slope" + number),
                                                 add == nullptr ? Halide::Func() : Halide::Func(*add)};
        stages.out(c, x, y, n) = apply_epilogue(of, epilogue_operands, stages.conv(c, x, y, n), {c, x, y, n});
        return stages;
    }
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::DepthwisePointwiseGenerator, depthwise_pointwise)
