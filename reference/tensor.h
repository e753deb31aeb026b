// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Dense tensors of any rank and how to walk over them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

namespace ingot::reference {

/// A dense tensor, row-major, outermost dimension first. T is float or double.
template<typename T>
struct Tensor {
    std::vector<int64_t> shape;
    std::vector<T> data;
};

/// Elements of a tensor of this shape; 1 of a scalar.
inline int64_t product(const std::vector<int64_t> &shape) {
    return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

/// A tensor of zeros.
template<typename T>
Tensor<T> make_tensor(std::vector<int64_t> shape) {
    const auto size = static_cast<std::size_t>(product(shape));
    return {std::move(shape), std::vector<T>(size)};
}

/// Calls `visit(position)` for each position of a shape, in row-major order.
template<typename Visit>
void for_each_position(const std::vector<int64_t> &shape, Visit visit) {
    std::vector<int64_t> position(shape.size());
    for (int64_t left = product(shape); left > 0; --left) {
        visit(position);
        for (std::size_t i = shape.size(); i-- > 0;) {
            if (++position[i] < shape[i]) {
                break;
            }
            position[i] = 0;
        }
    }
}

/// The index in a dense tensor of `shape` of the element at a position, which may have more dimensions, the outer
/// ones left aside; along an extent of 1 every position has the same element.
inline std::size_t broadcast_index(const std::vector<int64_t> &shape, const std::vector<int64_t> &position) {
    int64_t index = 0;
    const std::size_t outer = position.size() - shape.size();
    for (std::size_t i = 0; i < shape.size(); ++i) {
        index = index * shape[i] + (shape[i] == 1 ? 0 : position[outer + i]);
    }
    return static_cast<std::size_t>(index);
}

}  // namespace ingot::reference
