// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_gemm/stages.h"
#include "schedules/weight_stream.h"
#include "spec/buffer_dims.h"
#include <algorithm>

namespace ingot::conv2d_gemm {

using namespace Halide;

namespace {

// Small pictures under many channels: a tile's weights, 9 * 512 * 16 of them in the last layers of a ResNet, are
// 295 KB, and cpu_tiled streams them from L2, over 72 pages, for each of its tiles. Here a panel of them, `depth`
// input channels of one filter tap by the tile's channels, serves all tiles of the picture before the next one: 256
// * 16 floats are 16 KB of L1, 512 * 32 are 64 KB of L2 in 16 pages. The sums, 49 pixels by 16 channels are 3 KB,
// lie in L1 between panels and in registers within one. The tiles of one panel take the pixels that are left over
// as they are: 49 = 4 * 10 + 9, where cpu_tiled would compute some twice.
struct Tile {
    int c, pixels, depth, prefetch;
};

Tile read(const ParamValues &values) {
    return {param(values, "tile_c"), param(values, "pixels"), param(values, "depth"), param(values, "prefetch")};
}

int64_t pixels_of(const KernelSpec &spec) {
    return spec.output().h * spec.output().w;
}

bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const Tile tile = read(values);
    const int live = tile.c * tile.pixels + tile.c + 1 + (target.has_fma ? 0 : 1);
    constexpr int64_t most_pixels = 64;       // their tiles are unrolled
    constexpr int64_t sums_bytes = 8 * 1024;  // beside a panel in L1
    return live <= target.vector_registers && pixels_of(spec) <= most_pixels &&
           pixels_of(spec) * tile.c * target.vector_bytes <= sums_bytes && tile.pixels <= pixels_of(spec) &&
           spec.ci % tile.depth == 0 && spec.groups == 1 && supports_channels(spec, target, tile.c) &&
           supports_stream(weight_bytes(spec), tile.prefetch);
}

// A tile's loads, FMAs and loop control per input channel.
double step_cost(const KernelSpec &spec, const Target &target, const Tile &tile, int64_t pixels) {
    const auto loads = static_cast<double>(target.has_fma ? tile.c + pixels : tile.c + 2 * pixels);
    const double asked = lines_asked(target, tile.c, tile.prefetch);
    return loop_cost(target, static_cast<double>(tile.c * pixels), loads + asked) +
           widening_cost(spec, static_cast<double>(tile.c)) + 0.3;
}

double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const Tile tile = read(values);
    const int64_t all = pixels_of(spec), tiles = all / tile.pixels, rest = all % tile.pixels;
    const auto whole = static_cast<double>(tiles);
    const double last = rest == 0 ? 0.0 : step_cost(spec, target, tile, rest);
    const double per_fma =
        (whole * step_cost(spec, target, tile, tile.pixels) + last) / static_cast<double>(all * tile.c);
    // Per panel a tile loads and stores its sums, and its loop starts anew.
    const double fmas = tile.c * tile.pixels;
    const double restart = (60.0 + 3.0 * fmas) / (fmas * tile.depth);
    // The lines of weights ask for ways of L1 as well.
    const int64_t lines = tile.pixels + int64_t{2} * tile.c;
    const double channels = static_cast<double>(round_up(spec.co, channel_block)) / static_cast<double>(spec.co);
    return (per_fma * conflict_cost(spec, lines) + restart + 0.05) * channels +
           stream_wait(target, weight_bytes(spec), all * spec.n, tile.prefetch);
}

void apply(PixelConvolutionStages &stages, const Target &target, const ParamValues &values) {
    const Tile tile = read(values);
    const KernelSpec &spec = stages.spec;
    const int lanes = target.lanes(), width = tile.c * lanes, step = channel_step(spec, tile.c, target);
    const TailStrategy tail = spec.co % step == 0 ? TailStrategy::RoundUp : TailStrategy::GuardWithIf;
    Func &out = stages.out, &conv = stages.conv;
    Var &c = stages.c, &x = stages.x, &y = stages.y, &pixel = stages.pixel;
    Var block("block"), part("part"), lane("lane"), po("po"), pi("pi");
    out.split(c, block, c, step, tail)
        .split(c, part, lane, width)
        .reorder(lane, x, y, part, block, stages.n)
        .vectorize(lane, lanes)
        .unroll(lane);
    conv.compute_at(out, part)
        .bound_extent(c, width)
        .bound_extent(pixel, static_cast<int>(pixels_of(spec)))
        .reorder(c, pixel)
        .vectorize(c, lanes)
        .unroll(c);
    const RDom &r = stages.r;
    RVar panel("panel"), ci("ci");
    conv.update()
        .split(r.x, panel, ci, tile.depth)
        .split(pixel, po, pi, tile.pixels, TailStrategy::GuardWithIf)
        .reorder(c, pi, ci, po, panel, r.y, r.z)
        .vectorize(c, lanes)
        .unroll(c)
        .unroll(pi)
        .unroll(po);
    stream_weights(conv.update(), stages.weights, ci, ci, 1, tile.prefetch);
    schedule_padding(stages.src, out, stages.n, spec, target);
}

}  // namespace

Schedule<PixelConvolutionStages> cpu_panels() {
    return {{"cpu_panels",
             10,
             {{"tile_c", {2, 1, 4}},
              {"pixels", {14, 13, 25, 28, 16, 12, 10, 9, 8, 7, 6, 5, 4, 3}},
              {"depth", {256, 128, 64, 512}},
              prefetch_param()},
             supports,
             blocked_layouts,
             cost},
            apply};
}

}  // namespace ingot::conv2d_gemm
