// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/reduce/stages.h"
#include "schedules/tensor_loops.h"

namespace ingot::reduce {

// One accumulator in plain loops: supports everything.
Schedule<ReduceStages> cpu_reference() {
    return {{"cpu_reference", 0, {}, supports_all, plain_layouts, nullptr},
            [](ReduceStages &stages, const Target &, const ParamValues &) {
                const std::vector<std::size_t> order = loop_order(stages.spec);
                stages.out.reorder(variables(stages.dims, order));
                for (Halide::Func &result : stages.results) {
                    compute_inside(result, stages.out, stages.dims, order);
                    result.update();
                }
            }};
}

}  // namespace ingot::reduce
