// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/map/stages.h"
#include "schedules/tensor_loops.h"
#include <algorithm>

namespace ingot::map {

using namespace Halide;

namespace {

bool is_transposed(const KernelSpec &spec, std::size_t source) {
    const std::size_t across = nearest_dim(spec, spec.views.size() - 1), along = nearest_dim(spec, source);
    const std::vector<int64_t> &strides = spec.views[source].strides;
    return along != across && std::abs(strides[along]) == 1 && strides[across] != 0;
}

/// The first source that is contiguous along another dimension than dst; the number of sources where none is.
std::size_t transposed_source(const KernelSpec &spec) {
    std::size_t source = 0;
    while (source + 1 < spec.views.size() && !is_transposed(spec, source)) {
        ++source;
    }
    return source;
}

// A source is contiguous along another dimension than dst, as where NCHW becomes NHWC. Squares of `tile` elements
// are read in vectors along the one, turned in registers and written in vectors along the other. `strip` squares
// that are neighbours in the source follow each other, so that they take whole lines of the cache from it.
bool supports(const KernelSpec &spec, const Target &, const ParamValues &) {
    const std::size_t source = transposed_source(spec);
    constexpr int64_t least = 4;  // shorter rows are no vectors
    return source + 1 < spec.views.size() && spec.dims[nearest_dim(spec, source)] >= least &&
           spec.dims[nearest_dim(spec, spec.views.size() - 1)] > 1;
}

// 512-bit registers have shuffles that turn eight elements as cheaply as four.
double cost(const KernelSpec &, const Target &target, const ParamValues &values) {
    const int best = target.vector_bytes == 64 ? 8 : 4;
    return (param(values, "tile") == best ? 1.0 : 1.1) - 0.01 * param(values, "strip");
}

void apply(MapStages &stages, const Target &, const ParamValues &values) {
    const KernelSpec &spec = stages.spec;
    const std::size_t along = nearest_dim(spec, transposed_source(spec));
    std::vector<std::size_t> order = loop_order(spec);
    const Var row = stages.dims[order[0]], column = stages.dims[along];
    const auto extent = [&](std::size_t dim) { return static_cast<int>(spec.dims[dim]); };
    const int width = std::min(param(values, "tile"), extent(order[0]));
    const int height = std::min(param(values, "tile"), extent(along));
    const int strip = std::max(1, std::min(param(values, "strip"), extent(along) / height));

    std::erase(order, along);
    order.erase(order.begin());
    Var strips("strips"), square("square"), line("line"), block("block"), lane("lane");
    std::vector<VarOrRVar> loops = {lane, line, square, block, strips};
    for (const VarOrRVar &outer : variables(stages.dims, order)) {
        loops.push_back(outer);
    }
    stages.out.split(row, block, lane, width, TailStrategy::ShiftInwards)
        .split(column, strips, square, strip * height, TailStrategy::ShiftInwards)
        .split(square, square, line, height, TailStrategy::ShiftInwards)
        .reorder(loops)
        .vectorize(lane)
        .unroll(line);
    for (std::size_t i = 0; i + 1 < spec.views.size(); ++i) {
        if (is_transposed(spec, i) && nearest_dim(spec, i) == along) {
            stages.sources[i]
                .compute_at(stages.out, square)
                .bound_extent(row, width)
                .bound_extent(column, height)
                .reorder_storage(row, column)
                .reorder(column, row)
                .vectorize(column)
                .unroll(row);
        }
    }
}

}  // namespace

Schedule<MapStages> cpu_tiles() {
    return {{"cpu_tiles", 20, {{"tile", {8, 4}}, {"strip", {8, 4, 2, 1}}}, supports, plain_layouts, cost}, apply};
}

}  // namespace ingot::map
