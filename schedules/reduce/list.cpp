// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/reduce/stages.h"

namespace ingot {

namespace reduce {
Schedule<ReduceStages> cpu_lanes();
Schedule<ReduceStages> cpu_reference();
Schedule<ReduceStages> cpu_vectors();
}  // namespace reduce

const std::vector<Schedule<ReduceStages>> &reduce_schedules() {
    static const std::vector<Schedule<ReduceStages>> schedules = {
        reduce::cpu_lanes(),
        reduce::cpu_reference(),
        reduce::cpu_vectors(),
    };
    return schedules;
}

}  // namespace ingot
