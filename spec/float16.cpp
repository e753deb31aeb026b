// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/float16.h"
#include "spec/error.h"
#include <bit>
#include <cmath>
#include <limits>

namespace ingot {

namespace {

/// The upper bits of an f32 from `shift` on, rounded to nearest, ties to even.
uint32_t rounded(uint32_t bits, int shift) {
    const uint32_t below_half = (uint32_t{1} << (shift - 1)) - 1;
    return (bits + below_half + (bits >> shift & 1)) >> shift;
}

// Normal numbers of f16 have the exponent of f32 less 112 and 13 bits of fraction less; those below 2^-14 are
// multiples of 2^-24.
constexpr int fraction_shift = 13;
constexpr uint32_t bias_difference = 112;
constexpr float smallest_normal = 0x1p-14f, beyond = 65520.0f, steps = 0x1p24f;

uint32_t f16_of(float magnitude) {
    if (magnitude >= beyond) {
        return 0x7c00;
    }
    if (magnitude < smallest_normal) {
        return static_cast<uint32_t>(std::nearbyint(magnitude * steps));
    }
    return rounded(std::bit_cast<uint32_t>(magnitude), fraction_shift) - (bias_difference << 10);
}

float of_f16(uint32_t magnitude) {
    if (magnitude >= 0x7c00) {
        return magnitude == 0x7c00 ? std::numeric_limits<float>::infinity()
                                   : std::numeric_limits<float>::quiet_NaN();
    }
    return magnitude < 0x400 ? static_cast<float>(magnitude) / steps
                             : std::bit_cast<float>((magnitude << fraction_shift) + (bias_difference << 23));
}

}  // namespace

uint16_t narrowed(DataType type, float value) {
    INGOT_CHECK(byte_size(type) == 2, "not a type of 16 bits");
    const auto bits = std::bit_cast<uint32_t>(value);
    const uint32_t sign = bits >> 16 & 0x8000;
    if (std::isnan(value)) {
        return static_cast<uint16_t>(sign | (type == DataType::f16 ? 0x7e00 : 0x7fc0));
    }
    return static_cast<uint16_t>(type == DataType::f16 ? sign | f16_of(std::abs(value)) : rounded(bits, 16));
}

float widened(DataType type, uint16_t bits) {
    INGOT_CHECK(byte_size(type) == 2, "not a type of 16 bits");
    if (type == DataType::f16) {
        return std::copysign(of_f16(bits & 0x7fffU), bits >= 0x8000 ? -1.0f : 1.0f);
    }
    return std::bit_cast<float>(uint32_t{bits} << 16);
}

float nearest(DataType type, float value) {
    return type == DataType::f32 ? value : widened(type, narrowed(type, value));
}

}  // namespace ingot
