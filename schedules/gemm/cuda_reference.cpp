// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/cuda.h"
#include "schedules/gemm/stages.h"

namespace ingot::gemm {

// A thread computes one element of dst: supports everything.
Schedule<GemmStages> cuda_reference() {
    return {{"cuda_reference",
             0,
             {},
             supports_all,
             [](const KernelSpec &, const Target &, const ParamValues &) {
                 return Layouts{DimOrder::oi, false};
             },
             nullptr},
            [](GemmStages &stages, const Target &, const ParamValues &) {
                const Halide::Var thread = cuda_thread_per_element(stages.out, {stages.c}, stages.n);
                stages.sum.compute_at(stages.out, thread);
                stages.sum.update();
            }};
}

}  // namespace ingot::gemm
