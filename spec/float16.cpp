// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/float16.h"
#include "spec/error.h"
#include <bit>
#include <cmath>

namespace ingot {

uint16_t narrowed(DataType type, float value) {
    INGOT_CHECK(byte_size(type) == 2, "not a type of 16 bits");
    if (type == DataType::f16) {
        return std::bit_cast<uint16_t>(static_cast<_Float16>(value));
    }
    const auto bits = std::bit_cast<uint32_t>(value);
    if (std::isnan(value)) {
        return static_cast<uint16_t>(bits >> 16 | 0x40);  // quiet; the lower half may hold all of its payload
    }
    const uint32_t half = 0x7fff + (bits >> 16 & 1);
    return static_cast<uint16_t>((bits + half) >> 16);
}

float widened(DataType type, uint16_t bits) {
    INGOT_CHECK(byte_size(type) == 2, "not a type of 16 bits");
    return type == DataType::f16 ? static_cast<float>(std::bit_cast<_Float16>(bits))
                                 : std::bit_cast<float>(uint32_t{bits} << 16);
}

}  // namespace ingot
