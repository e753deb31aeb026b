// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/kernel_spec.h"
#include <cstdint>

namespace ingot {

/// The number of a type of 16 bits that is nearest to `value`, the even one of two: f16 is IEEE 754's binary16, one
/// sign, 5 bits of exponent and 10 of fraction; bf16 the upper half of binary32, 8 and 7 bits. Beyond the largest
/// number stands infinity.
uint16_t narrowed(DataType type, float value);

/// The value of such a number; exact.
float widened(DataType type, uint16_t bits);

/// The number of a type of floats, f32 too, that is nearest to `value`.
float nearest(DataType type, float value);

}  // namespace ingot
