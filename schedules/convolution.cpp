// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/convolution.h"
#include "spec/buffer_dims.h"
#include <algorithm>
#include <numeric>

namespace ingot {

using namespace Halide;

namespace {

/// Convolution results under a tile of dst: stride * (tile - 1) + kernel per dimension with a pool, the tile
/// without.
Extent2 covered(const KernelSpec &spec, const RegisterTile &tile) {
    if (!spec.pool) {
        return {tile.tile_y, tile.tile_x};
    }
    return {spec.pool->stride.h * (tile.tile_y - 1) + spec.pool->kernel.h,
            spec.pool->stride.w * (tile.tile_x - 1) + spec.pool->kernel.w};
}

/// Pixels whose accumulators are in registers together.
int64_t live_pixels(const KernelSpec &spec, const RegisterTile &tile) {
    const Extent2 results = covered(spec, tile);
    return tile.row_by_row ? results.w : results.h * results.w;
}

/// Channels of one step of the block loop: whole packed blocks and whole tiles.
int channel_step(const RegisterTile &tile, const Target &target) {
    return std::max(tile.tile_c * target.lanes(), static_cast<int>(channel_block));
}

/// A tile divides a packed block or is made of whole ones. Where the last block is filled up, the guarded tile is
/// the block itself: a tile wholly behind the last channel would have nothing to compute. A vector never crosses
/// from one group into the next; in a depthwise convolution it reads as many input channels as it writes.
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

/// Where the kernel pads by itself: a small picture on the stack, a larger one in the session's scratch, one for
/// all images of a batch.
void place_padded_source(Func &src, const KernelSpec &spec) {
    constexpr int64_t stack_bytes = 4096;
    const Pad2 &pad = spec.window.pad;
    const int64_t elements = spec.ci * (spec.h + pad.top + pad.bottom) * (spec.w + pad.left + pad.right);
    src.hoist_storage_root().store_in(elements * 4 <= stack_bytes ? MemoryType::Stack : MemoryType::Heap);
}

double tiles_over(int64_t extent, int tile) {
    const int64_t tiles = (extent + tile - 1) / tile;
    return static_cast<double>(tiles);
}

}  // namespace

void place_padding(Func &src, Func &out, const Var &image, const KernelSpec &spec) {
    if (src.has_update_definition()) {
        src.compute_at(out, image);
        place_padded_source(src, spec);
        src.update();
    }
}

void schedule_padding(Func &src, Func &out, const Var &image, const KernelSpec &spec, const Target &target) {
    if (!src.has_update_definition()) {
        return;
    }
    const std::vector<Var> args = src.args();
    const Var &c = args[0], &x = args[1], &y = args[2], &n = args[3];
    const std::vector<RVar> r = src.rvars();
    src.compute_at(out, image);
    place_padded_source(src, spec);
    if (spec.src.order == DimOrder::nchw || spec.ci == 1) {
        src.reorder_storage(x, y, c, n).reorder(x, y, c, n);
        src.update().reorder(r[0], r[1], c, n);
        if (spec.w >= target.lanes()) {
            src.update().vectorize(r[0], target.lanes(), TailStrategy::GuardWithIf);
        }
    } else {
        src.update().reorder(c, r[0], r[1], n);
        if (spec.ci >= target.lanes()) {
            src.update().vectorize(c, target.lanes(), TailStrategy::GuardWithIf);
        }
    }
}

bool supports_tile(const KernelSpec &spec, const Target &target, const RegisterTile &tile) {
    const Extent2 dst = spec.output();
    const bool pool_fits = !spec.pool || (!spec.pool->pad.any() && spec.pool->kernel == spec.pool->stride);
    // Beside the accumulators: the weights, one broadcast pixel, and without FMA the product.
    const int64_t live = tile.tile_c * live_pixels(spec, tile) + tile.tile_c + 1 + (target.has_fma ? 0 : 1);
    return pool_fits && live <= target.vector_registers && tile.tile_x <= dst.w && tile.tile_y <= dst.h &&
           supports_channels(spec, target, tile) && (spec.ci / spec.groups) % tile.unroll_ci == 0;
}

double tile_cost(const KernelSpec &spec, const Target &target, const RegisterTile &tile) {
    const auto pixels = static_cast<double>(live_pixels(spec, tile));
    const double vectors = tile.tile_c, fmas = vectors * pixels;
    const int64_t terms = spec.ci / spec.groups * spec.window.kernel.h * spec.window.kernel.w;
    const auto sum = static_cast<double>(terms);
    // In half cycles: two FMAs and two loads a cycle, four cycles of latency that eight accumulators hide.
    double cycles = 0;
    if (target.has_fma) {
        // Below AVX-512 a broadcast is an instruction of its own.
        const double loads = (vectors + pixels) * (target.vector_registers == 32 ? 1.0 : 1.15);
        cycles = std::max({fmas, loads, 9.0}) + 0.02 * loads;
    } else {
        // Copy, multiply, add; a broadcast is a load and a shuffle.
        cycles = 3 * fmas + 2 * pixels + vectors;
    }
    // Weights of a tile that L1 cannot keep beside the pixels come from L2, 24 bytes a cycle.
    const double weight_bytes = vectors * target.vector_bytes;
    constexpr double l1_share = 32 * 1024;
    if (weight_bytes * sum > l1_share) {
        cycles = std::max(cycles, 2 * weight_bytes / 24);
    }
    // Pixels a multiple of 4 KB apart share a set of L1, which has at least eight ways: more than that evict each
    // other.
    constexpr int64_t way_bytes = 4096, ways = 8;
    const int64_t pixel_bytes = spec.window.stride.w * spec.ci * static_cast<int64_t>(sizeof(float));
    const int64_t sets = way_bytes / std::gcd(way_bytes, pixel_bytes);
    if (live_pixels(spec, tile) > ways * sets) {
        cycles *= 1.6;
    }
    // Loop control, once per iteration. Unrolling shares it, but lets the next iterations' loads compete for
    // registers.
    cycles += 0.3 / tile.unroll_ci;
    cycles *= 1.0 + 0.02 * tile.unroll_ci;
    const Extent2 dst = spec.output();
    const double useful = static_cast<double>(dst.h * dst.w);
    const double computed =
        tiles_over(dst.w, tile.tile_x) * tile.tile_x * tiles_over(dst.h, tile.tile_y) * tile.tile_y;
    // A store, a load, and the wait between them, per sum.
    const double through_memory = tile.row_by_row ? 8.0 / sum : 0.0;
    return (cycles / fmas + through_memory) * computed / useful;
}

Schedule<ConvolutionStages> convolution_reference() {
    return {{"cpu_reference", 0, {}, supports_all, plain_layouts, nullptr},
            [](ConvolutionStages &stages, const Target &, const ParamValues &) {
                place_padding(stages.src, stages.out, stages.n, stages.spec);
                stages.conv.compute_at(stages.out, stages.c);
                stages.conv.update();
            }};
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
    // The weights are loaded once per input channel, into registers, whatever is unrolled.
    const RDom &r = stages.r;
    RVar ci_block("ci_block"), ci("ci");
    Stage sum = conv.update();
    sum.split(r.x, ci_block, ci, tile.unroll_ci).unroll(ci);
    if (tile.row_by_row) {
        sum.reorder(c, x, ci, ci_block, r.y, r.z, y);
    } else {
        sum.reorder(c, x, y, ci, ci_block, r.y, r.z).unroll(y);
    }
    sum.vectorize(c, lanes).unroll(c).unroll(x);
    const Var channel = stages.weights.args()[0];
    stages.weights.in(conv).compute_at(conv, ci).vectorize(channel, lanes).unroll(channel);
    schedule_padding(stages.src, out, stages.n, stages.spec, target);
}

}  // namespace ingot
