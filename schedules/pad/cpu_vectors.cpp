// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/pad/stages.h"
#include "schedules/tensor_loops.h"

namespace ingot::pad {

using namespace Halide;

namespace {

// Vectors along the dimension in which dst is contiguous, of each box by its own extent.
void apply(PadStages &stages, const Target &target, const ParamValues &) {
    const KernelSpec &spec = stages.spec;
    const std::size_t dim = nearest_dim(spec, 1);
    for (std::size_t i = 0; i < stages.boxes.size(); ++i) {
        const PadBox &box = stages.boxes[i];
        const RVar row = box.r[static_cast<int>(spec.dims.size() - 1 - dim)];
        const RVar block("block"), lane("lane");
        std::vector<VarOrRVar> loops = {lane, block};
        for (int j = 0; j < box.r.dimensions(); ++j) {
            if (box.r[j].name() != row.name()) {
                loops.emplace_back(box.r[j]);
            }
        }
        stages.out.update(static_cast<int>(i))
            .allow_race_conditions()
            .split(row, block, lane, row_lanes(box.extents[dim], widest_lanes(spec, target)),
                   TailStrategy::GuardWithIf)
            .reorder(loops)
            .vectorize(lane);
    }
}

}  // namespace

Schedule<PadStages> cpu_vectors() {
    return {{"cpu_vectors", 10, {}, supports_all, plain_layouts, nullptr}, apply};
}

}  // namespace ingot::pad
