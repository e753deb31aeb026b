// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/map/stages.h"
#include "schedules/tensor_loops.h"

namespace ingot::map {

namespace {

// Vectors along the dimension in which dst is contiguous. A tail is computed by itself: each element once, after
// the sources' at its position are read, so that dst may be one of them.
void apply(MapStages &stages, const Target &target, const ParamValues &) {
    const std::vector<std::size_t> order = loop_order(stages.spec);
    stages.out.reorder(variables(stages.dims, order));
    if (order.empty()) {
        return;
    }
    const int64_t extent = stages.spec.dims[order[0]];
    Halide::Var block("block"), lane("lane");
    stages.out
        .split(stages.dims[order[0]], block, lane, row_lanes(extent, widest_lanes(stages.spec, target)),
               Halide::TailStrategy::GuardWithIf)
        .vectorize(lane);
}

}  // namespace

Schedule<MapStages> cpu_vectors() {
    return {{"cpu_vectors", 10, {}, supports_all, plain_layouts, nullptr}, apply};
}

}  // namespace ingot::map
