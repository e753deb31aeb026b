// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_gemm/stages.h"
#include "schedules/weight_stream.h"
#include "spec/buffer_dims.h"
#include <algorithm>

namespace ingot::conv2d_gemm {

using namespace Halide;

namespace {

// Tiles run over the pixels of `rows` rows as if they were one row: 7 x 7 pixels are two tiles of 25, where rows of
// 7 leave most of the registers of x86-64-v4 empty, and 4 of 13 on x86-64-v3. A tile's pixels lie at constant
// distances, since all tiles of a strip are unrolled; 2 x 14 or 1 x 25 accumulators on x86-64-v4, 1 x 13 or 2 x 6
// on x86-64-v3, of which FMAs broadcast the pixels. A strip of results, at most 128 pixels by 16 or 32 channels,
// passes through L1 on its way into rows. With weights beyond L1 each tile reads its block of them anew: few large
// tiles read them seldom.
struct Tile {
    int c, pixels, rows, prefetch;
};

Tile read(const ParamValues &values) {
    return {param(values, "tile_c"), param(values, "pixels"), param(values, "rows"), param(values, "prefetch")};
}

int tiles_of_strip(const KernelSpec &spec, const Tile &tile) {
    const int64_t pixels = tile.rows * spec.output().w;
    return static_cast<int>((pixels + tile.pixels - 1) / tile.pixels);
}

bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const Tile tile = read(values);
    const Extent2 dst = spec.output();
    const int live = tile.c * tile.pixels + tile.c + 1 + (target.has_fma ? 0 : 1);
    constexpr int64_t most_pixels = 128;       // of a strip
    constexpr int64_t sums_bytes = 12 * 1024;  // of all its tiles, whose code is unrolled
    const int64_t pixels = tile.rows * dst.w;
    const int64_t computed = int64_t{tiles_of_strip(spec, tile)} * tile.pixels;
    return live <= target.vector_registers && pixels <= most_pixels && tile.pixels <= pixels &&
           dst.h % tile.rows == 0 && computed * tile.c * target.vector_bytes <= sums_bytes && spec.groups == 1 &&
           supports_channels(spec, target, tile.c) && supports_stream(weight_bytes(spec), tile.prefetch);
}

double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const Tile tile = read(values);
    // The row tile with as many pixels, on a picture that it divides.
    KernelSpec row = spec;
    const Extent2 kernel = spec.window.kernel, stride = spec.window.stride;
    row.window = {kernel, stride, {1, 1}, {}};
    row.h = kernel.h;
    row.w = (tile.pixels - 1) * stride.w + kernel.w;
    const RegisterTile row_tile{.tile_c = tile.c, .tile_x = tile.pixels, .prefetch = tile.prefetch};
    const double terms = static_cast<double>(spec.ci * spec.window.kernel.h * spec.window.kernel.w);
    const double useful = static_cast<double>(tile.rows * spec.output().w);
    const double computed = tiles_of_strip(spec, tile) * tile.pixels;
    // A store and a load per sum; tiles that cross rows reach further.
    const double crossing = tile.rows > 1 ? 0.05 : 0.03;
    return tile_cost(row, target, row_tile) * computed / useful + crossing + 5.0 / terms;
}

void apply(PixelConvolutionStages &stages, const Target &target, const ParamValues &values) {
    const Tile tile = read(values);
    const KernelSpec &spec = stages.spec;
    const int lanes = target.lanes(), width = tile.c * lanes, step = channel_step(spec, tile.c, target);
    const TailStrategy tail = spec.co % step == 0 ? TailStrategy::RoundUp : TailStrategy::GuardWithIf;
    Func &out = stages.out, &conv = stages.conv;
    Var &c = stages.c, &x = stages.x, &y = stages.y, &pixel = stages.pixel;
    Var block("block"), part("part"), lane("lane"), strip("strip"), po("po"), pi("pi");
    out.split(c, block, c, step, tail)
        .split(c, part, lane, width)
        .split(y, strip, y, tile.rows, TailStrategy::RoundUp)
        .reorder(lane, x, y, part, strip, block, stages.n)
        .unroll(part)
        .vectorize(lane, lanes)
        .unroll(lane);

    Func results = conv.in(out);
    const int pixels = tile.rows * static_cast<int>(spec.output().w);
    results.store_in(MemoryType::Heap)
        .compute_at(out, part)
        .bound_extent(c, width)
        .bound_extent(pixel, pixels)
        .split(pixel, po, pi, tile.pixels, TailStrategy::ShiftInwards)
        .reorder(c, pi, po)
        .vectorize(c, lanes)
        .unroll(c)
        .unroll(pi)
        .unroll(po);
    conv.compute_at(results, po)
        .bound_extent(c, width)
        .bound_extent(pixel, tile.pixels)
        .reorder(c, pixel)
        .vectorize(c, lanes)
        .unroll(c)
        .unroll(pixel);
    const RDom &r = stages.r;
    conv.update().reorder(c, pixel, r.x, r.y, r.z).vectorize(c, lanes).unroll(c).unroll(pixel);
    const Var channel = stages.weights.args()[0];
    stream_weights(conv.update(), stages.weights, r.x, r.x, 1, tile.prefetch);
    stages.weights.in(conv).compute_at(conv, r.x).vectorize(channel, lanes).unroll(channel);
    schedule_padding(stages.src, out, stages.n, spec, target);
}

}  // namespace

Schedule<PixelConvolutionStages> cpu_tiled() {
    return {{"cpu_tiled",
             10,
             {{"tile_c", {2, 1, 4}},
              {"pixels", {14, 13, 25, 28, 16, 12, 10, 9, 8, 7, 6, 5, 4, 3}},
              {"rows", {7, 1, 2, 3, 4, 5, 6, 8, 10}},
              prefetch_param()},
             supports,
             blocked_layouts,
             cost},
            apply};
}

}  // namespace ingot::conv2d_gemm
