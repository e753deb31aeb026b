// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/sequential/stages.h"

namespace ingot {

namespace sequential {
Schedule<SequentialStages> cuda_image();
Schedule<SequentialStages> cuda_rows();
}  // namespace sequential

const std::vector<Schedule<SequentialStages>> &sequential_schedules() {
    static const std::vector<Schedule<SequentialStages>> all = {
        sequential::cuda_image(),
        sequential::cuda_rows(),
    };
    return all;
}

}  // namespace ingot
