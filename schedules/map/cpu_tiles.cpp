// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/map/turn.h"
#include "schedules/tensor_loops.h"
#include <algorithm>

namespace ingot::map {

using namespace Halide;

namespace {

// A source is contiguous along another dimension than dst, as where NCHW becomes NHWC. Squares of `tile` elements
// are read in vectors along the one, turned in registers and written in vectors along the other. `strip` squares
// that are neighbours in the source follow each other, so that they take whole lines of the cache from it. The last
// squares are computed in part again, and so not where dst replaces a source.
bool supports(const KernelSpec &spec, const Target &, const ParamValues &) {
    constexpr int64_t least = 5;  // fewer are no vectors
    const std::optional<Turn> turn = turn_of(spec);
    return turn && spec.in_place < 0 && spec.dims[turn->row] >= least && spec.dims[turn->column] >= least;
}

// Shuffles of 512-bit registers turn eight elements as cheaply as four.
double cost(const KernelSpec &, const Target &target, const ParamValues &values) {
    const int best = target.vector_bytes == 64 ? 8 : 4;
    return (param(values, "tile") == best ? 1.0 : 1.1) - 0.01 * param(values, "strip");
}

void apply(MapStages &stages, const Target &, const ParamValues &values) {
    const KernelSpec &spec = stages.spec;
    const Turn turn = turn_of(spec).value();
    const Var row = stages.dims[turn.row], column = stages.dims[turn.column];
    const int rows = static_cast<int>(spec.dims[turn.column]), tile = param(values, "tile");
    const int width = std::min(tile, static_cast<int>(spec.dims[turn.row])), height = std::min(tile, rows);
    const int strip = std::max(1, std::min(param(values, "strip"), rows / height));

    Var strips("strips"), square("square"), line("line"), block("block"), lane("lane");
    std::vector<VarOrRVar> loops = {lane, line, square, block, strips};
    for (const VarOrRVar &outer : other_loops(stages, turn)) {
        loops.push_back(outer);
    }
    stages.out.split(row, block, lane, width, TailStrategy::ShiftInwards)
        .split(column, strips, square, strip * height, TailStrategy::ShiftInwards)
        .split(square, square, line, height, TailStrategy::ShiftInwards)
        .reorder(loops)
        .vectorize(lane)
        .unroll(line);
    for (std::size_t i = 0; i + 1 < spec.views.size(); ++i) {
        if (is_turned(spec, i) && nearest_dim(spec, i) == turn.column) {
            stages.sources[i]
                .compute_at(stages.out, square)
                .bound_extent(row, width)
                .bound_extent(column, height)
                .reorder_storage(row, column)
                .reorder(column, row)
                .vectorize(column)
                .unroll(row);
        }
    }
}

}  // namespace

Schedule<MapStages> cpu_tiles() {
    return {{"cpu_tiles", 20, {{"tile", {8, 4}}, {"strip", {8, 4, 2, 1}}}, supports, plain_layouts, cost}, apply};
}

}  // namespace ingot::map
