// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_direct/stages.h"
#include "spec/buffer_dims.h"
#include <algorithm>

namespace ingot::conv2d_direct {

using namespace Halide;

namespace {

// Groups of channels that are no whole packed blocks, as the 4 of a ResNeXt or the 20 of a ShuffleNet: lanes are
// channels of one group, in vectors of 4 where it has no more. A group is a small convolution: its weights, which
// lie in blocks of channels that belong to other groups as well, are copied for a strip of rows, then a tile is
// tile_c vectors by tile_x columns and tile_y rows of accumulators, of which multiply-adds broadcast the pixels.
struct Tile {
    int vector, c, x, y;
    [[nodiscard]] int width() const { return vector * c; }
};

Tile read(const ParamValues &values) {
    return {param(values, "vector"), param(values, "tile_c"), param(values, "tile_x"), param(values, "tile_y")};
}

constexpr int64_t strip_bytes = 256 * 1024;

/// Tile rows of dst whose pixels stay in L2 while all groups read them.
int strip_rows(const KernelSpec &spec, const Tile &tile) {
    const int64_t row_bytes =
        spec.w * spec.ci * spec.window.stride.h * tile.y * static_cast<int64_t>(sizeof(float));
    return static_cast<int>(std::clamp<int64_t>(strip_bytes / row_bytes, 4, 64));
}

bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const Tile tile = read(values);
    const Extent2 dst = spec.output();
    const int64_t channels = spec.co / spec.groups;
    const int live = tile.c * tile.x * tile.y + tile.c + 1 + (target.has_fma ? 0 : 1);
    const bool fits_lanes =
        tile.vector == target.lanes() || (tile.vector < target.lanes() && channels < int64_t{2} * tile.vector);
    return spec.groups > 1 && fits_lanes && channels >= tile.width() && live <= target.vector_registers &&
           tile.x <= dst.w && tile.y <= dst.h;
}

double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const Tile tile = read(values);
    const Extent2 dst = spec.output();
    const auto up = [](int64_t extent, int64_t step) { return static_cast<double>(round_up(extent, step)); };
    const double pixels = tile.x * tile.y, vectors = tile.c, fmas = vectors * pixels;
    const double loads = (vectors + pixels) * (target.vector_registers == 32 ? 1.0 : 1.15);
    const double cycles = loop_cost(target, fmas, target.has_fma ? loads : vectors + 2 * pixels) + 0.3;
    const int64_t channels = spec.co / spec.groups, rows = int64_t{strip_rows(spec, tile)} * tile.y;
    const double computed = up(dst.w, tile.x) * up(dst.h, tile.y) * up(channels, tile.width());
    const auto useful = static_cast<double>(dst.w * dst.h * channels);
    // A weight of a strip's copy is loaded by itself.
    const double copies = 3.0 * tile.vector * up(dst.h, rows) / static_cast<double>(rows * dst.w * dst.h);
    return (cycles / fmas * computed / useful + copies) * target.lanes() / tile.vector;
}

void apply(ConvolutionStages &stages, const Target &target, const ParamValues &values) {
    const Tile tile = read(values);
    const KernelSpec &spec = stages.spec;
    Func &out = stages.out, &conv = stages.conv;
    Var &c = stages.c, &x = stages.x, &y = stages.y, &n = stages.n;
    Var group("group"), block("block"), lane("lane"), xo("xo"), xi("xi"), yo("yo"), yi("yi"), strip("strip");
    out.split(c, group, c, static_cast<int>(spec.co / spec.groups), TailStrategy::RoundUp)
        .split(c, block, lane, tile.width(), TailStrategy::ShiftInwards)
        .split(x, xo, xi, tile.x, TailStrategy::ShiftInwards)
        .split(y, yo, yi, tile.y, TailStrategy::ShiftInwards)
        .split(yo, strip, yo, strip_rows(spec, tile), TailStrategy::GuardWithIf)
        .reorder(lane, xi, yi, xo, yo, block, group, strip, n)
        .vectorize(lane, tile.vector)
        .unroll(lane)
        .unroll(xi)
        .unroll(yi);
    if ((spec.co / spec.groups) % tile.width() != 0) {
        out.unroll(block);  // Halide proves then that a vector stays in its group
    }
    conv.compute_at(out, xo)
        .bound_extent(c, tile.width())
        .bound_extent(x, tile.x)
        .bound_extent(y, tile.y)
        .reorder(c, x, y)
        .vectorize(c, tile.vector)
        .unroll(c)
        .unroll(x)
        .unroll(y);
    const RDom &r = stages.r;
    conv.update().reorder(c, x, y, r.x, r.y, r.z).vectorize(c, tile.vector).unroll(c).unroll(x).unroll(y);
    Func copied = stages.weights.in(conv), loaded = copied.in(conv);
    const Var channel = copied.args()[0], in_register = loaded.args()[0];
    copied.compute_at(out, block)
        .bound_extent(channel, tile.width())
        .vectorize(channel, tile.vector)
        .unroll(channel);
    copied.hoist_storage_root().store_in(MemoryType::Heap);
    loaded.compute_at(conv, r.x).vectorize(in_register, tile.vector).unroll(in_register);
    schedule_padding(stages.src, out, strip, spec, target);
}

}  // namespace

Schedule<ConvolutionStages> cpu_groups() {
    return {{"cpu_groups",
             10,
             {{"vector", {16, 8, 4}},
              {"tile_c", {1, 2, 4}},
              {"tile_x", {14, 12, 16, 10, 8, 7, 6, 5, 4, 3, 2, 1}},
              {"tile_y", {1, 2}}},
             supports,
             blocked_layouts,
             cost},
            apply};
}

}  // namespace ingot::conv2d_direct
