// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/kernel_spec.h"
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ingot {

/// How far a tensor is from its reference.
struct Difference {
    double max_abs = 0.0;       ///< largest |got - reference| where both are finite
    double largest = 0.0;       ///< largest finite |reference|, or what was given to difference()
    double max_ulp = 0.0;       ///< largest |got - reference| in ULP, see difference()
    std::size_t at = 0;         ///< where max_abs is
    std::size_t unequal = 0;    ///< elements that differ at all
    std::size_t nonfinite = 0;  ///< elements of `got` that are NaN or infinite
    std::size_t unlike = 0;     ///< those where one side is NaN or infinite and the other is not the same

    /// max_abs / largest; 0 where both are 0.
    [[nodiscard]] double relative() const;
    /// Of floats: no element is unlike and max_abs <= tolerance * largest. Of other types: all are equal.
    [[nodiscard]] bool within(DataType type, double tolerance) const;
};

/// Element by element; both have the same size. A ULP is that of the reference's float32, or of a thousandth of
/// `largest` where that is more: a sum whose terms cancel has no digits to count. `largest` is what the tensor's
/// elements reach elsewhere: a difference is measured by it where these are all smaller.
Difference difference(const std::vector<double> &got, const std::vector<double> &reference, double largest = 0.0);

/// `max abs 1.2e-06, 3 ULP, 4.1e-07 of the largest`; NaN and infinities where there are any.
std::string to_text(const Difference &difference);

/// Elements of a type in memory, as numbers, and back. Numbers are whole and within range where the type is.
std::vector<double> read_elements(DataType type, const std::vector<unsigned char> &bytes);
std::vector<unsigned char> write_elements(DataType type, const std::vector<double> &numbers);

}  // namespace ingot
