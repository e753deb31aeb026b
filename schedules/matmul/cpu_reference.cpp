// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/matmul/stages.h"
#include "schedules/tensor_loops.h"

namespace ingot::matmul {

// One accumulator in plain loops: supports everything.
Schedule<MatmulStages> cpu_reference() {
    return {{"cpu_reference", 0, {}, supports_all, plain_layouts, nullptr},
            [](MatmulStages &stages, const Target &, const ParamValues &) {
                const std::vector<std::size_t> order = loop_order(stages.spec);
                stages.out.reorder(variables(stages.dims, order));
                compute_inside(stages.sum, stages.out, stages.dims, order);
                stages.sum.update();
            }};
}

}  // namespace ingot::matmul
