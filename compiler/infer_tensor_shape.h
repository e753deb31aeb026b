// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of the operations on tensors of any rank; see infer_shape. Each throws Error, which begins with the node's
// origin, where the inputs do not fit.
#pragma once
#include "compiler/graph.h"

namespace ingot {

[[noreturn]] void refuse_node(const Node &node, const std::string &reason);

std::vector<int64_t> map_shape(const Graph &graph, const Node &node);
std::vector<int64_t> reduce_shape(const Graph &graph, const Node &node, const Reduce &op);
std::vector<int64_t> matmul_shape(const Graph &graph, const Node &node);
std::vector<int64_t> transpose_shape(const Graph &graph, const Node &node, const Transpose &op);
std::vector<int64_t> slice_shape(const Graph &graph, const Node &node, const Slice &op);
std::vector<int64_t> expand_shape(const Graph &graph, const Node &node);
std::vector<int64_t> concat_shape(const Graph &graph, const Node &node, const Concat &op);
std::vector<int64_t> pad_shape(const Graph &graph, const Node &node, const Pad &op);
std::vector<int64_t> resample_shape(const Graph &graph, const Node &node, const Resample &op);

}  // namespace ingot
