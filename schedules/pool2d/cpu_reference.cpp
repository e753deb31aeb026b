// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/pool2d/stages.h"

namespace ingot::pool2d {

// One running maximum in plain loops: supports everything.
Schedule<Pool2dStages> cpu_reference() {
    return {{"cpu_reference", 0, {}, supports_all, plain_layouts, nullptr},
            [](Pool2dStages &stages, const Target &, const ParamValues &) {
                stages.pool.compute_at(stages.out, stages.c);
                stages.pool.update();
            }};
}

}  // namespace ingot::pool2d
