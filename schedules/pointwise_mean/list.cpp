// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/pointwise_mean/stages.h"

namespace ingot {

namespace pointwise_mean {
Schedule<PointwiseMeanStages> cpu_reference();
Schedule<PointwiseMeanStages> cpu_rows();
}  // namespace pointwise_mean

bool is_pointwise_mean(const KernelSpec &spec) {
    if (spec.layers.size() != 2 || !spec.layers[0].is_pointwise()) {
        return false;
    }
    const KernelSpec &mean = spec.layers[1];
    const Window whole{.kernel = {mean.h, mean.w}, .stride = mean.window.stride, .dilation = {}, .pad = {}};
    return mean.op == Op::pool2d && mean.mode != PoolMode::max && mean.window == whole;
}

const std::vector<Schedule<PointwiseMeanStages>> &pointwise_mean_schedules() {
    static const std::vector<Schedule<PointwiseMeanStages>> schedules = {
        pointwise_mean::cpu_rows(),
        pointwise_mean::cpu_reference(),
    };
    return schedules;
}

}  // namespace ingot
