// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d/stages.h"

namespace ingot {

namespace conv2d_pool2d {
Schedule<ConvolutionStages> cpu_rows();
Schedule<ConvolutionStages> cpu_tiled();
}  // namespace conv2d_pool2d

const std::vector<Schedule<ConvolutionStages>> &conv2d_pool2d_schedules() {
    static const std::vector<Schedule<ConvolutionStages>> schedules = {
        conv2d_pool2d::cpu_tiled(),
        conv2d_pool2d::cpu_rows(),
        convolution_reference(),
    };
    return schedules;
}

}  // namespace ingot
