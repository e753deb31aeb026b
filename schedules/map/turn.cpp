// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/map/turn.h"
#include "schedules/tensor_loops.h"

namespace ingot::map {

bool is_turned(const KernelSpec &spec, std::size_t source) {
    const std::size_t row = nearest_dim(spec, spec.views.size() - 1), column = nearest_dim(spec, source);
    const std::vector<int64_t> &strides = spec.views[source].strides;
    return column != row && std::abs(strides[column]) == 1 && strides[row] != 0;
}

std::optional<Turn> turn_of(const KernelSpec &spec) {
    for (std::size_t i = 0; i + 1 < spec.views.size(); ++i) {
        if (is_turned(spec, i)) {
            return Turn{nearest_dim(spec, spec.views.size() - 1), nearest_dim(spec, i)};
        }
    }
    return std::nullopt;
}

std::vector<Halide::VarOrRVar> other_loops(const MapStages &stages, const Turn &turn) {
    std::vector<std::size_t> order = loop_order(stages.spec);
    std::erase(order, turn.row);
    std::erase(order, turn.column);
    return variables(stages.dims, order);
}

}  // namespace ingot::map
