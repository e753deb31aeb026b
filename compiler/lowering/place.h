// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"
#include "compiler/lowering/plan.h"
#include "compiler/lowering/strides.h"
#include <optional>
#include <vector>

namespace ingot {

/// The order of a picture's dimensions in memory: channels innermost.
inline const std::vector<std::size_t> nhwc{0, 2, 3, 1};

/// A buffer that holds a value, and perhaps others which are views of it.
struct Buffer {
    Region region = Region::arena;
    int index = 0;  ///< which input or output
    DataType type = DataType::f32;
    Shape shape;
    std::vector<std::size_t> order;  ///< dimensions of the value, outermost first, as they lie in memory
    Pad2 halo;                       ///< of a picture in the order n, h, w, c

    /// Strides in elements, and those from the start to the value's first element.
    [[nodiscard]] Strides strides() const;
    [[nodiscard]] int64_t origin() const;
    [[nodiscard]] int64_t bytes() const;
    /// A tensor of rank 4 whose channels lie side by side.
    [[nodiscard]] bool is_nhwc() const;
};

/// Where the elements of a value lie: in the buffer of the value `root`, `offset` elements behind its origin().
struct Place {
    ValueId root = -1;
    int64_t offset = 0;
    Strides strides;
};

/// True of Reshape, Transpose, Slice and Expand, which compute nothing.
bool is_view_operation(const Node &node);

/// Where such a node finds its result's elements in its source, which lies at `src`; nothing for a Reshape that is
/// no view of it, for other nodes, and of a constant.
std::optional<Place> view_of_source(const Graph &graph, const Node &node, const Place &src);

/// Where the source `index` of a Reshape, Transpose or Concat lies if its result is at `dst`; nothing for other
/// nodes and for a Reshape that is no view.
std::optional<Place> view_of_result(const Graph &graph, const Node &node, std::size_t index, const Place &dst);

}  // namespace ingot
