// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/pointwise_mean/stages.h"

namespace ingot::pointwise_mean {

/// One accumulator for each sum, no tiling, no vectors.
Schedule<PointwiseMeanStages> cpu_reference() {
    return {{"cpu_reference",
             0,
             {},
             [](const KernelSpec &spec, const Target &, const ParamValues &) { return is_pointwise_mean(spec); },
             plain_layouts,
             nullptr},
            [](PointwiseMeanStages &stages, const Target &, const ParamValues &) {
                stages.sum.compute_at(stages.out, stages.c);
                stages.sum.update();
                stages.row.compute_at(stages.sum, stages.rows.x);
                stages.row.update();
                stages.pointwise.conv.compute_at(stages.row, stages.columns.x);
                stages.pointwise.conv.update();
            }};
}

}  // namespace ingot::pointwise_mean
