// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/map/stages.h"

namespace ingot {

namespace map {
Schedule<MapStages> cpu_interleaved();
Schedule<MapStages> cpu_reference();
Schedule<MapStages> cpu_tiles();
Schedule<MapStages> cpu_vectors();
}  // namespace map

const std::vector<Schedule<MapStages>> &map_schedules() {
    static const std::vector<Schedule<MapStages>> schedules = {
        map::cpu_interleaved(),
        map::cpu_reference(),
        map::cpu_tiles(),
        map::cpu_vectors(),
    };
    return schedules;
}

}  // namespace ingot
