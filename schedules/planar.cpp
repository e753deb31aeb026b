// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/planar.h"
#include "spec/buffer_dims.h"
#include <algorithm>

namespace ingot {

using namespace Halide;

namespace {

// Rows of dst that share a copy of their source: tall enough that the rows shared with the next strip are few.
constexpr int strip_rows = 8;

/// The widest vector of at most `lanes` that fits into a row.
int lanes_within(int64_t columns, int lanes) {
    while (lanes > columns) {
        lanes /= 2;
    }
    return lanes;
}

PlanarTile read(const ParamValues &values) {
    return {param(values, "tile_c"), param(values, "tile_x"), param(values, "tile_y")};
}

int64_t terms_of(const KernelSpec &spec) {
    return spec.ci / spec.groups * spec.window.kernel.h * spec.window.kernel.w;
}

/// Filter columns are unrolled where the loop's code stays below some 2 KB.
bool unrolls_columns(const KernelSpec &spec, const PlanarTile &tile) {
    return tile.tile_c * tile.tile_x * tile.tile_y * spec.window.kernel.w <= 128;
}

/// True where the kernel brings src into planes or borders itself.
bool copies_source(const ConvolutionStages &stages) {
    return stages.src.has_update_definition() || !is_planar(stages.spec.src, stages.spec.ci);
}

/// Rows of dst in a strip. A copy may reach behind the last row of src, the buffer itself does not: whole strips
/// then, or, without lines of a pool, no strips.
int rows_of_strip(const ConvolutionStages &stages) {
    const int height = static_cast<int>(stages.spec.output().h);
    if (copies_source(stages)) {
        return strip_rows;
    }
    int rows = stages.spec.pool ? std::min(strip_rows, height) : height;
    while (height % rows != 0) {
        --rows;
    }
    return rows;
}

/// src as planes of the rows that a strip needs, unless the buffer is planar and bordered already.
void schedule_source(ConvolutionStages &stages, const Target &target, const Var &strip) {
    Func &src = stages.src;
    const KernelSpec &spec = stages.spec;
    const std::vector<Var> args = src.args();
    const Var &c = args[0], &x = args[1], &y = args[2], &n = args[3];
    if (src.has_update_definition()) {
        schedule_padding(src, stages.out, strip, spec, target);
        src.reorder_storage(x, y, c, n);
    } else if (!is_planar(spec.src, spec.ci)) {
        src.compute_at(stages.out, strip).reorder_storage(x, y, c, n).reorder(c, x, y, n);
        src.hoist_storage_root().store_in(MemoryType::Heap);
    }
}

/// The stage that stores convolution results: dst itself, or lines that the pool reads.
Func result_stage(ConvolutionStages &stages, const Target &target, const Var &strip) {
    Func &out = stages.out;
    const KernelSpec &spec = stages.spec;
    if (!spec.pool) {
        return out;
    }
    const int lanes = lanes_within(spec.output().w, target.lanes());
    Var block("pool_block"), lane("pool_lane");
    out.split(stages.x, block, lane, lanes, TailStrategy::ShiftInwards)
        .reorder(lane, block, stages.y, stages.c, strip, stages.n)
        .vectorize(lane);
    Func lines = stages.conv.in(out);
    lines.compute_at(out, strip).reorder_storage(stages.x, stages.y, stages.c, stages.n);
    lines.hoist_storage_root().store_in(MemoryType::Heap);
    return lines;
}

}  // namespace

bool supports_planar(const KernelSpec &spec, const Target &target, const PlanarTile &tile) {
    const Extent2 results = spec.window_output(), dst = spec.output();
    const int pixels = tile.tile_x * tile.tile_y;
    // Beside the accumulators: the pixels, one broadcast weight, and without FMA the product.
    const int live = tile.tile_c * pixels + pixels + 1 + (target.has_fma ? 0 : 1);
    constexpr int64_t widest_stride = 2;  // more are gathered, an element at a time
    constexpr int64_t few = 32;           // more fill vectors of channels
    // A pool's lines have a row for each row of its windows, so tiles of several rows may not divide them.
    const bool rows_fit = spec.pool ? tile.tile_y == 1 : tile.tile_y <= dst.h;
    return live <= target.vector_registers && tile.tile_c <= spec.co && spec.co <= few &&
           int64_t{tile.tile_x} * target.lanes() <= results.w && rows_fit &&
           (spec.groups == 1 || tile.tile_c == 1) && spec.window.stride.w <= widest_stride;
}

double planar_cost(const KernelSpec &spec, const Target &target, const PlanarTile &tile) {
    const Extent2 results = spec.window_output();
    const double pixels = tile.tile_x * tile.tile_y, fmas = tile.tile_c * pixels;
    // A strided vector is two loads and a shuffle. Vectors at odd columns cross lines of the cache.
    const double per_pixel = spec.window.stride.w == 1 ? 1.3 : 3.0;
    const double loads = per_pixel * pixels + tile.tile_c;
    const double cycles =
        loop_cost(target, fmas, target.has_fma ? loads : per_pixel * pixels + 2 * tile.tile_c) + 0.3;
    const auto tiles = [](int64_t extent, int64_t by) { return static_cast<double>(round_up(extent, by)); };
    const double computed = tiles(results.w, int64_t{tile.tile_x} * target.lanes()) *
                            tiles(results.h, tile.tile_y) * tiles(spec.co, tile.tile_c);
    const double useful = static_cast<double>(results.h * results.w * spec.co);
    const double vector_fmas = useful * static_cast<double>(terms_of(spec)) / target.lanes();
    // Element by element into planes and out of them; by vectors where they are planes already.
    const double in = static_cast<double>(spec.ci * spec.h * spec.w) * (is_planar(spec.src, spec.ci) ? 0.3 : 3.0);
    const Extent2 dst = spec.output();
    const double out = static_cast<double>(spec.co * dst.h * dst.w) * (is_planar(spec.dst, spec.co) ? 0.1 : 3.0);
    const double lines = spec.pool ? useful * 0.5 : 0.0;
    return cycles / fmas * computed / useful + (in + out + lines) / vector_fmas;
}

void schedule_planar(ConvolutionStages &stages, const Target &target, const PlanarTile &tile) {
    const int lanes = target.lanes();
    const int width = tile.tile_x * lanes;
    Var &c = stages.c, &x = stages.x, &y = stages.y, &n = stages.n;
    Var strip("strip"), xo("xo"), xi("xi"), yo("yo"), yi("yi"), co("co"), ci("ci");

    const TailStrategy tail = copies_source(stages) ? TailStrategy::GuardWithIf : TailStrategy::ShiftInwards;
    stages.out.split(y, strip, y, rows_of_strip(stages), tail);
    Func result = result_stage(stages, target, strip);
    result.split(x, xo, xi, width, TailStrategy::ShiftInwards)
        .split(c, co, ci, tile.tile_c, TailStrategy::ShiftInwards)
        .split(y, yo, yi, tile.tile_y, tail);
    if (stages.spec.pool) {
        result.reorder(xi, yi, ci, co, xo, yo, n);
    } else {
        result.reorder(xi, yi, ci, co, xo, yo, strip, n);
    }
    result.vectorize(xi, lanes).unroll(xi).unroll(yi).unroll(ci);

    stages.conv.compute_at(result, co)
        .reorder_storage(x, y, c, n)
        .bound_extent(c, tile.tile_c)
        .bound_extent(x, width)
        .bound_extent(y, tile.tile_y)
        .reorder(x, y, c)
        .vectorize(x, lanes)
        .unroll(x)
        .unroll(y)
        .unroll(c);
    const RDom &r = stages.r;
    Stage sum = stages.conv.update();
    sum.reorder(x, y, c, r.y, r.x, r.z).vectorize(x, lanes).unroll(x).unroll(y).unroll(c);
    if (unrolls_columns(stages.spec, tile)) {
        sum.unroll(r.y);
    }
    schedule_source(stages, target, strip);
}

Schedule<ConvolutionStages> planar_schedule(std::vector<Param> params) {
    return {{"cpu_planar", 10, std::move(params),
             [](const KernelSpec &spec, const Target &target, const ParamValues &values) {
                 return supports_planar(spec, target, read(values));
             },
             [](const KernelSpec &, const Target &, const ParamValues &) {
                 return Layouts{DimOrder::ohwi16o, false};
             },
             [](const KernelSpec &spec, const Target &target, const ParamValues &values) {
                 return planar_cost(spec, target, read(values));
             }},
            [](ConvolutionStages &stages, const Target &target, const ParamValues &values) {
                schedule_planar(stages, target, read(values));
            }};
}

}  // namespace ingot
