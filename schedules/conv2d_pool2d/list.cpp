// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d/stages.h"

namespace ingot {

namespace conv2d_pool2d {
Schedule<ConvolutionStages> cpu_lines();
Schedule<ConvolutionStages> cpu_planar();
Schedule<ConvolutionStages> cpu_rows();
Schedule<ConvolutionStages> cpu_stem();
Schedule<ConvolutionStages> cpu_strips();
Schedule<ConvolutionStages> cpu_tiled();
Schedule<ConvolutionStages> cuda_channels();
Schedule<ConvolutionStages> cuda_pixels();
}  // namespace conv2d_pool2d

const std::vector<Schedule<ConvolutionStages>> &conv2d_pool2d_schedules() {
    static const std::vector<Schedule<ConvolutionStages>> schedules = {
        conv2d_pool2d::cpu_tiled(),     conv2d_pool2d::cpu_rows(),    conv2d_pool2d::cpu_strips(),
        conv2d_pool2d::cpu_stem(),      conv2d_pool2d::cpu_lines(),   conv2d_pool2d::cpu_planar(),
        convolution_reference(),        convolution_cuda_reference(), conv2d_pool2d::cuda_pixels(),
        conv2d_pool2d::cuda_channels(),
    };
    return schedules;
}

}  // namespace ingot
