// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a tensor lies in memory that another one may own: a stride in elements for each dimension.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

namespace ingot {

using Shape = std::vector<int64_t>;
using Strides = std::vector<int64_t>;

/// The strides of a dense tensor whose dimensions lie in the order `order`, outermost first.
Strides dense_strides(const Shape &shape, const std::vector<std::size_t> &order);
Strides row_major_strides(const Shape &shape);

/// True where the strides of all dimensions of more than one element are those of a dense tensor in row-major
/// order.
bool is_row_major(const Shape &shape, const Strides &strides);

/// The dimensions outermost first: by falling stride, as they stand where strides are equal. Dimensions of one
/// element or stride 0 keep their place beside the one before them.
std::vector<std::size_t> memory_order(const Shape &shape, const Strides &strides);

/// The same elements, counted in row-major order, as a tensor of shape `to`; nothing where no strides do that.
std::optional<Strides> reshape_strides(const Shape &from, const Strides &strides, const Shape &to);

/// Extents that both shapes can be split into, so that each dimension of either is a run of them: [4, 6] and [8, 3]
/// have [4, 2, 3]. Nothing where there are none: [4, 6] and [3, 8].
std::optional<Shape> common_refinement(const Shape &a, const Shape &b);

/// The strides of a tensor of shape `shape` as one that broadcasts to `to`: 0 where it is repeated.
Strides broadcast_strides(const Shape &shape, const Strides &strides, const Shape &to);

/// Dimensions that some tensors share, with the strides of each.
struct Loops {
    Shape dims;
    std::vector<Strides> strides;    ///< of each tensor
    std::vector<std::size_t> apart;  ///< dimensions that simplified() leaves as they are
};

/// The same positions in as few dimensions as possible: those of one element are left out, those that lie in all
/// tensors like one are one, and the order is that in which they lie in the last tensor; dimensions that this has
/// not come first. At least one dimension is left. `apart` are then those of the result.
Loops simplified(const Loops &loops);

}  // namespace ingot
