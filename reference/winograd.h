// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "reference/ops.h"
#include "spec/winograd.h"

namespace ingot::reference {

/// What the rounding errors of a Winograd convolution F(m x m, 3x3) are proportional to, as Bounded::magnitude:
///
///     |Aᵀ| (sum over ci of |G g Gᵀ| * (|Bᵀ| |d| |B|)) |A| + |bias|
///
/// Shapes as those of conv2d. Tiles start at the first result; what a ragged one reads behind the padded picture is
/// its last element: results of F(4x4) depend on it by their rounding errors. Higham, Accuracy and Stability of
/// Numerical Algorithms, §3.1: a sum of k rounded terms is within k * eps / 2 * (sum of their absolute values), and
/// the three stages follow each other.
template<typename T>
Tensor<T> winograd_magnitude(const Tensor<T> &src, const Tensor<T> &weights, const Tensor<T> *bias,
                             const Window &window, const WinogradMatrices &matrices);

/// Roundings between a source and a result: of the transformed weights, of both passes of both transforms, and of
/// the sum over `ci` channels.
int64_t winograd_sum_length(int64_t ci, const WinogradMatrices &matrices);

}  // namespace ingot::reference
