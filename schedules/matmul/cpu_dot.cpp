// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/matmul/operands.h"
#include <algorithm>

namespace ingot::matmul {

using namespace Halide;

namespace {

/// The side whose neighbours share what a vector of the other operand holds: the longer one.
Side tiled_side(const KernelSpec &spec) {
    const Sides sides = sides_of(spec);
    return sides.columns.extent(spec) < sides.rows.extent(spec) ? sides.rows : sides.columns;
}

// Both operands contiguous along k, and few rows: a vector of the one serves `tile` dot products with the other,
// each with a vector of partial sums that are added up at the end. Registers: tile accumulators, the vector, and
// without FMA the product.
bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const Sides sides = sides_of(spec);
    const int tile = param(values, "tile"), live = tile + 1 + (target.has_fma ? 0 : 1);
    const bool along_k = sides.columns.depth_stride(spec) <= 1 && sides.rows.depth_stride(spec) <= 1;
    return along_k && spec.dims.back() >= widest_lanes(spec, target) && tile <= tiled_side(spec).extent(spec) &&
           (tile == 1 || !is_reduced(spec, tiled_side(spec).dim)) && live <= target.vector_registers;
}

// As of gemm/cpu_dot: loads by multiply-adds, fewer than eight of which wait for each other, and what the lanes of
// a result take to meet.
double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const int tile = param(values, "tile");
    const int64_t extent = tiled_side(spec).extent(spec);
    const double loads = std::max(tile + 1, 9);
    const double lane_sum = 10.0 * widest_lanes(spec, target) / static_cast<double>(spec.dims.back());
    const int64_t tiles = (extent + tile - 1) / tile;
    const double covered = static_cast<double>(tiles * tile) / static_cast<double>(extent);
    return loads / tile * covered + lane_sum;
}

void apply(MatmulStages &stages, const Target &target, const ParamValues &values) {
    const KernelSpec &spec = stages.spec;
    const Side side = tiled_side(spec);
    const Var tiled = stages.dims[side.dim], lane("lane"), block("block"), within("within");
    const RVar ko("ko"), ki("ki");
    const int lanes = widest_lanes(spec, target), tile = param(values, "tile");
    stages.sum.update().split(stages.k.x, ko, ki, lanes, TailStrategy::GuardWithIf);
    Func partial = stages.sum.update().rfactor(ki, lane);
    std::vector<VarOrRVar> loops = {lane}, meeting = {ki};
    std::vector<std::size_t> order = loop_order(spec);
    if (is_reduced(spec, side.dim)) {
        stages.out.reorder(variables(stages.dims, order));
        compute_inside(stages.sum, stages.out, stages.dims, order);
        compute_inside(partial, stages.out, stages.dims, order);
    } else {
        std::erase(order, side.dim);
        std::vector<VarOrRVar> results = {within, block};
        for (const VarOrRVar &outer : variables(stages.dims, order)) {
            results.push_back(outer);
        }
        stages.out.split(tiled, block, within, tile, TailStrategy::ShiftInwards).reorder(results).unroll(within);
        stages.sum.compute_at(stages.out, block).unroll(tiled);
        stages.sum.update().unroll(tiled);
        partial.compute_at(stages.out, block).reorder_storage(lane, tiled).unroll(tiled);
        partial.update().unroll(tiled);
        loops.emplace_back(tiled);
        meeting.emplace_back(tiled);
    }
    loops.emplace_back(ko);
    partial.vectorize(lane);
    partial.update().reorder(loops).vectorize(lane);
    stages.sum.update().reorder(meeting).atomic().vectorize(ki);
}

}  // namespace

Schedule<MatmulStages> cpu_dot() {
    return {{"cpu_dot", 10, {{"tile", {10, 12, 8, 6, 5, 4, 7, 3, 2, 1}}}, supports, plain_layouts, cost}, apply};
}

}  // namespace ingot::matmul
