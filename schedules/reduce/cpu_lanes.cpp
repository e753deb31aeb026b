// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/reduce/stages.h"
#include "schedules/tensor_loops.h"

namespace ingot::reduce {

using namespace Halide;

namespace {

constexpr int accumulators = 4;

std::vector<std::size_t> reduced_dims(const KernelSpec &spec) {
    std::vector<std::size_t> reduced;
    for (std::size_t i = spec.dims.size(); i-- > 0;) {
        if (is_reduced(spec, i) && spec.dims[i] > 1) {
            reduced.push_back(i);
        }
    }
    return reduced;
}

std::size_t vector_dim(const KernelSpec &spec, const Target &target) {
    return best_vector_dim(spec, reduced_dims(spec), widest_lanes(spec, target));
}

/// The variable of r that runs over a dimension; r's order is the other way round.
RVar reduction_variable(const ReduceStages &stages, std::size_t dim) {
    int index = 0;
    for (std::size_t i = dim + 1; i < stages.spec.dims.size(); ++i) {
        index += is_reduced(stages.spec, i) ? 1 : 0;
    }
    return stages.r[index];
}

// Vectors along a dimension that is reduced, as of a softmax over the last one: four of partial results, so that
// one does not wait for itself, which meet at the end. A row of fewer than eight vectors is taken at once.
bool supports(const KernelSpec &spec, const Target &, const ParamValues &) {
    return !reduced_dims(spec).empty();
}

double cost(const KernelSpec &spec, const Target &target, const ParamValues &) {
    constexpr double meeting = 8;  // half cycles in which the lanes of an element meet
    const std::size_t dim = vector_dim(spec, target);
    return multiply_add_cost(spec, target,
                             vector_cost(spec, dim, widest_lanes(spec, target)) +
                                 meeting / static_cast<double>(spec.dims[dim]));
}

void apply(ReduceStages &stages, const Target &target, const ParamValues &) {
    const KernelSpec &spec = stages.spec;
    const std::vector<std::size_t> order = loop_order(spec);
    const int lanes = widest_lanes(spec, target);
    const std::size_t dim = vector_dim(spec, target);
    const RVar row = reduction_variable(stages, dim);
    stages.out.reorder(variables(stages.dims, order));
    // The other reduced dimensions, which run outside of the vectors.
    std::vector<RVar> outer;
    for (const std::size_t i : reduced_dims(spec)) {
        if (i != dim) {
            outer.push_back(reduction_variable(stages, i));
        }
    }
    const bool whole = spec.dims[dim] < int64_t{2} * accumulators * lanes;
    const RVar block("block"), part("part");
    for (Func &result : stages.results) {
        compute_inside(result, stages.out, stages.dims, order);
        std::vector<VarOrRVar> loops(outer.begin(), outer.end());
        if (!whole) {
            result.update().split(row, block, part, accumulators * lanes, TailStrategy::GuardWithIf);
            loops.insert(loops.begin(), block);
        }
        if (!loops.empty()) {
            const Var lane("lane");
            loops.insert(loops.begin(), lane);
            Func partial = result.update().rfactor(whole ? row : part, lane);
            compute_inside(partial, stages.out, stages.dims, order);
            partial.vectorize(lane, whole ? static_cast<int>(spec.dims[dim]) : lanes).unroll(lane);
            partial.update()
                .reorder(loops)
                .vectorize(lane, whole ? static_cast<int>(spec.dims[dim]) : lanes)
                .unroll(lane);
        }
        result.update().atomic().vectorize(whole ? row : part);
    }
}

}  // namespace

Schedule<ReduceStages> cpu_lanes() {
    return {{"cpu_lanes", 10, {}, supports, plain_layouts, cost}, apply};
}

}  // namespace ingot::reduce
