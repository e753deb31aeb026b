// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/convolution.h"
#include "schedules/pool2d/stages.h"

namespace ingot::pool2d {

using namespace Halide;

namespace {

// What the others leave: src and dst in different orders, or rows narrower than a vector. Lanes are channels, or
// columns where there are few channels; an element of them at a time is loaded or stored where they do not lie side
// by side, but the window is computed in vectors.
bool over_channels(const KernelSpec &spec, int vector) {
    return spec.co >= vector;
}

bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const int vector = param(values, "vector");
    return vector <= target.lanes() && (over_channels(spec, vector) || spec.output().w >= vector);
}

void apply(Pool2dStages &stages, const Target &target, const ParamValues &values) {
    const int vector = param(values, "vector");
    const bool channels = over_channels(stages.spec, vector);
    Var &lanes = channels ? stages.c : stages.x, &other = channels ? stages.x : stages.c;
    Var block("block"), lane("lane");
    stages.out.split(lanes, block, lane, vector, TailStrategy::ShiftInwards)
        .reorder(lane, other, block, stages.y, stages.n)
        .vectorize(lane);
    stages.pool.compute_at(stages.out, other).vectorize(lanes, vector);
    stages.pool.update().reorder(lanes, stages.r.x, stages.r.y).vectorize(lanes, vector);
    schedule_padding(stages.src, stages.out, stages.n, stages.spec, target);
}

}  // namespace

Schedule<Pool2dStages> cpu_mixed() {
    return {{"cpu_mixed", 5, {{"vector", {16, 8, 4}}}, supports, plain_layouts, nullptr}, apply};
}

}  // namespace ingot::pool2d
