// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_winograd/stages.h"

namespace ingot {

namespace conv2d_winograd {
Schedule<WinogradStages> cpu_tiled();
}  // namespace conv2d_winograd

const std::vector<Schedule<WinogradStages>> &conv2d_winograd_schedules() {
    static const std::vector<Schedule<WinogradStages>> schedules = {
        conv2d_winograd::cpu_tiled(),
        winograd_reference(),
        winograd_cuda_reference(),
    };
    return schedules;
}

}  // namespace ingot
