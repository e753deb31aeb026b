// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/winograd.h"
#include "schedules/convolution.h"
#include "schedules/cuda.h"
#include "schedules/weight_stream.h"
#include "spec/buffer_dims.h"
#include "spec/winograd.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace ingot {

using namespace Halide;

namespace {

/// tile_c vectors of output channels by tile_t tiles are in registers while a frequency is summed; a block is of
/// `rows` rows of tiles.
struct WinogradTile {
    int tile_c = 1, tile_t = 1, rows = 1, unroll_ci = 1;
};

WinogradTile tile_of(const ParamValues &values) {
    return {param(values, "tile_c"), param(values, "tile_t"), param(values, "rows"), param(values, "unroll_ci")};
}

/// Channels of one step of the block loop: whole packed blocks and whole tiles.
int channel_step(const WinogradTile &tile, const Target &target) {
    return std::max(tile.tile_c * target.lanes(), static_cast<int>(channel_block));
}

int tiles_in_block(const KernelSpec &spec, DimOrder order, const WinogradTile &tile) {
    return tile.rows * static_cast<int>(winograd_tiles(spec, order).w);
}

/// Frequencies of a tile in both dimensions.
int64_t frequencies_of_tile(DimOrder order) {
    const int64_t frequencies = winograd_matrices(order).frequencies();
    return frequencies * frequencies;
}

/// The transformed weights and a transformed picture of all rows are buffers that Halide can address.
template<DimOrder order>
bool supports_shape(const KernelSpec &spec, const Target &, const ParamValues &) {
    const int64_t most = std::numeric_limits<int32_t>::max() / frequencies_of_tile(order);
    const Extent2 tiles = is_winograd_shape(spec) ? winograd_tiles(spec, order) : Extent2{};
    return is_winograd_shape(spec) && round_up(spec.co, channel_block) <= most / spec.ci &&
           tiles.h * tiles.w <= most / 4 / std::max(spec.ci, spec.co);
}

/// Of the transformed weights.
int64_t bytes_of_weights(const KernelSpec &spec, DimOrder order) {
    return frequencies_of_tile(order) * spec.ci * round_up(spec.co, channel_block) *
           static_cast<int64_t>(sizeof(float));
}

double ceiling(double value, double divisor) {
    return std::ceil(value / divisor);
}

/// Half cycles for one step of a register tile over an input channel, as tile_cost counts them.
double step_cycles(const Target &target, const WinogradTile &tile) {
    const double vectors = tile.tile_c, pixels = tile.tile_t, fmas = vectors * pixels;
    if (!target.has_fma) {
        return 3 * fmas + 2 * pixels + vectors;
    }
    const double loads = (vectors + pixels) * (target.vector_registers == 32 ? 1.0 : 1.15);
    return std::max({fmas, loads, 9.0}) + 0.02 * loads + 0.3 / tile.unroll_ci;
}

/// The floats of a block in scratch, once per run: together they would fill the stack.
void place(Func stage) {
    stage.hoist_storage_root().store_in(MemoryType::Heap);
}

/// Tiles that lie a multiple of 2 KB apart share few sets of L1: an odd number of them does not.
int odd(int tiles) {
    return tiles | 1;
}

void schedule_input(WinogradStages &stages, const Target &target, const WinogradTile &tile, const Var &block_row) {
    const int tiles = tiles_in_block(stages.spec, stages.spec.weights.order, tile);
    const int width = static_cast<int>(winograd_tiles(stages.spec, stages.spec.weights.order).w);
    const int vector = static_cast<int>(std::min<int64_t>(target.lanes(), stages.spec.ci));
    const Var c = stages.input.args()[0];
    Var co("ci_block"), ci("ci_lane"), ty("input_ty"), tx("input_tx");
    stages.input.compute_at(stages.out, block_row)
        .bound_extent(stages.t, tiles)
        .align_storage(stages.t, odd(tiles))
        .split(c, co, ci, vector, TailStrategy::ShiftInwards)
        .split(stages.t, ty, tx, width, TailStrategy::RoundUp)
        .reorder(ci, stages.fx, stages.fy, co, tx, ty, stages.n)
        .vectorize(ci)
        .unroll(stages.fx)
        .unroll(stages.fy);
    if (stages.spec.weights.order == DimOrder::winograd4) {
        stages.input.never_partition(ty);  // as schedule_winograd
    }
    place(stages.input);
    stages.input_rows.compute_at(stages.input, co)
        .bound_extent(stages.input_rows.args()[0], vector)
        .reorder(c, stages.fx, stages.j, stages.t, stages.n)
        .vectorize(c)
        .unroll(stages.fx)
        .unroll(stages.j);
}

void schedule_sum(WinogradStages &stages, const Target &target, const WinogradTile &tile, const Var &block) {
    const int lanes = target.lanes(), width = tile.tile_c * lanes, step = channel_step(tile, target);
    const int tiles = tiles_in_block(stages.spec, stages.spec.weights.order, tile);
    Var part("part"), lane("sum_lane"), to("to"), ti("ti");
    Func stored = stages.sum.in();
    stored.compute_at(stages.out, block)
        .bound_extent(stages.c, step)
        .bound_extent(stages.t, tiles)
        .align_storage(stages.t, odd(tiles))
        .split(stages.c, part, lane, width)
        .split(stages.t, to, ti, tile.tile_t, TailStrategy::ShiftInwards)
        .reorder(lane, ti, to, part, stages.fx, stages.fy, stages.n)
        .vectorize(lane, lanes)
        .unroll(lane)
        .unroll(ti);
    place(stored);

    RVar ci_block("ci_block"), ci("ci");
    stages.sum.compute_at(stored, to)
        .bound_extent(stages.c, width)
        .bound_extent(stages.t, tile.tile_t)
        .vectorize(stages.c, lanes)
        .unroll(stages.c)
        .unroll(stages.t);
    stages.sum.update()
        .split(stages.r.x, ci_block, ci, tile.unroll_ci)
        .unroll(ci)
        .reorder(stages.c, stages.t, ci, ci_block)
        .vectorize(stages.c, lanes)
        .unroll(stages.c)
        .unroll(stages.t);
    // Beside more accumulators the addresses take registers that LLVM then spills vectors for; and large tiles are
    // those of pictures that use their weights often.
    constexpr int most_accumulators = 16;
    const int64_t bytes = bytes_of_weights(stages.spec, stages.spec.weights.order);
    stream_weights(stages.sum.update(), stages.weights, ci, ci_block, tile.unroll_ci,
                   tile.tile_c * tile.tile_t <= most_accumulators ? distance_for(bytes) : 0);
    const Var channel = stages.weights.args()[0];
    stages.weights.in(stages.sum).compute_at(stages.sum, ci).vectorize(channel, lanes).unroll(channel);
}

void schedule_output(WinogradStages &stages, const Target &target, const Var &vector) {
    const int m = winograd_matrices(stages.spec.weights.order).results();
    for (Func stage : {stages.output_rows, stages.result}) {
        stage.compute_at(stages.out, vector).bound_extent(stages.c, target.lanes()).bound_extent(stages.t, 1);
        stage.vectorize(stages.c);
    }
    stages.output_rows.unroll(stages.i).unroll(stages.fy);
    stages.result.bound(stages.i, 0, m).bound(stages.j, 0, m).unroll(stages.i).unroll(stages.j);
}

/// The accumulators fit the register file, the packed channels are made of whole tiles, the rows of whole blocks.
template<DimOrder order>
bool supports_winograd_tile(const KernelSpec &spec, const Target &target, const WinogradTile &tile) {
    if (!supports_shape<order>(spec, target, {})) {
        return false;
    }
    const int width = tile.tile_c * target.lanes(), step = channel_step(tile, target);
    const int live = tile.tile_c * tile.tile_t + tile.tile_c + 1 + (target.has_fma ? 0 : 1);
    return live <= target.vector_registers && tile.tile_t <= tiles_in_block(spec, order, tile) &&
           winograd_tiles(spec, order).h % tile.rows == 0 && step % width == 0 && step % channel_block == 0 &&
           round_up(spec.co, channel_block) % step == 0 && spec.ci % tile.unroll_ci == 0;
}

/// Additions of a pass of Bᵀ, and of Aᵀ, over one row or column of a tile, sums shared.
struct PassAdditions {
    double input, output;
};

constexpr PassAdditions pass_additions(DimOrder order) {
    return order == DimOrder::winograd4 ? PassAdditions{12, 10} : PassAdditions{4, 4};
}

/// Half cycles of the whole kernel per vector multiply-add of the direct form.
double winograd_cost(const KernelSpec &spec, DimOrder order, const Target &target, const WinogradTile &tile) {
    const Extent2 tiles = winograd_tiles(spec, order);
    const auto frequencies = static_cast<double>(frequencies_of_tile(order));
    const auto lanes = static_cast<double>(target.lanes());
    const auto all = static_cast<double>(tiles.h * tiles.w), blocks = static_cast<double>(tiles.h) / tile.rows;
    const auto ci = static_cast<double>(spec.ci);
    const auto co = static_cast<double>(round_up(spec.co, channel_block));

    // In a network the weights of a layer that L2 cannot keep come from memory, at 4 bytes a cycle; from L2
    // come 24.
    constexpr double l2_bytes = 1024 * 1024;
    const auto weight_bytes = static_cast<double>(bytes_of_weights(spec, order));
    const double bytes_per_cycle = weight_bytes > l2_bytes ? 4 : 24;
    double step = step_cycles(target, tile);
    const double tiles_of_block = ceiling(tiles_in_block(spec, order, tile), tile.tile_t);
    const double stream = 2.0 * tile.tile_c * target.vector_bytes / bytes_per_cycle / tiles_of_block;
    step = std::max(step, weight_bytes > 32 * 1024 ? stream : 0.0);
    // The accumulators start at zero and are stored; the next ones wait for the last sums.
    const double start = 2.0 * tile.tile_c * tile.tile_t + 16;
    // A block that L2 cannot keep is read from behind it for each block of channels.
    const double block_bytes = frequencies * ci * tiles_in_block(spec, order, tile) * 4;
    step = std::max(step, block_bytes > 512 * 1024 ? 2.0 * 4 * tile.tile_t / 4 : 0.0);
    const double sums = frequencies * blocks * tiles_of_block * co / (tile.tile_c * lanes) * (ci * step + start);

    // Loads, additions, stores of one tile of one vector; channels of an NCHW source do not lie side by side.
    const double gather = spec.src.order == DimOrder::nchw && spec.ci > 1 ? 4.0 : 1.0;
    const double adds = target.vector_registers == 32 ? 1.0 : 1.5;
    const double n = winograd_matrices(order).frequencies(), m = winograd_matrices(order).results();
    const PassAdditions additions = pass_additions(order);
    const double to_frequencies = (gather + 2) * frequencies + 2 * n * additions.input * adds;
    const double to_results = frequencies + ((n + m) * additions.output + m * m) * adds;
    const double to_dst = m * m * (spec.pool ? 2 : 4);
    const double input = all * ceiling(ci, lanes) * to_frequencies;
    const double output = all * ceiling(co, lanes) * (to_results + to_dst);
    const Extent2 dst = spec.output();
    const auto results = static_cast<double>(dst.h * dst.w * (spec.pool ? 4 : 1));
    const double useful = results * 9 * ci * static_cast<double>(spec.co) / lanes;
    // Transformed weights are about twice, or four times, the plain ones. Where they come from memory and few tiles
    // use them, moving them decides at every level.
    const double more = order == DimOrder::winograd4 ? 4.0 : 2.0;
    const double moved = weight_bytes > l2_bytes && all < 32 ? more : 1.0;
    // They round more often than direct sums, the more the larger a tile is: a tenth faster is not enough.
    const double margin = order == DimOrder::winograd4 ? 1.2 : 1.1;
    return (sums + input + output) / useful * moved * margin;
}

/// Loops: image, block of tile rows. In a block the transform of the source, then for each block of channels the
/// sums of all frequencies in register tiles, then the transform of the sums and the epilogue.
void schedule_winograd(WinogradStages &stages, const Target &target, const WinogradTile &tile) {
    const KernelSpec &spec = stages.spec;
    const int lanes = target.lanes(), step = channel_step(tile, target);
    const int m = winograd_step(spec, spec.weights.order);
    const auto tail = [](int64_t extent, int factor) {
        return extent % factor == 0 ? TailStrategy::RoundUp : TailStrategy::GuardWithIf;
    };
    const Extent2 dst = spec.output();
    Var block("block"), vector("vector"), lane("lane"), tx("tx"), xi("xi"), ty("ty"), yi("yi"), row("row");
    stages.out.split(stages.c, block, lane, step, tail(spec.co, step))
        .split(lane, vector, lane, lanes)
        .split(stages.x, tx, xi, m, tail(dst.w, m))
        .split(stages.y, ty, yi, m, tail(dst.h, m))
        .split(ty, row, ty, tile.rows)
        .reorder(lane, xi, yi, vector, tx, ty, block, row, stages.n)
        .vectorize(lane)
        .unroll(xi)
        .unroll(yi);
    schedule_output(stages, target, vector);
    schedule_sum(stages, target, tile, block);
    schedule_input(stages, target, tile, row);
    if (spec.weights.order == DimOrder::winograd4) {
        // A loop of its own for whole tiles pays within a row only. Each has the transforms' values on its stack,
        // 36 vectors before and 40 behind the sums, 4.8 KB on x86-64-v4: of 16 KB two fit, and the accumulators.
        stages.out.never_partition(ty, block, row);
    }
    schedule_padding(stages.src, stages.out, stages.n, spec, target);
}

}  // namespace

