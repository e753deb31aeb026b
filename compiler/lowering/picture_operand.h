// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/lowering/placement.h"
#include <optional>

namespace ingot {

/// How a kernel of pictures or rows finds a tensor: the operand of its spec, and the elements from the buffer's
/// start to that operand's storage, halo included.
struct PictureOperand {
    Operand operand;
    int64_t offset = 0;
};

/// A tensor of rank 4 as a picture: NHWC, NCHW, or pixels with channels side by side at any distances; one of rank
/// 2, [n, c], as pictures of one pixel. Nothing where it lies otherwise.
std::optional<PictureOperand> picture_operand(const Graph &graph, const Placement &placement, ValueId id);

/// A tensor as the rows [n, rest] of a gemm's src: dense in row-major order, or NHWC, where the columns are counted
/// in that order.
std::optional<PictureOperand> rows_operand(const Graph &graph, const Placement &placement, ValueId id);

/// The rows [n, co] that a gemm writes.
PictureOperand written_rows_operand(const Graph &graph, const Placement &placement, ValueId id);

/// True where a tensor of rank 4 lies in the order NHWC and not, at the same time, in row-major order.
bool lies_nhwc(const Graph &graph, const Placement &placement, ValueId id);

}  // namespace ingot
