// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/gemm/stages.h"
#include <algorithm>

namespace ingot::gemm {

namespace {

// One image: the weights are read once, so their bandwidth is the limit. Rows of weights are contiguous in ci; a
// vector of src serves `tile_co` rows, each with a vector of partial sums that is added up at the end.
// Registers: tile_co accumulators, one vector of src, and without FMA the product.
bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const int tile = param(values, "tile_co");
    const int live = tile + 1 + (target.has_fma ? 0 : 1);
    return spec.ci >= target.lanes() && spec.co >= tile && live <= target.vector_registers;
}

// Loads per useful row: one of weights and a share of src's; fewer than eight accumulators wait for each other. The
// last tile repeats rows where the rows are not made of whole ones. Each row is a stream of its own for the
// prefetcher, which follows few at a time.
double cost(const KernelSpec &spec, const Target &, const ParamValues &values) {
    const int tile = param(values, "tile_co");
    const int64_t tiles = (spec.co + tile - 1) / tile;
    return static_cast<double>(tiles * std::max(tile + 1, 9)) / static_cast<double>(spec.co) + 0.02 * tile;
}

Layouts layouts(const KernelSpec &, const Target &, const ParamValues &) {
    return {DimOrder::oi, false};
}

void apply(GemmStages &stages, const Target &target, const ParamValues &values) {
    const int tile = param(values, "tile_co");
    const int lanes = target.lanes();
    Halide::Var co("co"), lane("lane");
    Halide::RVar block("block"), within("within");
    stages.out.split(stages.c, co, stages.c, tile, Halide::TailStrategy::ShiftInwards).unroll(stages.c);
    stages.sum.compute_at(stages.out, co).unroll(stages.c);
    stages.sum.update().split(stages.r.x, block, within, lanes);
    Halide::Func partial = stages.sum.update().rfactor(within, lane);
    partial.compute_at(stages.out, co)
        .reorder_storage(lane, stages.c, stages.n)
        .reorder(lane, stages.c)
        .vectorize(lane)
        .unroll(stages.c);
    partial.update().reorder(lane, stages.c, block).vectorize(lane).unroll(stages.c);
    stages.sum.update().reorder(within, stages.c).atomic().vectorize(within).unroll(stages.c);
}

}  // namespace

Schedule<GemmStages> cpu_dot() {
    return {{"cpu_dot", 10, {{"tile_co", {10, 12, 8, 6, 5, 4, 7, 3, 2, 1}}}, supports, layouts, cost}, apply};
}

}  // namespace ingot::gemm
