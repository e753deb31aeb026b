// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/gemm/stages.h"
#include "spec/buffer_dims.h"
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

// Half cycles per vector FMA. Loads per useful row: one of weights and a share of src's; fewer than eight
// accumulators wait for each other. The last tile repeats rows where the rows are not made of whole ones. Each row
// is a stream of its own for the prefetcher, which follows few at a time, and ends in a sum over lanes. Weights
// beyond L1 come from L2, 24 bytes a cycle, again for every image.
double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const int tile = param(values, "tile_co");
    const auto rows = static_cast<double>(round_up(spec.co, tile));
    const double loads = std::max(tile + 1, 9);
    constexpr int64_t l1_share = 32 * 1024;
    const bool from_l2 = spec.co * spec.ci * static_cast<int64_t>(sizeof(float)) > l1_share;
    const double stream = from_l2 ? 0.85 * 2 * target.vector_bytes / 24 : 0.0;
    const double lane_sum = 10.0 * target.lanes() / static_cast<double>(spec.ci);
    return loads / tile * rows / static_cast<double>(spec.co) + 0.02 * tile + lane_sum + stream;
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
