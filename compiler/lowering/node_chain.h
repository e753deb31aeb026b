// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"
#include <span>

namespace ingot {

/// All nodes of the graph where each computes, by a kernel, what the next one alone reads, from its one input to
/// its one output: a net that may become one kernel. Empty otherwise; a ReLU counts as a layer's epilogue only.
std::vector<std::size_t> node_chain(const Graph &graph);

/// The sequential that computes these nodes of a chain for `n` images: `src` and `dst` are the orders of what the
/// first reads and the last writes. Weights of convolutions lie in blocks of 16 channels, those of gemms are plain.
KernelSpec chain_spec(const Graph &graph, std::span<const std::size_t> nodes, DimOrder src, DimOrder dst,
                      int64_t n);

}  // namespace ingot
