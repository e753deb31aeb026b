// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/pool2d/stages.h"

namespace ingot::pool2d {

namespace {

// Planes: a vector of columns at a time, `tile_y` rows of them, so that rows of src which neighbouring windows
// share are read from L1. With stride 2 a vector of results reads two of src per window element and keeps every
// second lane. Registers: tile_y running maxima, what is read, and its other half.
bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const Extent2 dst = spec.output();
    constexpr int64_t widest_stride = 2;  // more are gathered, an element at a time
    const bool planar = spec.co == 1 || (spec.src.order == DimOrder::nchw && spec.dst.order == DimOrder::nchw);
    return planar && !spec.window.pad.any() && spec.window.stride.w <= widest_stride &&
           dst.w >= param(values, "vector") && dst.h >= param(values, "tile_y") &&
           param(values, "vector") <= target.lanes();
}

Layouts layouts(const KernelSpec &, const Target &, const ParamValues &) {
    return {};
}

void apply(Pool2dStages &stages, const Target &, const ParamValues &values) {
    const int width = param(values, "vector"), tile_y = param(values, "tile_y");
    Halide::Var &x = stages.x, &y = stages.y, &c = stages.c;
    Halide::Var xo("xo"), xi("xi"), yo("yo"), yi("yi");
    stages.out.split(x, xo, xi, width, Halide::TailStrategy::ShiftInwards)
        .split(y, yo, yi, tile_y, Halide::TailStrategy::ShiftInwards)
        .reorder(xi, yi, xo, yo, c, stages.n)
        .vectorize(xi)
        .unroll(yi);
    stages.pool.compute_at(stages.out, xo)
        .reorder_storage(x, y, c, stages.n)
        .reorder(x, y, c)
        .vectorize(x, width)
        .unroll(y);
    stages.pool.update().reorder(x, y, c, stages.r.x, stages.r.y).vectorize(x, width).unroll(y);
    const Extent2 kernel = stages.spec.window.kernel;
    if (kernel.h * kernel.w <= 9) {
        stages.pool.update().unroll(stages.r.x).unroll(stages.r.y);
    }
}

}  // namespace

Schedule<Pool2dStages> cpu_planar() {
    return {{"cpu_planar", 10, {{"vector", {16, 8, 4}}, {"tile_y", {1, 2, 4}}}, supports, layouts, nullptr}, apply};
}

}  // namespace ingot::pool2d
