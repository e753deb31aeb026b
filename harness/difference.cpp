// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/difference.h"
#include "spec/error.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

namespace ingot {

namespace {

/// The distance from |x| to the next float32.
double ulp_of(double magnitude) {
    constexpr int precision = std::numeric_limits<float>::digits;
    constexpr double least = std::numeric_limits<float>::denorm_min();
    return magnitude < std::numeric_limits<float>::min() ? least
                                                         : std::ldexp(1.0, std::ilogb(magnitude) + 1 - precision);
}

bool same_nonfinite(double a, double b) {
    return std::isnan(a) ? std::isnan(b) : a == b;
}

template<typename Element>
std::vector<double> decode(const std::vector<unsigned char> &bytes) {
    std::vector<double> numbers(bytes.size() / sizeof(Element));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        Element element;
        std::memcpy(&element, bytes.data() + i * sizeof element, sizeof element);
        numbers[i] = static_cast<double>(element);
    }
    return numbers;
}

template<typename Element>
std::vector<unsigned char> encode(const std::vector<double> &numbers) {
    std::vector<unsigned char> bytes(numbers.size() * sizeof(Element));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto element = static_cast<Element>(numbers[i]);
        std::memcpy(bytes.data() + i * sizeof element, &element, sizeof element);
    }
    return bytes;
}

}  // namespace

double Difference::relative() const {
    return max_abs == 0.0 ? 0.0 : max_abs / largest;
}

bool Difference::within(DataType type, double tolerance) const {
    return type == DataType::f32 ? unlike == 0 && max_abs <= tolerance * largest : unequal == 0;
}

Difference difference(const std::vector<double> &got, const std::vector<double> &reference, double largest) {
    INGOT_CHECK(got.size() == reference.size(), "tensors of different sizes are compared");
    Difference result;
    result.largest = largest;
    for (const double value : reference) {
        result.largest = std::isfinite(value) ? std::max(result.largest, std::abs(value)) : result.largest;
    }
    const double floor = result.largest / 1000.0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        result.nonfinite += std::isfinite(got[i]) ? 0 : 1;
        if (!std::isfinite(got[i]) || !std::isfinite(reference[i])) {
            const bool same = same_nonfinite(got[i], reference[i]);
            result.unlike += same ? 0 : 1;
            result.unequal += same ? 0 : 1;
            continue;
        }
        const double distance = std::abs(got[i] - reference[i]);
        result.unequal += distance > 0.0 ? 1 : 0;
        result.at = distance > result.max_abs ? i : result.at;
        result.max_abs = std::max(result.max_abs, distance);
        result.max_ulp = std::max(result.max_ulp, distance / ulp_of(std::max(std::abs(reference[i]), floor)));
    }
    return result;
}

std::string to_text(const Difference &difference) {
    char text[128];
    std::snprintf(text, sizeof text, "max abs %.2g, %.0f ULP, %.2g of the largest", difference.max_abs,
                  std::ceil(difference.max_ulp), difference.relative());
    std::string result = text;
    if (difference.nonfinite > 0 || difference.unlike > 0) {
        result += ", " + std::to_string(difference.nonfinite) + " NaN or infinite";
    }
    if (difference.unlike > 0) {
        result += ", " + std::to_string(difference.unlike) + " where the reference is not";
    }
    return result;
}

std::vector<double> read_elements(DataType type, const std::vector<unsigned char> &bytes) {
    switch (type) {
    case DataType::f32:
        return decode<float>(bytes);
    case DataType::i64:
        return decode<int64_t>(bytes);
    case DataType::i32:
        return decode<int32_t>(bytes);
    case DataType::u8:
    case DataType::boolean:
        return decode<uint8_t>(bytes);
    case DataType::bf16:
    case DataType::f16:
        break;
    }
    report_internal_error(__FILE__, __LINE__, "only weights are of 16 bits");
}

std::vector<unsigned char> write_elements(DataType type, const std::vector<double> &numbers) {
    switch (type) {
    case DataType::f32:
        return encode<float>(numbers);
    case DataType::i64:
        return encode<int64_t>(numbers);
    case DataType::i32:
        return encode<int32_t>(numbers);
    case DataType::u8:
    case DataType::boolean:
        return encode<uint8_t>(numbers);
    case DataType::bf16:
    case DataType::f16:
        break;
    }
    report_internal_error(__FILE__, __LINE__, "only weights are of 16 bits");
}

}  // namespace ingot
