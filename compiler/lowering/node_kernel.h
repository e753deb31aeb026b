// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"
#include <optional>
#include <span>
#include <string>

namespace ingot {

/// A value as a picture: of rank 4 [n, c, h, w] as it is, of another rank as n rows of c elements, h == w == 1.
struct Shape4 {
    int64_t n = 1, c = 1, h = 1, w = 1;
};
Shape4 shape4(const Value &value);

/// What a step that computes these nodes is called: as its node, of several `first to last`.
std::string step_name(const Graph &graph, std::span<const std::size_t> nodes);

/// The op that computes a node; none where that is a copy, or nothing at all.
std::optional<Op> kernel_op(const Node &node);

/// True of a Reduce to the mean over all rows and columns of each picture of several pixels.
bool is_picture_mean(const Graph &graph, const Node &node);

/// The kernel of a node with a kernel_op of pictures or rows, or of a picture's mean, an average pool: its shape,
/// the order of its operands and its epilogue. `src` and `dst` are the orders in which its first input and its
/// output lie in memory. Halo and packing follow from a choice.
KernelSpec bare_spec(const Graph &graph, const Node &node, DimOrder src, DimOrder dst);

}  // namespace ingot
