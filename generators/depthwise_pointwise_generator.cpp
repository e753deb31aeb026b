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
        ConvolutionStages depthwise = convolution_layer(0, Halide::Func(*src));
        ConvolutionStages pointwise = convolution_layer(1, depthwise.out);
        DepthwisePointwiseStages stages{spec, depthwise, pointwise};
        define_dst(stages.pointwise.out);
        apply_schedule(depthwise_pointwise_schedules(), choice, stages, *level);
    }
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::DepthwisePointwiseGenerator, depthwise_pointwise)
