// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/map/stages.h"
#include "schedules/tensor_loops.h"
#include <numeric>

namespace ingot::map {

using namespace Halide;

namespace {

/// Rows to compute at once so that they fill whole vectors, eight at most: of dst's innermost dimension where that
/// is short and nothing lies between its rows.
int rows_at_once(const KernelSpec &spec, const std::vector<std::size_t> &order, int lanes) {
    constexpr int most_vectors = 8;
    const std::vector<int64_t> &strides = spec.views.back().strides;
    const int64_t width = spec.dims[order[0]];
    if (order.size() < 2 || width >= lanes || strides[order[1]] != width * strides[order[0]]) {
        return 1;
    }
    const int64_t rows = lanes / std::gcd(width, int64_t{lanes});
    return rows <= spec.dims[order[1]] && width * rows <= most_vectors * lanes ? static_cast<int>(rows) : 1;
}

// Vectors along the dimension in which dst is contiguous, or of several rows of it. A tail is computed by itself:
// each element once, after the sources' at its position are read, so that dst may lie where one of them lies.
void apply(MapStages &stages, const Target &target, const ParamValues &) {
    const KernelSpec &spec = stages.spec;
    const std::vector<std::size_t> order = loop_order(spec);
    stages.out.reorder(variables(stages.dims, order));
    if (order.empty()) {
        return;
    }
    const int lanes = widest_lanes(spec, target), together = rows_at_once(spec, order, lanes);
    Var block("block"), lane("lane"), rows("rows"), row("row");
    stages.out
        .split(stages.dims[order[0]], block, lane, row_lanes(spec.dims[order[0]], lanes), TailStrategy::GuardWithIf)
        .vectorize(lane);
    if (together > 1) {
        stages.out.split(stages.dims[order[1]], rows, row, together, TailStrategy::GuardWithIf)
            .reorder(lane, row, block, rows)
            .vectorize(row);
    }
}

}  // namespace

Schedule<MapStages> cpu_vectors() {
    return {{"cpu_vectors", 10, {}, supports_all, plain_layouts, nullptr}, apply};
}

}  // namespace ingot::map
