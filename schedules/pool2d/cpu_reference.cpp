// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/convolution.h"
#include "schedules/pool2d/stages.h"

namespace ingot::pool2d {

// One running maximum or sum in plain loops: supports everything.
Schedule<Pool2dStages> cpu_reference() {
    return {{"cpu_reference", 0, {}, supports_all, plain_layouts, nullptr},
            [](Pool2dStages &stages, const Target &, const ParamValues &) {
                place_padding(stages.src, stages.out, stages.n, stages.spec);
                stages.pool.compute_at(stages.out, stages.c);
                stages.pool.update();
            }};
}

}  // namespace ingot::pool2d
