// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d_winograd/stages.h"

namespace ingot {

namespace conv2d_pool2d_winograd {
Schedule<WinogradStages> cpu_tiled();
Schedule<WinogradStages> cpu_tiled4();
}  // namespace conv2d_pool2d_winograd

const std::vector<Schedule<WinogradStages>> &conv2d_pool2d_winograd_schedules() {
    static const std::vector<Schedule<WinogradStages>> schedules = {
        conv2d_pool2d_winograd::cpu_tiled(),
        winograd_reference<DimOrder::winograd2>(),
        winograd_cuda_reference(),
    };
    return schedules;
}

const std::vector<Schedule<WinogradStages>> &conv2d_pool2d_winograd4_schedules() {
    static const std::vector<Schedule<WinogradStages>> schedules = {
        conv2d_pool2d_winograd::cpu_tiled4(),
        winograd_reference<DimOrder::winograd4>(),
    };
    return schedules;
}

}  // namespace ingot
