// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/tensor_loops.h"
#include <algorithm>
#include <cstdlib>
#include <utility>

namespace ingot {

int widest_lanes(const KernelSpec &spec, const Target &target) {
    int64_t widest = 1;
    for (const View &view : spec.views) {
        widest = std::max(widest, byte_size(view.type));
    }
    return target.vector_bytes / static_cast<int>(widest);
}

int row_lanes(int64_t extent, int lanes) {
    constexpr int64_t vectors = 4;
    return extent < vectors * lanes ? static_cast<int>(extent) : lanes;
}

std::vector<std::size_t> loop_order(const KernelSpec &spec) {
    std::vector<std::size_t> order;
    for (std::size_t i = spec.dims.size(); i-- > 0;) {
        if (!is_reduced(spec, i)) {
            order.push_back(i);
        }
    }
    const auto key = [&](std::size_t i) {
        return std::pair(spec.dims[i] == 1, std::abs(spec.views.back().strides[i]));
    };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
    return order;
}

std::vector<Halide::VarOrRVar> variables(const std::vector<Halide::Var> &dims,
                                         const std::vector<std::size_t> &order) {
    std::vector<Halide::VarOrRVar> result;
    for (const std::size_t i : order) {
        result.emplace_back(dims[i]);
    }
    return result;
}

void compute_inside(Halide::Func &func, Halide::Func &out, const std::vector<Halide::Var> &dims,
                    const std::vector<std::size_t> &order) {
    if (order.empty()) {
        func.compute_root();
    } else {
        func.compute_at(out, dims[order[0]]);
    }
}

std::size_t best_vector_dim(const KernelSpec &spec, const std::vector<std::size_t> &from, int lanes) {
    return *std::min_element(from.begin(), from.end(), [&](std::size_t a, std::size_t b) {
        return vector_cost(spec, a, lanes) < vector_cost(spec, b, lanes);
    });
}

double vector_cost(const KernelSpec &spec, std::size_t dim, int lanes) {
    const auto width = static_cast<double>(std::min<int64_t>(spec.dims[dim], lanes));
    auto cycles = static_cast<double>(spec.expression.size());
    for (std::size_t i = 0; i + 1 < spec.views.size(); ++i) {
        const int64_t stride = std::abs(spec.views[i].strides[dim]);
        cycles += stride == 0 ? 0.0 : stride == 1 ? 1.0 : width;
    }
    return cycles / width;
}

double multiply_add_cost(const KernelSpec &spec, const Target &target, double of_position) {
    double positions = 1;
    for (const int64_t extent : spec.dims) {
        positions *= static_cast<double>(extent);
    }
    return of_position * positions / (spec.flops() / 2 / target.lanes());
}

}  // namespace ingot
