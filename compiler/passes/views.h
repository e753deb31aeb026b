// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/passes/rewriter.h"

namespace ingot {

/// Makes a node that only orders, takes or repeats elements simpler where it can be: a transpose of a transpose is
/// one, a slice that takes everything none. False where nothing changes; else it may be simplified further, or
/// gone.
bool simplify_view(Rewriter &rewriter, Node &node);

/// The permutation that `second` is after `first`.
std::vector<int64_t> composed(const std::vector<int64_t> &first, const std::vector<int64_t> &second);
/// The permutation that takes `perm` back.
std::vector<int64_t> inverse(const std::vector<int64_t> &perm);
/// `shape` with its dimensions in the order of `perm`.
std::vector<int64_t> permuted(const std::vector<int64_t> &shape, const std::vector<int64_t> &perm);

}  // namespace ingot
