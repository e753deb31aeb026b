// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/reduce/stages.h"
#include "schedules/tensor_loops.h"
#include <limits>
#include <utility>

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

/// The loops of a reduction, innermost first.
struct Blocks {
    std::vector<RVar> inner;  ///< whose terms are added by themselves
    std::vector<RVar> outer;  ///< whose sums are then added
};

/// Blocks of at most 256 terms. A sum of n terms has an error of up to n eps; of blocks it is (256 + n / 256) eps,
/// as the variance of a large picture of one colour needs. Extremes have no error and are one block.
Blocks split_in_blocks(const ReduceStages &stages, Func &sum) {
    const KernelSpec &spec = stages.spec;
    const bool is_sum = spec.reduction == Reduction::sum || spec.reduction == Reduction::mean;
    const int64_t most = is_sum ? 256 : std::numeric_limits<int32_t>::max();
    Blocks blocks;
    int64_t inside = 1;
    int index = 0;
    for (std::size_t i = spec.dims.size(); i-- > 0;) {
        if (!is_reduced(spec, i)) {
            continue;
        }
        const RVar loop = stages.r[index++];
        const int64_t fitting = blocks.outer.empty() ? most / inside : 1;
        if (spec.dims[i] <= fitting) {
            inside *= spec.dims[i];
            blocks.inner.push_back(loop);
        } else if (fitting == 1) {
            blocks.outer.push_back(loop);
        } else {
            const RVar block("block"), term("term");
            sum.update().split(loop, block, term, static_cast<int>(fitting), TailStrategy::GuardWithIf);
            blocks.inner.push_back(term);
            blocks.outer.push_back(block);
        }
    }
    return blocks;
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
    return multiply_add_cost(
        spec, target, vector_cost(spec, vector_dim(spec, target), widest_lanes(spec, target)) * (1 + 0.1 / tile));
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
    const auto schedule = [&](Stage stage, const std::vector<RVar> &terms) {
        std::vector<VarOrRVar> inner = {row};
        inner.insert(inner.end(), terms.begin(), terms.end());
        stage.reorder(inner).vectorize(row, lanes).unroll(row);
    };
    for (Func &result : stages.results) {
        result.compute_at(stages.out, block).bound_extent(row, width).vectorize(row, lanes).unroll(row);
        const Blocks blocks = split_in_blocks(stages, result);
        if (blocks.outer.empty()) {
            schedule(result.update(), blocks.inner);
            continue;
        }
        std::vector<std::pair<RVar, Var>> kept;
        for (const RVar &outer : blocks.outer) {
            kept.emplace_back(outer, Var(outer.name() + "_kept"));
        }
        Func sums = result.update().rfactor(kept);
        sums.compute_at(result, blocks.outer.front()).bound_extent(row, width).vectorize(row, lanes).unroll(row);
        schedule(sums.update(), blocks.inner);
        schedule(result.update(), blocks.outer);
    }
}

}  // namespace

Schedule<ReduceStages> cpu_vectors() {
    return {{"cpu_vectors", 10, {{"tile", {4, 2, 1}}}, supports, plain_layouts, cost}, apply};
}

}  // namespace ingot::reduce
