// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/resample/stages.h"

namespace ingot {

namespace resample {
Schedule<ResampleStages> cpu_reference();
Schedule<ResampleStages> cpu_vectors();
}  // namespace resample

const std::vector<Schedule<ResampleStages>> &resample_schedules() {
    static const std::vector<Schedule<ResampleStages>> schedules = {
        resample::cpu_reference(),
        resample::cpu_vectors(),
    };
    return schedules;
}

}  // namespace ingot
