// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_direct/stages.h"
#include "spec/buffer_dims.h"
#include <algorithm>
#include <set>

namespace ingot::conv2d_direct {

using namespace Halide;

namespace {

// Groups of one to three channels of dst: lanes are channels of several groups, of which an element of src and a
// weight are loaded side by side. Registers: tile_y rows of tile_x accumulators, the pixels of a row, which the
// taps of a filter row share, and its weights: 2 x 7 results of a depthwise 3 x 3 filter with stride 1 are 36 loads
// of pixels and 9 of weights for 126 multiply-adds, 14 + 9 + 3 registers. A block of channels passes over a strip
// of rows, then the next block: few lines of the caches at a time, and the strip stays in L2. The last block of
// channels begins earlier where they are no multiple; the weights of a block are copied to where they lie aligned.
// Where it is not channel c of src that channel c of dst reads, a copy of the strip repeats channels.
struct Tile {
    int vector, x, y, strip;
};

Tile read(const ParamValues &values) {
    return {param(values, "vector"), param(values, "tile_x"), param(values, "tile_y"), param(values, "strip")};
}

constexpr int64_t widest_unrolled = 7, highest_unrolled = 3;

bool is_depthwise(const KernelSpec &spec) {
    return spec.groups == spec.ci && spec.groups == spec.co;
}

/// Columns of src that a row of the tile reads.
int64_t row_pixels(const KernelSpec &spec, const Tile &tile) {
    const Window &window = spec.window;
    std::set<int64_t> columns;
    for (int64_t x = 0; x < tile.x; ++x) {
        for (int64_t k = 0; k < window.kernel.w; ++k) {
            columns.insert(x * window.stride.w + k * window.dilation.w);
        }
    }
    return static_cast<int64_t>(columns.size());
}

bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const Tile tile = read(values);
    const Extent2 dst = spec.output();
    // More channels of dst fill vectors by themselves; more of src are not worth the copy.
    constexpr int64_t most_outputs = 3, most_inputs = 16;
    const bool few =
        spec.groups > 1 && spec.co / spec.groups <= most_outputs && spec.ci / spec.groups <= most_inputs;
    const bool fits_lanes =
        tile.vector == target.lanes() || (tile.vector < target.lanes() && spec.co < int64_t{2} * tile.vector);
    // Where the registers do not hold all pixels of a row, multiply-adds load them.
    const bool unrolled = spec.window.kernel.w <= widest_unrolled;
    const int64_t pixels = unrolled ? std::min<int64_t>(row_pixels(spec, tile), tile.x + 2) : 1;
    const int64_t weights = std::min<int64_t>(spec.window.kernel.w, 3);
    const int64_t live = int64_t{tile.x} * tile.y + pixels + weights + (target.has_fma ? 0 : 1);
    return few && fits_lanes && spec.co >= tile.vector && live <= target.vector_registers && tile.x <= dst.w &&
           tile.y <= dst.h;
}

double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const Tile tile = read(values);
    const Extent2 dst = spec.output(), kernel = spec.window.kernel;
    const auto up = [](int64_t extent, int64_t step) { return static_cast<double>(round_up(extent, step)); };
    const auto taps = static_cast<double>(kernel.h * kernel.w), pixels = static_cast<double>(tile.x * tile.y);
    const double fmas = pixels * static_cast<double>(kernel.w);
    const auto loads = static_cast<double>(tile.y * row_pixels(spec, tile) + kernel.w);
    // A turn is a filter row. A tile begins with the bias and ends in stores.
    const double turn = loop_cost(target, fmas, loads) + 1.0;
    const double of_tile = turn * static_cast<double>(kernel.h) + 3.0 * pixels + 6.0;
    const double computed = up(dst.w, tile.x) * up(dst.h, tile.y) * up(spec.co, tile.vector);
    const auto useful = static_cast<double>(dst.w * dst.h * spec.co);
    const double lanes = static_cast<double>(target.lanes()) / tile.vector;
    // Weights are copied, and rows between strips read again, for each strip.
    const int rows = tile.strip * tile.y;
    const double copies = 4.0 * up(dst.h, rows) / rows / static_cast<double>(dst.w * dst.h);
    // An element of the copy that repeats channels: a load and a store.
    const double elements = static_cast<double>(spec.window.stride.h * spec.window.stride.w) * target.lanes();
    const double repeated = is_depthwise(spec) ? 0.0 : 3.0 * elements / taps;
    return (of_tile / (pixels * taps) * computed / useful + copies) * lanes + repeated;
}

