// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include <cstdint>

namespace ingot {

/// Makes outer loops of a CPU kernel parallel where several threads pay: loops whose iterations are independent of
/// one another, once their schedule is applied, split into tasks that are worth handing over. Small kernels keep
/// the code that they have without this. The tasks depend on the kernel alone, and each element is computed as
/// before: any number of threads gives the same bits. `vector_bits` are those of the vectors that the target
/// computes at once, `operand_bytes` those of all of the kernel's operands.
void parallelize_loops(Halide::Pipeline pipeline, int vector_bits, int64_t operand_bytes);

}  // namespace ingot
