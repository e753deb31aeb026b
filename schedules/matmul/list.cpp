// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/matmul/stages.h"

namespace ingot {

namespace matmul {
Schedule<MatmulStages> cpu_dot();
Schedule<MatmulStages> cpu_reference();
Schedule<MatmulStages> cpu_tiles();
}  // namespace matmul

const std::vector<Schedule<MatmulStages>> &matmul_schedules() {
    static const std::vector<Schedule<MatmulStages>> schedules = {
        matmul::cpu_dot(),
        matmul::cpu_reference(),
        matmul::cpu_tiles(),
    };
    return schedules;
}

}  // namespace ingot
