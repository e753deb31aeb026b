// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/model.h"
#include "spec/error.h"
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace ingot {

namespace {

constexpr std::array<std::pair<DataType, std::string_view>, 5> type_names = {{{DataType::f32, "FLOAT"},
                                                                              {DataType::i64, "INT64"},
                                                                              {DataType::i32, "INT32"},
                                                                              {DataType::u8, "UINT8"},
                                                                              {DataType::boolean, "BOOL"}}};

static_assert(std::endian::native == std::endian::little, "raw_data of ONNX is little-endian");

template<typename Element>
std::vector<float> decode(std::string_view bytes) {
    std::vector<float> result(bytes.size() / sizeof(Element));
    for (std::size_t i = 0; i < result.size(); ++i) {
        Element element;
        std::memcpy(&element, bytes.data() + i * sizeof element, sizeof element);
        result[i] = static_cast<float>(element);
    }
    return result;
}

struct Half {
    uint16_t bits;
    explicit operator float() const {
        const uint32_t sign = (bits & 0x8000U) << 16U, rest = bits & 0x7fffU;
        if (rest >= 0x7c00U) {  // infinity and NaN
            return std::bit_cast<float>(sign | 0x7f800000U | (rest & 0x3ffU) << 13U);
        }
        // The exponent's bias grows from 15 to 127; denormals become normal.
        return std::bit_cast<float>(sign | rest << 13U) * 0x1p112F;
    }
};

struct Bfloat {
    uint16_t bits;
    explicit operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16U); }
};

}  // namespace

std::size_t other_float_bytes(std::string_view name) {
    return name == "DOUBLE" ? sizeof(double) : name == "FLOAT16" || name == "BFLOAT16" ? sizeof(uint16_t) : 0;
}

std::vector<float> decode_other_floats(std::string_view name, std::string_view bytes) {
    return name == "DOUBLE"    ? decode<double>(bytes)
           : name == "FLOAT16" ? decode<Half>(bytes)
                               : decode<Bfloat>(bytes);
}

std::string_view onnx_type_name(DataType type) {
    const auto found =
        std::find_if(type_names.begin(), type_names.end(), [&](const auto &entry) { return entry.first == type; });
    INGOT_CHECK(found != type_names.end(), "a type without a name in ONNX");
    return found->second;
}

std::optional<DataType> read_onnx_type(std::string_view name) {
    const auto found =
        std::find_if(type_names.begin(), type_names.end(), [&](const auto &entry) { return entry.second == name; });
    return found == type_names.end() ? std::nullopt : std::optional(found->first);
}

std::vector<float> decode_elements(DataType type, std::string_view bytes) {
    switch (type) {
    case DataType::f32:
        return decode<float>(bytes);
    case DataType::i64:
        return decode<int64_t>(bytes);
    case DataType::i32:
        return decode<int32_t>(bytes);
    case DataType::u8:
        return decode<uint8_t>(bytes);
    case DataType::boolean: {
        std::vector<float> result = decode<uint8_t>(bytes);
        std::for_each(result.begin(), result.end(),
                      [](float &element) { element = element != 0.0f ? 1.0f : 0.0f; });
        return result;
    }
    case DataType::bf16:
    case DataType::f16:
        break;
    }
    report_internal_error(__FILE__, __LINE__, "a type without elements");
}

}  // namespace ingot
