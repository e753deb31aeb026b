// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels of the tensor ops: from a node and the places of its values to dims and views.
#pragma once
#include "compiler/lowering/placement.h"
#include <optional>
#include <vector>

namespace ingot {

/// A tensor that a kernel reads or writes.
struct TensorRead {
    ValueId value = -1;
    /// Elements from the origin of its buffer; of a constant 0.
    int64_t offset = 0;
    /// Of a constant: its elements in the order in which the kernel reads them.
    std::optional<std::vector<float>> constant;
};

struct TensorKernel {
    KernelSpec spec;
    std::vector<TensorRead> sources;  ///< of the spec's views, in order
    TensorRead dst;
};

/// The kernel of a Map, Relu, Reduce, MatMul, Pad or Resample node.
TensorKernel tensor_kernel(const Graph &graph, const Placement &placement, const Node &node);

/// The kernel that copies what a Reshape, Transpose, Slice, Expand or Identity takes of its source to where its
/// result lies; nothing where no single loop nest does that.
std::optional<TensorKernel> copy_kernel(const Graph &graph, const Placement &placement, const Node &node);

/// The kernel that copies source `index` of a Concat to its part of the result.
TensorKernel part_kernel(const Graph &graph, const Placement &placement, const Node &concat, std::size_t index);

}  // namespace ingot