template<DimOrder order>
Schedule<WinogradStages> winograd_reference() {
    return {{"cpu_reference",
             0,
             {},
             supports_shape<order>,
             [](const KernelSpec &, const Target &, const ParamValues &) {
                 return Layouts{order, false};
             },
             nullptr},
            [](WinogradStages &stages, const Target &, const ParamValues &) {
                place_padding(stages.src, stages.out, stages.n, stages.spec);
                stages.input.compute_at(stages.out, stages.n);
                place(stages.input);
                stages.sum.compute_at(stages.out, stages.c);
                stages.sum.update();
            }};
}

template<DimOrder order>
Schedule<WinogradStages> winograd_schedule(std::vector<Param> params) {
    return {{"cpu_tiled", 10, std::move(params),
             [](const KernelSpec &spec, const Target &target, const ParamValues &values) {
                 return supports_winograd_tile<order>(spec, target, tile_of(values));
             },
             [](const KernelSpec &, const Target &, const ParamValues &) {
                 return Layouts{order, true};
             },
             [](const KernelSpec &spec, const Target &target, const ParamValues &values) {
                 return winograd_cost(spec, order, target, tile_of(values));
             }},
            [](WinogradStages &stages, const Target &target, const ParamValues &values) {
                schedule_winograd(stages, target, tile_of(values));
            }};
}

