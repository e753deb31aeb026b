// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/pool2d/stages.h"

namespace ingot::pool2d {

namespace {

// Channels lie side by side in NHWC: a vector of them per load, `tile_c` running maxima in registers.
bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    return spec.src.order == DimOrder::nhwc && spec.dst.order == DimOrder::nhwc &&
           spec.co >= int64_t{param(values, "tile_c")} * target.lanes();
}

Layouts layouts(const KernelSpec &, const Target &, const ParamValues &) {
    return {};
}

void apply(Pool2dStages &stages, const Target &target, const ParamValues &values) {
    const int width = param(values, "tile_c") * target.lanes();
    Halide::Var block("block");
    stages.out.split(stages.c, block, stages.c, width, Halide::TailStrategy::ShiftInwards)
        .reorder(stages.c, block, stages.x, stages.y, stages.n)
        .vectorize(stages.c, target.lanes())
        .unroll(stages.c);
    stages.pool.compute_at(stages.out, block).vectorize(stages.c, target.lanes()).unroll(stages.c);
    stages.pool.update()
        .reorder(stages.c, stages.r.x, stages.r.y)
        .vectorize(stages.c, target.lanes())
        .unroll(stages.c);
    const Extent2 kernel = stages.spec.window.kernel;
    if (kernel.h * kernel.w <= 9) {
        stages.pool.update().unroll(stages.r.x).unroll(stages.r.y);
    }
}

}  // namespace

Schedule<Pool2dStages> cpu_channels() {
    return {{"cpu_channels", 10, {{"tile_c", {4, 2, 1}}}, supports, layouts, nullptr}, apply};
}

}  // namespace ingot::pool2d
