// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/depthwise.h"
#include "spec/buffer_dims.h"
#include <algorithm>
#include <set>

namespace ingot {

using namespace Halide;

namespace {

// Registers: tile.y rows of tile.x accumulators, the pixels of a row, which the taps of a filter row share, and its
// weights: 2 x 7 results of a depthwise 3 x 3 filter with stride 1 are 36 loads of pixels and 9 of weights for 126
// multiply-adds, 14 + 9 + 3 registers.
constexpr int64_t widest_unrolled = 7, highest_unrolled = 3;

/// Columns of src that a row of the tile reads.
int64_t row_pixels(const KernelSpec &spec, const DepthwiseTile &tile) {
    const Window &window = spec.window;
    std::set<int64_t> columns;
    for (int64_t x = 0; x < tile.x; ++x) {
        for (int64_t k = 0; k < window.kernel.w; ++k) {
            columns.insert(x * window.stride.w + k * window.dilation.w);
        }
    }
    return static_cast<int64_t>(columns.size());
}

}  // namespace

bool supports_depthwise_tile(const KernelSpec &spec, const Target &target, const DepthwiseTile &tile) {
    const Extent2 dst = spec.output();
    const bool fits_lanes =
        tile.vector == target.lanes() || (tile.vector < target.lanes() && spec.co < int64_t{2} * tile.vector);
    // Where the registers do not hold all pixels of a row, multiply-adds load them.
    const bool unrolled = spec.window.kernel.w <= widest_unrolled;
    const int64_t pixels = unrolled ? std::min<int64_t>(row_pixels(spec, tile), tile.x + 2) : 1;
    const int64_t weights = std::min<int64_t>(spec.window.kernel.w, 3);
    const int64_t live = int64_t{tile.x} * tile.y + pixels + weights + (target.has_fma ? 0 : 1);
    return fits_lanes && spec.co >= tile.vector && live <= target.vector_registers && tile.x <= dst.w &&
           tile.y <= dst.h;
}

double depthwise_tile_cost(const KernelSpec &spec, const Target &target, const DepthwiseTile &tile, int64_t rows) {
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
    const double copies = 4.0 * up(dst.h, rows) / static_cast<double>(rows) / static_cast<double>(dst.w * dst.h);
    return (of_tile / (pixels * taps) * computed / useful + copies) * lanes;
}

DepthwiseLoops schedule_depthwise_tile(ConvolutionStages &stages, const Target &target, const DepthwiseTile &tile) {
    const Extent2 kernel = stages.spec.window.kernel;
    Func &out = stages.out, &conv = stages.conv;
    Var &c = stages.c, &x = stages.x, &y = stages.y;
    DepthwiseLoops loops{Var("dw_lane"), Var("dw_xi"), Var("dw_yi"), Var("dw_xo"), Var("dw_yo"), Var("dw_block")};
    out.split(c, loops.block, loops.lane, tile.vector, TailStrategy::ShiftInwards)
        .split(x, loops.xo, loops.xi, tile.x, TailStrategy::ShiftInwards)
        .split(y, loops.yo, loops.yi, tile.y, TailStrategy::ShiftInwards)
        .reorder(loops.lane, loops.xi, loops.yi, loops.xo, loops.yo, loops.block)
        .vectorize(loops.lane)
        .unroll(loops.xi)
        .unroll(loops.yi);
    conv.compute_at(out, loops.xo)
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
        tile.y <= 2 && stages.spec.is_depthwise()) {
        sum.unroll(r.z);
    }
    Func weights = stages.weights.in();
    const Var channel = weights.args()[0];
    weights.compute_at(out, loops.block).bound_extent(channel, tile.vector).vectorize(channel);
    return loops;
}

}  // namespace ingot
