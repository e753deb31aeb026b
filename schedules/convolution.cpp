// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/convolution.h"
#include "spec/buffer_dims.h"
#include <algorithm>

namespace ingot {

using namespace Halide;

namespace {

/// Convolution results under a tile of dst: stride * (tile - 1) + kernel per dimension with a pool, the tile without.
Extent2 covered(const KernelSpec &spec, const RegisterTile &tile) {
    if (!spec.pool) {
        return {tile.tile_y, tile.tile_x};
    }
    return {spec.pool->stride.h * (tile.tile_y - 1) + spec.pool->kernel.h,
            spec.pool->stride.w * (tile.tile_x - 1) + spec.pool->kernel.w};
}

int64_t accumulators(const KernelSpec &spec, const RegisterTile &tile) {
    const Extent2 results = covered(spec, tile);
    return tile.tile_c * results.h * results.w;
}

/// Channels of one step of the block loop: whole packed blocks and whole tiles.
int channel_step(const RegisterTile &tile, const Target &target) {
    return std::max(tile.tile_c * target.lanes(), static_cast<int>(channel_block));
}

/// A tile divides a packed block or is made of whole ones. Where the last block is filled up, the guarded tile is the
/// block itself: a tile wholly behind the last channel would have nothing to compute. A vector never crosses from one
/// group into the next; in a depthwise convolution it reads as many input channels as it writes.
bool supports_channels(const KernelSpec &spec, const Target &target, const RegisterTile &tile) {
    const int width = tile.tile_c * target.lanes();
    const int step = channel_step(tile, target);
    const bool whole_blocks = spec.co % step == 0;
    const bool depthwise = spec.groups == spec.ci && spec.groups == spec.co;
    const bool whole_groups =
        spec.groups == 1 || (whole_blocks && (depthwise || (spec.co / spec.groups) % width == 0));
    return step % width == 0 && step % channel_block == 0 && round_up(spec.co, channel_block) % step == 0 &&
           whole_groups && (whole_blocks || width == step);
}

/// Where the kernel pads by itself: a small picture on the stack, a larger one in the session's scratch.
void place_padded_source(ConvolutionStages &stages) {
    constexpr int64_t stack_bytes = 4096;
    const KernelSpec &spec = stages.spec;
    const Pad2 &pad = spec.window.pad;
    const int64_t elements = spec.ci * (spec.h + pad.top + pad.bottom) * (spec.w + pad.left + pad.right);
    stages.src.store_in(elements * 4 <= stack_bytes ? MemoryType::Stack : MemoryType::Heap);
}

double tiles_over(int64_t extent, int tile) { return static_cast<double>((extent + tile - 1) / tile); }

}  // namespace

RegisterTile register_tile(const ParamValues &values) {
    return {param(values, "tile_c"), param(values, "tile_x"), param(values, "tile_y"), param(values, "unroll_ci")};
}

bool supports_tile(const KernelSpec &spec, const Target &target, const RegisterTile &tile) {
    const Extent2 dst = spec.output();
    const bool pool_fits = !spec.pool || (!spec.pool->pad.any() && spec.pool->kernel == spec.pool->stride);
    // Beside the accumulators: the weights, one broadcast pixel, and without FMA the product.
    const int64_t live = accumulators(spec, tile) + tile.tile_c + 1 + (target.has_fma ? 0 : 1);
    return pool_fits && live <= target.vector_registers && tile.tile_x <= dst.w && tile.tile_y <= dst.h &&
           supports_channels(spec, target, tile) && (spec.ci / spec.groups) % tile.unroll_ci == 0;
}

double tile_cost(const KernelSpec &spec, const Target &, const RegisterTile &tile) {
    const Extent2 dst = spec.output();
    const Extent2 results = covered(spec, tile);
    const double fmas = static_cast<double>(accumulators(spec, tile));
    const double loads = static_cast<double>(tile.tile_c + results.h * results.w);
    // Two FMAs and two loads a cycle. Four cycles of latency ask for eight accumulators, and half as many again for
    // the start of the next iteration to overlap.
    const double cycles = std::max({fmas, loads, 12.0}) + 0.02 * loads;
    const double useful = static_cast<double>(dst.h * dst.w);
    const double computed = tiles_over(dst.w, tile.tile_x) * tile.tile_x * tiles_over(dst.h, tile.tile_y) * tile.tile_y;
    const double loop = 1.0 + 0.02 / tile.unroll_ci;
    return cycles / fmas * computed / useful * loop;
}

void schedule_reference(ConvolutionStages &stages) {
    if (stages.src.has_update_definition()) {
        stages.src.compute_at(stages.out, stages.n);
        place_padded_source(stages);
        stages.src.update();
    }
    stages.conv.compute_at(stages.out, stages.c);
    stages.conv.update();
}

void schedule_padding(ConvolutionStages &stages, const Target &target) {
    Func &src = stages.src;
    if (!src.has_update_definition()) {
        return;
    }
    const std::vector<Var> args = src.args();
    const Var &c = args[0], &x = args[1], &y = args[2], &n = args[3];
    const std::vector<RVar> r = src.rvars();
    src.compute_at(stages.out, stages.n);
    place_padded_source(stages);
    if (stages.spec.src.order == DimOrder::nchw || stages.spec.ci == 1) {
        src.reorder_storage(x, y, c, n).reorder(x, y, c, n);
        src.update().reorder(r[0], r[1], c, n);
        if (stages.spec.w >= target.lanes()) {
            src.update().vectorize(r[0], target.lanes(), TailStrategy::GuardWithIf);
        }
    } else {
        src.update().reorder(c, r[0], r[1], n);
        if (stages.spec.ci >= target.lanes()) {
            src.update().vectorize(c, target.lanes(), TailStrategy::GuardWithIf);
        }
    }
}

void schedule_tile(ConvolutionStages &stages, const Target &target, const RegisterTile &tile) {
    const int lanes = target.lanes();
    const int width = tile.tile_c * lanes;
    const bool whole_channels = stages.spec.co % channel_step(tile, target) == 0;
    const TailStrategy tail = whole_channels ? TailStrategy::RoundUp : TailStrategy::GuardWithIf;
    Func &out = stages.out, &conv = stages.conv;
    Var &c = stages.c, &x = stages.x, &y = stages.y;
    Var block("block"), part("part"), lane("lane"), xo("xo"), xi("xi"), yo("yo"), yi("yi");

    out.split(c, block, c, channel_step(tile, target), tail)
        .split(c, part, lane, width)
        .split(x, xo, xi, tile.tile_x, TailStrategy::ShiftInwards)
        .split(y, yo, yi, tile.tile_y, TailStrategy::ShiftInwards)
        .reorder(lane, xi, yi, part, xo, yo, block, stages.n)
        .unroll(part)
        .vectorize(lane, lanes)
        .unroll(lane)
        .unroll(xi)
        .unroll(yi);

    const Extent2 results = covered(stages.spec, tile);
    conv.compute_at(out, part)
        .bound_extent(c, width)
        .bound_extent(x, static_cast<int>(results.w))
        .bound_extent(y, static_cast<int>(results.h))
        .reorder(c, x, y)
        .vectorize(c, lanes)
        .unroll(c)
        .unroll(x)
        .unroll(y);
    // Input channels innermost: with a filter tap there LLVM hoists the pixels of neighbouring taps and spills.
    conv.update()
        .reorder(c, x, y, stages.r.x, stages.r.y, stages.r.z)
        .vectorize(c, lanes)
        .unroll(c)
        .unroll(x)
        .unroll(y);
    if (tile.unroll_ci > 1) {
        conv.update().unroll(stages.r.x, tile.unroll_ci);
    }
    stages.weights.in(conv).compute_at(conv, stages.r.x).vectorize(stages.weights.args()[0], lanes).unroll(stages.weights.args()[0]);
    schedule_padding(stages, target);
}

}  // namespace ingot
