// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx_model.h"
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

}  // namespace

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
    }
    report_internal_error(__FILE__, __LINE__, "a type without elements");
}

}  // namespace ingot
