// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/map/turn.h"
#include "schedules/tensor_loops.h"

namespace ingot::map {

using namespace Halide;

namespace {

/// As `row` the dimension of few elements, along which all are computed at once, as `column` that of vectors.
Turn few_first(const KernelSpec &spec, const Turn &turn) {
    return spec.dims[turn.row] <= spec.dims[turn.column] ? turn : Turn{turn.column, turn.row};
}

// Few channels between NCHW and NHWC: a vector of pixels of each channel at once, so that shuffles make vectors of
// memory from those of channels, or the other way round. The last vector is computed in part again, and so not
// where dst replaces a source.
bool supports(const KernelSpec &spec, const Target &, const ParamValues &) {
    constexpr int64_t most = 4;
    const std::optional<Turn> turn = turn_of(spec);
    return turn && spec.in_place < 0 && spec.dims[few_first(spec, *turn).row] <= most;
}

void apply(MapStages &stages, const Target &target, const ParamValues &) {
    const KernelSpec &spec = stages.spec;
    const Turn turn = few_first(spec, turn_of(spec).value());
    const Var few = stages.dims[turn.row], many = stages.dims[turn.column];
    Var block("block"), lane("lane");
    std::vector<VarOrRVar> loops = {lane, few, block};
    for (const VarOrRVar &outer : other_loops(stages, turn)) {
        loops.push_back(outer);
    }
    stages.out
        .split(many, block, lane, row_lanes(spec.dims[turn.column], widest_lanes(spec, target)),
               TailStrategy::ShiftInwards)
        .reorder(loops)
        .vectorize(lane)
        .unroll(few);
}

}  // namespace

Schedule<MapStages> cpu_interleaved() {
    return {{"cpu_interleaved", 20, {}, supports, plain_layouts, nullptr}, apply};
}

}  // namespace ingot::map
