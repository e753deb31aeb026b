// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "harness/kernel_problem.h"
#include <initializer_list>
#include <string_view>

namespace ingot {

/// Pushes the operands of these names, of src, weights, bias and dst, out of all caches: the next call fetches them
/// from memory. `problem` is of `spec`; names that it has no operand of count for nothing.
void evict_operands(const KernelSpec &spec, KernelProblem &problem, std::initializer_list<std::string_view> names);

}  // namespace ingot
