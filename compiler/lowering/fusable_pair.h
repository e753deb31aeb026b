// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"

namespace ingot {

/// Whether one kernel may compute graph.nodes[i] and the node behind it: a depthwise convolution and the 1 x 1
/// convolution that alone reads its result. A node between the two might write over what the first one reads.
bool is_fusable_pair(const Graph &graph, std::size_t i);

}  // namespace ingot