/// src with its channels side by side where the buffer has planes, and repeated where groups share them.
void schedule_source(ConvolutionStages &stages, const Target &target, const Var &block, const Var &strip) {
    Func &src = stages.src;
    const std::vector<Var> args = src.args();
    const Var &c = args[0], &x = args[1], &y = args[2], &n = args[3];
    if (src.has_update_definition()) {
        schedule_padding(src, stages.out, strip, stages.spec, target);
        src.reorder_storage(c, x, y, n);
    } else if (stages.spec.src.order == DimOrder::nchw) {
        src.compute_at(stages.out, strip).reorder_storage(c, x, y, n).reorder(x, c, y, n);
        src.hoist_storage_root().store_in(MemoryType::Heap);
    }
    if (!is_depthwise(stages.spec)) {
        const Var lane = stages.channel.args()[0];
        stages.channel.compute_at(stages.out, block).vectorize(lane, target.lanes());
        stages.channel.hoist_storage_root().store_in(MemoryType::Heap);
    }
}

void apply(ConvolutionStages &stages, const Target &target, const ParamValues &values) {
    const Tile tile = read(values);
    const Extent2 kernel = stages.spec.window.kernel;
    Func &out = stages.out, &conv = stages.conv;
    Var &c = stages.c, &x = stages.x, &y = stages.y, &n = stages.n;
    Var block("block"), lane("lane"), xo("xo"), xi("xi"), yo("yo"), yi("yi"), strip("strip");
    out.split(c, block, lane, tile.vector, TailStrategy::ShiftInwards)
        .split(x, xo, xi, tile.x, TailStrategy::ShiftInwards)
        .split(y, yo, yi, tile.y, TailStrategy::ShiftInwards)
        .split(yo, strip, yo, tile.strip, TailStrategy::GuardWithIf)
        .reorder(lane, xi, yi, xo, yo, block, strip, n)
        .vectorize(lane)
        .unroll(xi)
        .unroll(yi);
    conv.compute_at(out, xo)
        .bound_extent(c, tile.vector)
        .bound_extent(x, tile.x)
        .bound_extent(y, tile.y)
        .reorder(c, x, y)
        .vectorize(c)
        .unroll(x)
        .unroll(y);
    const RDom &r = stages.r;
    Stage sum = conv.update();
    sum.reorder(c, x, r.y, y, r.x, r.z).vectorize(c).unroll(x).unroll(y);
    if (kernel.w <= widest_unrolled) {
        sum.unroll(r.y);
    }
    // Two rows of results read the rows of src one after the other; more would keep them all, and 16 registers do
    // not hold those of two.
    if (target.vector_registers == 32 && kernel.w <= widest_unrolled && kernel.h <= highest_unrolled &&
        tile.y <= 2 && is_depthwise(stages.spec)) {
        sum.unroll(r.z);
    }
    Func weights = stages.weights.in();
    const Var channel = weights.args()[0];
    weights.compute_at(out, block).bound_extent(channel, tile.vector).vectorize(channel);
    schedule_source(stages, target, block, strip);
}

}  // namespace

Schedule<ConvolutionStages> cpu_depthwise() {
    return {{"cpu_depthwise",
             20,
             {{"vector", {16, 8, 4}},
              {"tile_x", {7, 6, 5, 4, 8, 10, 12, 14, 3, 2, 1}},
              {"tile_y", {1, 2, 4}},
              {"strip", {64, 16, 8}}},
             supports,
             [](const KernelSpec &, const Target &, const ParamValues &) {
                 return Layouts{DimOrder::ohwi16o, true};
             },
             cost},
            apply};
}

}  // namespace ingot::conv2d_direct
