// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/pool2d/stages.h"

namespace ingot::pool2d {

namespace {

// Channels lie side by side in NHWC: a vector of them per load, `tile_c` running maxima in registers. Where there
// are fewer channels than lanes the vector is a shorter one.
bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const int tile_c = param(values, "tile_c"), vector = param(values, "vector");
    return spec.src.order == DimOrder::nhwc && spec.dst.order == DimOrder::nhwc &&
           spec.co >= int64_t{tile_c} * vector &&
           (vector == target.lanes() || (vector < target.lanes() && tile_c == 1 && spec.co < 2 * vector));
}

Layouts layouts(const KernelSpec &, const Target &, const ParamValues &) {
    return {};
}

void apply(Pool2dStages &stages, const Target &, const ParamValues &values) {
    const int vector = param(values, "vector"), width = param(values, "tile_c") * vector;
    Halide::Var block("block");
    stages.out.split(stages.c, block, stages.c, width, Halide::TailStrategy::ShiftInwards)
        .reorder(stages.c, block, stages.x, stages.y, stages.n)
        .vectorize(stages.c, vector)
        .unroll(stages.c);
    stages.pool.compute_at(stages.out, block).vectorize(stages.c, vector).unroll(stages.c);
    stages.pool.update().reorder(stages.c, stages.r.x, stages.r.y).vectorize(stages.c, vector).unroll(stages.c);
    const Extent2 kernel = stages.spec.window.kernel;
    if (kernel.h * kernel.w <= 9) {
        stages.pool.update().unroll(stages.r.x).unroll(stages.r.y);
    }
}

}  // namespace

Schedule<Pool2dStages> cpu_channels() {
    return {{"cpu_channels", 10, {{"tile_c", {4, 2, 1}}, {"vector", {16, 8, 4}}}, supports, layouts, nullptr},
            apply};
}

}  // namespace ingot::pool2d