template Schedule<WinogradStages> winograd_reference<DimOrder::winograd2>();
template Schedule<WinogradStages> winograd_reference<DimOrder::winograd4>();
template Schedule<WinogradStages> winograd_schedule<DimOrder::winograd2>(std::vector<Param>);
template Schedule<WinogradStages> winograd_schedule<DimOrder::winograd4>(std::vector<Param>);

Schedule<WinogradStages> winograd_cuda_reference() {
    return {{"cuda_reference",
             0,
             {},
             supports_shape<DimOrder::winograd2>,
             [](const KernelSpec &, const Target &, const ParamValues &) {
                 return Layouts{DimOrder::winograd2, false};
             },
             nullptr},
            [](WinogradStages &stages, const Target &, const ParamValues &) {
                const Var thread = cuda_thread_per_element(stages.out, {stages.c, stages.x, stages.y}, stages.n);
                const int frequencies = winograd_matrices(DimOrder::winograd2).frequencies();
                const Var &fx = stages.fx, &fy = stages.fy;
                stages.sum.compute_at(stages.out, thread)
                    .bound_extent(fx, frequencies)
                    .bound_extent(fy, frequencies)
                    .unroll(fx)
                    .unroll(fy);
                // A row of frequencies at a time: the transforms of all four ask for more than 64 registers.
                stages.sum.update().reorder(fx, stages.r.x, fy).unroll(fx).unroll(fy);
            }};
}

}  // namespace ingot
