// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/pool2d/stages.h"
#include "spec/buffer_dims.h"

namespace ingot::pool2d {

using namespace Halide;

namespace {

// Planes: a vector of columns at a time, `tile_y` rows of them, so that rows of src which neighbouring windows
// share are read from L1. With stride 2 a vector of results reads two of src per window element and keeps every
// second lane. Registers: tile_y running maxima, what is read, and its other half. A padded source is copied into
// its border, the rows of a strip at a time.
constexpr int strip_rows = 8;

bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const Extent2 dst = spec.output();
    return is_planar(spec.src, spec.ci) && is_planar(spec.dst, spec.co) && dst.w >= param(values, "vector") &&
           dst.h >= param(values, "tile_y") && param(values, "vector") <= target.lanes();
}

Layouts layouts(const KernelSpec &, const Target &, const ParamValues &) {
    return {};
}

/// The copy of one channel's rows, on the stack where it is small.
void schedule_copy(Pool2dStages &stages, const Target &target, const Var &strip) {
    Func &src = stages.src;
    const KernelSpec &spec = stages.spec;
    const Window &window = spec.window;
    const int64_t rows = (strip_rows - 1) * window.stride.h + (window.kernel.h - 1) * window.dilation.h + 1;
    const int64_t columns = spec.w + window.pad.left + window.pad.right + target.lanes();
    constexpr int64_t stack_bytes = 4096;
    src.compute_at(stages.out, strip)
        .hoist_storage_root()
        .store_in(rows * columns * 4 <= stack_bytes ? MemoryType::Stack : MemoryType::Heap)
        .reorder_storage(stages.x, stages.y, stages.c, stages.n)
        .reorder(stages.x, stages.y, stages.c, stages.n)
        .vectorize(stages.x, target.lanes(), TailStrategy::RoundUp);
    const RVar column = src.rvars()[0];
    src.update().reorder(column, stages.y, stages.c, stages.n);
    if (spec.w >= target.lanes()) {
        src.update().vectorize(column, target.lanes(), TailStrategy::GuardWithIf);
    }
}

void apply(Pool2dStages &stages, const Target &target, const ParamValues &values) {
    const int width = param(values, "vector"), tile_y = param(values, "tile_y");
    Var &x = stages.x, &y = stages.y, &c = stages.c;
    Var xo("xo"), xi("xi"), yo("yo"), yi("yi"), strip("strip");
    const bool copies = stages.src.has_update_definition();
    if (copies) {
        stages.out.split(y, strip, y, strip_rows, TailStrategy::GuardWithIf);
    }
    stages.out.split(x, xo, xi, width, TailStrategy::ShiftInwards)
        .split(y, yo, yi, tile_y, copies ? TailStrategy::GuardWithIf : TailStrategy::ShiftInwards)
        .vectorize(xi)
        .unroll(yi);
    if (copies) {
        stages.out.reorder(xi, yi, xo, yo, strip, c, stages.n);
        schedule_copy(stages, target, strip);
    } else {
        stages.out.reorder(xi, yi, xo, yo, c, stages.n);
    }
    stages.pool.compute_at(stages.out, xo)
        .reorder_storage(x, y, c, stages.n)
        .bound_extent(y, tile_y)
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
