// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/gemm/stages.h"

namespace ingot::gemm {

// One accumulator in plain loops: supports everything.
Schedule<GemmStages> cpu_reference() {
    return {{"cpu_reference",
             0,
             {},
             supports_all,
             [](const KernelSpec &, const Target &, const ParamValues &) {
                 return Layouts{DimOrder::oi, false};
             },
             nullptr},
            [](GemmStages &stages, const Target &, const ParamValues &) {
                stages.sum.compute_at(stages.out, stages.c);
                stages.sum.update();
            }};
}

}  // namespace ingot::gemm
