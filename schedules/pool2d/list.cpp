// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/pool2d/stages.h"

namespace ingot {

namespace pool2d {
Schedule<Pool2dStages> cpu_reference();
Schedule<Pool2dStages> cuda_reference();
Schedule<Pool2dStages> cuda_windows();
Schedule<Pool2dStages> cpu_channels();
Schedule<Pool2dStages> cpu_mixed();
Schedule<Pool2dStages> cpu_planar();
}  // namespace pool2d

const std::vector<Schedule<Pool2dStages>> &pool2d_schedules() {
    static const std::vector<Schedule<Pool2dStages>> schedules = {
        pool2d::cpu_channels(),  pool2d::cpu_planar(),     pool2d::cpu_mixed(),
        pool2d::cpu_reference(), pool2d::cuda_reference(), pool2d::cuda_windows(),
    };
    return schedules;
}

}  // namespace ingot
