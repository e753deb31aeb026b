// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "harness/guarded_memory.h"
#include "harness/kernel_problem.h"
#include "reference/ops.h"
#include <random>
#include <vector>

namespace ingot {

/// Fills the operands of a kernel on pictures, `memory` of kernel_buffers(spec), and returns what dst must be.
reference::Bounded<double> fill_pictures(const KernelSpec &spec, Values values, std::mt19937 &random,
                                         std::vector<GuardedMemory> &memory);

/// The same for a tensor op. What lies between the elements of a source is filled as well.
reference::Bounded<double> fill_tensors(const KernelSpec &spec, Values values, std::mt19937 &random,
                                        std::vector<GuardedMemory> &memory);

/// A position in dst's buffer: of [n, c], [n, c, y, x], or of a tensor op's dims.
std::vector<int64_t> buffer_position(const KernelSpec &spec, const std::vector<int64_t> &position);

/// A number of a problem's: a whole one from -range to range, or a normally distributed one.
double random_number(Values values, int range, std::mt19937 &random);

}  // namespace ingot
