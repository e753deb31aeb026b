// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"

namespace ingot {

/// Inserts an Identity, which copies, where a convolution, a pooling or a gemm cannot read its source, or not well,
/// where Placement puts it: a picture that is transposed or expanded, one of many channels in planes; and before a
/// Reshape that no single loop nest copies.
void legalize(Graph &graph);

}  // namespace ingot
