// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"
#include "reference/ops.h"
#include <vector>

namespace ingot::reference {

/// Runs a graph, before or after any pass, in plain loops. `inputs` in graph order, of the graph's shapes; the
/// first dimension of every input may instead be any common multiple of the graph's (a batch): the graph runs on
/// one image after the other, and so do its outputs lie in the result. Scalars have no batch. Returns the outputs
/// in graph order. T is float or double.
template<typename T>
std::vector<Tensor<T>> interpret(const Graph &graph, const std::vector<Tensor<T>> &inputs);

/// Runs a single node on the values of its inputs, in the node's order.
template<typename T>
Tensor<T> interpret_node(const Graph &graph, const Node &node, const std::vector<const Tensor<T> *> &inputs);

}  // namespace ingot::reference
