// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/weights_blob.h"
#include "spec/buffer_dims.h"
#include "spec/error.h"
#include "spec/float16.h"
#include <cstring>
#include <functional>
#include <string>

namespace ingot {

namespace {

template<typename Element>
std::string_view bytes_of(const std::vector<Element> &content) {
    return {reinterpret_cast<const char *>(content.data()), content.size() * sizeof(Element)};
}

template<typename Element>
std::vector<Element> converted(const std::vector<float> &content) {
    std::vector<Element> result;
    result.reserve(content.size());
    for (const float value : content) {
        result.push_back(static_cast<Element>(value));
    }
    return result;
}

}  // namespace

std::string_view WeightsBlob::stored() const {
    return bytes_of(data_);
}

int64_t WeightsBlob::add(std::string_view bytes) {
    const std::size_t hash = std::hash<std::string_view>{}(bytes);
    const auto [first, last] = known_.equal_range(hash);
    for (auto entry = first; entry != last; ++entry) {
        const auto &[offset, size] = entry->second;
        if (stored().substr(offset, size) == bytes) {
            return static_cast<int64_t>(offset);
        }
    }
    const std::size_t offset = data_.size() * sizeof(float);
    const auto padded = static_cast<std::size_t>(round_up(static_cast<int64_t>(bytes.size()), 64));
    data_.resize(data_.size() + padded / sizeof(float), 0.0f);
    std::memcpy(data_.data() + offset / sizeof(float), bytes.data(), bytes.size());
    known_.emplace(hash, std::pair(offset, bytes.size()));
    return static_cast<int64_t>(offset);
}

int64_t WeightsBlob::add(const std::vector<float> &content) {
    return add(bytes_of(content));
}

int64_t WeightsBlob::add(const std::vector<int32_t> &content) {
    return add(bytes_of(content));
}

int64_t WeightsBlob::add(const std::vector<float> &content, DataType type) {
    switch (type) {
    case DataType::f32:
        return add(content);
    case DataType::i64:
        return add(bytes_of(converted<int64_t>(content)));
    case DataType::i32:
        return add(bytes_of(converted<int32_t>(content)));
    case DataType::u8:
    case DataType::boolean:
        return add(bytes_of(converted<uint8_t>(content)));
    case DataType::bf16:
    case DataType::f16: {
        std::vector<uint16_t> numbers;
        numbers.reserve(content.size());
        for (const float value : content) {
            numbers.push_back(narrowed(type, value));
        }
        return add(bytes_of(numbers));
    }
    }
    INGOT_CHECK(false, "constants of no type");
    return 0;
}

}  // namespace ingot
