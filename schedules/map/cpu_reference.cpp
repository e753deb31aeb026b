// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/map/stages.h"
#include "schedules/tensor_loops.h"

namespace ingot::map {

// Plain loops: supports everything.
Schedule<MapStages> cpu_reference() {
    return {{"cpu_reference", 0, {}, supports_all, plain_layouts, nullptr},
            [](MapStages &stages, const Target &, const ParamValues &) {
                stages.out.reorder(variables(stages.dims, loop_order(stages.spec)));
            }};
}

}  // namespace ingot::map
