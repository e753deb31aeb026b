// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/depthwise.h"
#include "schedules/depthwise_pointwise/stages.h"

namespace ingot {

namespace depthwise_pointwise {
Schedule<DepthwisePointwiseStages> cpu_reference();
Schedule<DepthwisePointwiseStages> cpu_strips();
}  // namespace depthwise_pointwise

bool is_depthwise_pointwise(const KernelSpec &spec) {
    if (spec.layers.size() != 2) {
        return false;
    }
    const KernelSpec &depthwise = spec.layers[0], &pointwise = spec.layers[1];
    return depthwise.op == Op::conv2d && is_depthwise(depthwise) && depthwise.groups > 1 &&
           pointwise.op == Op::conv2d && pointwise.groups == 1 && pointwise.window == Window{};
}

const std::vector<Schedule<DepthwisePointwiseStages>> &depthwise_pointwise_schedules() {
    static const std::vector<Schedule<DepthwisePointwiseStages>> schedules = {
        depthwise_pointwise::cpu_strips(),
        depthwise_pointwise::cpu_reference(),
    };
    return schedules;
}

}  // namespace ingot
