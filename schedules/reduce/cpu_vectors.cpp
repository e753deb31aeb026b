// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/reduce/stages.h"
#include "schedules/tensor_loops.h"

namespace ingot::reduce {

using namespace Halide;

namespace {

std::vector<std::size_t> kept_dims(const KernelSpec &spec) {
    std::vector<std::size_t> kept = loop_order(spec);
    std::erase_if(kept, [&](std::size_t i) { return spec.dims[i] == 1; });
    return kept;
}

std::size_t vector_dim(const KernelSpec &spec, const Target &target) {
    return best_vector_dim(spec, kept_dims(spec), widest_lanes(spec, target));
}

// Vectors along a dimension that is kept, as of a global average over NHWC: `tile` vectors of accumulators at a
// time, so that one does not wait for itself.
bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    if (kept_dims(spec).empty()) {
        return false;
    }
    const int lanes = widest_lanes(spec, target), tile = param(values, "tile");
    const int64_t extent = spec.dims[vector_dim(spec, target)];
    return tile == 1 || (row_lanes(extent, lanes) == lanes && extent >= int64_t{tile} * lanes);
}

double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const double tile = param(values, "tile");
    return vector_cost(spec, vector_dim(spec, target), widest_lanes(spec, target)) * (1 + 0.1 / tile);
}

void apply(ReduceStages &stages, const Target &target, const ParamValues &values) {
    const KernelSpec &spec = stages.spec;
    const std::size_t dim = vector_dim(spec, target);
    const Var row = stages.dims[dim];
    const int lanes = row_lanes(spec.dims[dim], widest_lanes(spec, target)), width = lanes * param(values, "tile");
    std::vector<std::size_t> order = loop_order(spec);
    std::erase(order, dim);
    Var block("block"), lane("lane");
    std::vector<VarOrRVar> loops = {lane, block};
    for (const VarOrRVar &outer : variables(stages.dims, order)) {
        loops.push_back(outer);
    }
    stages.out.split(row, block, lane, width, TailStrategy::ShiftInwards)
        .reorder(loops)
        .vectorize(lane, lanes)
        .unroll(lane);
    for (Func &result : stages.results) {
        std::vector<VarOrRVar> inner = {row};
        for (int i = 0; stages.r.defined() && i < stages.r.dimensions(); ++i) {
            inner.emplace_back(stages.r[i]);
        }
        result.compute_at(stages.out, block).bound_extent(row, width).vectorize(row, lanes).unroll(row);
        result.update().reorder(inner).vectorize(row, lanes).unroll(row);
    }
}

}  // namespace

Schedule<ReduceStages> cpu_vectors() {
    return {{"cpu_vectors", 10, {{"tile", {4, 2, 1}}}, supports, plain_layouts, cost}, apply};
}

}  // namespace ingot::reduce
