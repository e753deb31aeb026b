// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/gemm/stages.h"

namespace ingot {

namespace gemm {
Schedule<GemmStages> cpu_reference();
Schedule<GemmStages> cuda_reference();
Schedule<GemmStages> cuda_slab();
Schedule<GemmStages> cuda_split();
Schedule<GemmStages> cpu_dot();
Schedule<GemmStages> cpu_panels();
}  // namespace gemm

const std::vector<Schedule<GemmStages>> &gemm_schedules() {
    static const std::vector<Schedule<GemmStages>> schedules = {
        gemm::cpu_dot(),        gemm::cpu_panels(), gemm::cpu_reference(),
        gemm::cuda_reference(), gemm::cuda_slab(),  gemm::cuda_split(),
    };
    return schedules;
}

}  // namespace ingot
