// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/pad/stages.h"

namespace ingot {

namespace pad {
Schedule<PadStages> cpu_reference();
Schedule<PadStages> cpu_vectors();
}  // namespace pad

const std::vector<Schedule<PadStages>> &pad_schedules() {
    static const std::vector<Schedule<PadStages>> schedules = {
        pad::cpu_reference(),
        pad::cpu_vectors(),
    };
    return schedules;
}

}  // namespace ingot
