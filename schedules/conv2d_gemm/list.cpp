// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_gemm/stages.h"
#include "schedules/cuda.h"

namespace ingot {

namespace conv2d_gemm {

Schedule<PixelConvolutionStages> cpu_panels();
Schedule<PixelConvolutionStages> cpu_tiled();

// One accumulator in plain loops: supports everything.
static Schedule<PixelConvolutionStages> cpu_reference() {
    return {{"cpu_reference", 0, {}, supports_all, plain_layouts, nullptr},
            [](PixelConvolutionStages &stages, const Target &, const ParamValues &) {
                place_padding(stages.src, stages.out, stages.n, stages.spec);
                stages.conv.compute_at(stages.out, stages.c);
                stages.conv.update();
            }};
}

// A thread computes one element of dst.
static Schedule<PixelConvolutionStages> cuda_reference() {
    return {{"cuda_reference", 0, {}, supports_all, plain_layouts, nullptr},
            [](PixelConvolutionStages &stages, const Target &, const ParamValues &) {
                const Halide::Var thread =
                    cuda_thread_per_element(stages.out, {stages.c, stages.x, stages.y}, stages.n);
                stages.conv.compute_at(stages.out, thread);
                stages.conv.update();
            }};
}

}  // namespace conv2d_gemm

const std::vector<Schedule<PixelConvolutionStages>> &conv2d_gemm_schedules() {
    static const std::vector<Schedule<PixelConvolutionStages>> schedules = {
        conv2d_gemm::cpu_panels(),
        conv2d_gemm::cpu_tiled(),
        conv2d_gemm::cpu_reference(),
        conv2d_gemm::cuda_reference(),
    };
    return schedules;
}

}  // namespace ingot
