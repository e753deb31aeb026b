// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/depthwise_pointwise/stages.h"

namespace ingot {

namespace depthwise_pointwise {
Schedule<DepthwisePointwiseStages> cpu_reference();
Schedule<DepthwisePointwiseStages> cpu_strips();
}  // namespace depthwise_pointwise

bool is_depthwise_pointwise(const KernelSpec &spec) {
    return spec.layers.size() == 2 && spec.layers[0].op == Op::conv2d && spec.layers[0].is_depthwise() &&
           !spec.layers[0].has(Function::add) && spec.layers[1].is_pointwise();
}

const std::vector<Schedule<DepthwisePointwiseStages>> &depthwise_pointwise_schedules() {
    static const std::vector<Schedule<DepthwisePointwiseStages>> schedules = {
        depthwise_pointwise::cpu_strips(),
        depthwise_pointwise::cpu_reference(),
    };
    return schedules;
}

}  // namespace ingot
