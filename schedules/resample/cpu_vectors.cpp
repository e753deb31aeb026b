// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/resample/stages.h"
#include "schedules/tensor_loops.h"
#include <algorithm>

namespace ingot::resample {

using namespace Halide;

namespace {

/// Loads and stores per element of a vector along a dimension: one of each where memory is contiguous along it; a
/// lane at a time where it is not, as src along the axis.
double element_cost(const KernelSpec &spec, std::size_t dim, int lanes) {
    const auto width = static_cast<double>(std::min<int64_t>(spec.dims[dim], lanes));
    const auto instructions = [&](const View &view) { return std::abs(view.strides[dim]) <= 1 ? 1.0 : width; };
    const double load = static_cast<int64_t>(dim) == spec.axis ? width : instructions(spec.views[0]);
    return (load * static_cast<double>(spec.taps) + instructions(spec.views[1])) / width;
}

// Vectors along the dimension in which src and dst are contiguous; along the axis itself, where that is it,
// elements are gathered.
void apply(ResampleStages &stages, const Target &target, const ParamValues &) {
    const KernelSpec &spec = stages.spec;
    const int lanes = widest_lanes(spec, target);
    std::vector<std::size_t> order = loop_order(spec);
    if (order.empty()) {
        return;
    }
    const std::size_t dim = *std::min_element(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return element_cost(spec, a, lanes) < element_cost(spec, b, lanes);
    });
    std::erase(order, dim);
    const Var row = stages.dims[dim];
    const int width = row_lanes(spec.dims[dim], lanes);
    Var block("block"), lane("lane");
    std::vector<VarOrRVar> loops = {lane, block};
    for (const VarOrRVar &outer : variables(stages.dims, order)) {
        loops.push_back(outer);
    }
    stages.out.split(row, block, lane, width, TailStrategy::ShiftInwards).reorder(loops).vectorize(lane);
    if (stages.sum.defined()) {
        constexpr int64_t unrolled_taps = 4;
        stages.sum.compute_at(stages.out, block).bound_extent(row, width).vectorize(row);
        stages.sum.update().reorder(row, stages.taps.x).vectorize(row);
        if (spec.taps <= unrolled_taps) {
            stages.sum.update().unroll(stages.taps.x);
        }
    }
}

}  // namespace

Schedule<ResampleStages> cpu_vectors() {
    return {{"cpu_vectors", 10, {}, supports_all, plain_layouts, nullptr}, apply};
}

}  // namespace ingot::resample
