// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/pointwise_mean/stages.h"
#include "schedules/weight_stream.h"
#include "spec/buffer_dims.h"

namespace ingot::pointwise_mean {

using namespace Halide;

namespace {

// A block of channels computes the picture by rows of tiles, each added into the sums before the next one.
// Registers: the convolution's tile, schedules/convolution.h; behind its sum, where a tile is as wide as the
// picture, a vector of channels for the sum of a row and one for that of the rows: 2 x 7 results and 4 more. Else a
// row of tiles is in memory, 14 columns of 48 channels are 2.7 KB, or, where tiles do not divide the rows, the
// picture of a block of channels: 25 x 5 of 32 channels are 16 KB.
RegisterTile tile_of(const ParamValues &values) {
    return {.tile_c = param(values, "tile_c"),
            .tile_x = param(values, "tile_x"),
            .tile_y = param(values, "tile_y"),
            .unroll_ci = param(values, "unroll_ci"),
            .prefetch = param(values, "prefetch")};
}

/// Rows of results that are computed before they are added.
int64_t rows_of(const KernelSpec &spec, const ParamValues &values) {
    const int64_t tile_y = param(values, "tile_y");
    return spec.h % tile_y == 0 ? tile_y : spec.h;
}

/// Whether a strip is one tile, whose results are added as they are, in registers.
bool is_one_tile(const KernelSpec &spec, const ParamValues &values) {
    return rows_of(spec, values) == param(values, "tile_y") && spec.w == param(values, "tile_x");
}

bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    if (!is_pointwise_mean(spec)) {
        return false;
    }
    // A block is computed whole: weights and bias are filled up behind the last channel, other tensors are not.
    const KernelSpec &pointwise = spec.layers[0];
    const bool whole_channels = spec.co % channel_step(pointwise, param(values, "tile_c"), target) == 0;
    const bool is_filled_up = !pointwise.has(Function::prelu) && !pointwise.has(Function::add);
    return (whole_channels || is_filled_up) && supports_tile(pointwise, target, tile_of(values));
}

double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const KernelSpec &pointwise = spec.layers[0];
    // Half cycles of a result: added in a register; stored, loaded and added; from L2 beyond L1's share.
    constexpr double l1_share = 24 * 1024, in_register = 1, from_l1 = 2.5, from_l2 = 4;
    const int64_t step = channel_step(pointwise, param(values, "tile_c"), target);
    const auto bytes = static_cast<double>(rows_of(spec, values) * spec.w * step) * sizeof(float);
    const double of_result = is_one_tile(pointwise, values) ? in_register : bytes > l1_share ? from_l2 : from_l1;
    const double added = of_result * static_cast<double>(spec.n * spec.h * spec.w * spec.co) / target.lanes();
    const double fmas = spec.flops() / 2 / target.lanes();
    return tile_cost(pointwise, target, tile_of(values)) * pointwise.flops() / spec.flops() + added / fmas;
}

void apply(PointwiseMeanStages &stages, const Target &target, const ParamValues &values) {
    constexpr int64_t stack_bytes = 8192;
    const KernelSpec &spec = stages.pointwise.spec;
    const int lanes = target.lanes(), step = channel_step(spec, param(values, "tile_c"), target);
    const bool whole_channels = spec.co % step == 0;
    const TailStrategy tail = whole_channels ? TailStrategy::RoundUp : TailStrategy::GuardWithIf;
    const int rows = static_cast<int>(rows_of(spec, values));
    Var block("mean_block"), lane("mean_lane");
    RVar strip("strip"), y("row_of_strip");

    stages.out.split(stages.c, block, lane, step, tail)
        .reorder(lane, stages.x, stages.y, block, stages.n)
        .vectorize(lane, lanes)
        .unroll(lane);
    stages.sum.compute_at(stages.out, block)
        .bound_extent(stages.c, step)
        .vectorize(stages.c, lanes)
        .unroll(stages.c);
    Stage sum = stages.sum.update();
    sum.split(stages.rows.x, strip, y, rows)
        .reorder(stages.c, y, strip)
        .vectorize(stages.c, lanes)
        .unroll(stages.c);
    stages.row.compute_at(stages.sum, y).bound_extent(stages.c, step).vectorize(stages.c, lanes).unroll(stages.c);
    Stage row = stages.row.update();
    row.reorder(stages.c, stages.columns.x).vectorize(stages.c, lanes).unroll(stages.c);
    if (is_one_tile(spec, values)) {
        row.unroll(stages.columns.x);
        sum.unroll(y);
    }
    Func &picture = stages.pointwise.out;
    const int64_t bytes = int64_t{rows} * spec.w * step * static_cast<int64_t>(sizeof(float));
    picture.compute_at(stages.sum, strip)
        .bound_extent(stages.pointwise.c, step)
        .hoist_storage_root()
        .store_in(bytes <= stack_bytes ? MemoryType::Stack : MemoryType::Heap);
    schedule_tile(stages.pointwise, target, tile_of(values));
}

}  // namespace

Schedule<PointwiseMeanStages> cpu_rows() {
    return {{"cpu_rows",
             10,
             {{"tile_c", {2, 4, 1, 3}},
              {"tile_x", {14, 13, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1}},
              {"tile_y", {1, 2, 3, 4, 5}},
              {"unroll_ci", {1, 2, 4}},
              prefetch_param()},
             supports,
             blocked_layouts,
             cost},
            apply};
}

}  // namespace ingot::pointwise_mean
