// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "spec/kernel_spec.h"
#include "spec/target.h"

namespace ingot {

/// The value of a weight of this type in f32; of those of 16 bits `stored` are the bits, see spec/float16.h.
/// Halide's own types of 16 bits count as emulated and are computed with element by element.
Halide::Expr widen(DataType type, const Target &target, const Halide::Expr &stored);

}  // namespace ingot
