// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/cuda.h"
#include "schedules/pool2d/stages.h"

namespace ingot::pool2d {

// A thread computes one element of dst: supports everything.
Schedule<Pool2dStages> cuda_reference() {
    return {{"cuda_reference", 0, {}, supports_all, plain_layouts, nullptr},
            [](Pool2dStages &stages, const Target &, const ParamValues &) {
                const Halide::Var thread =
                    cuda_thread_per_element(stages.out, {stages.c, stages.x, stages.y}, stages.n);
                stages.pool.compute_at(stages.out, thread);
                stages.pool.update();
            }};
}

}  // namespace ingot::pool2d
