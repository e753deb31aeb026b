// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_direct/stages.h"

namespace ingot {

namespace conv2d_direct {
Schedule<ConvolutionStages> cpu_depthwise();
Schedule<ConvolutionStages> cpu_groups();
Schedule<ConvolutionStages> cpu_narrow();
Schedule<ConvolutionStages> cpu_planar();
Schedule<ConvolutionStages> cpu_stem();
Schedule<ConvolutionStages> cpu_strips();
Schedule<ConvolutionStages> cpu_tiled();
Schedule<ConvolutionStages> cuda_channels();
Schedule<ConvolutionStages> cuda_pixels();
}  // namespace conv2d_direct

const std::vector<Schedule<ConvolutionStages>> &conv2d_direct_schedules() {
    static const std::vector<Schedule<ConvolutionStages>> schedules = {
        conv2d_direct::cpu_tiled(),   conv2d_direct::cpu_strips(),    conv2d_direct::cpu_stem(),
        conv2d_direct::cpu_planar(),  conv2d_direct::cpu_narrow(),    conv2d_direct::cpu_depthwise(),
        conv2d_direct::cpu_groups(),  convolution_reference(),        convolution_cuda_reference(),
        conv2d_direct::cuda_pixels(), conv2d_direct::cuda_channels(),
    };
    return schedules;
}

}  // namespace ingot
