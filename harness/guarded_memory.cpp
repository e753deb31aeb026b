// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/guarded_memory.h"
#include "spec/error.h"
#include "spec/float16.h"
#include <algorithm>
#include <array>
#include <cstring>

namespace ingot {

namespace {

constexpr std::size_t guard_bytes = 256;  // on each side
/// Of a float a NaN that no kernel computes.
constexpr std::array<unsigned char, 4> guard = {0xad, 0xde, 0xc0, 0x7f};

template<typename Type>
double load_as(const unsigned char *byte) {
    Type value;
    std::memcpy(&value, byte, sizeof value);
    return static_cast<double>(value);
}

template<typename Type>
void store_as(unsigned char *byte, double value) {
    const auto element = static_cast<Type>(value);
    std::memcpy(byte, &element, sizeof element);
}

}  // namespace

GuardedMemory::GuardedMemory(const KernelBuffer &buffer, std::size_t alignment) : buffer_(buffer) {
    alignment = std::max(alignment, static_cast<std::size_t>(byte_size(buffer.type)));
    const auto elements = static_cast<std::size_t>(buffer.elements * byte_size(buffer.type));
    storage_.resize(elements + 2 * guard_bytes + alignment);
    const auto address = reinterpret_cast<std::uintptr_t>(storage_.data() + guard_bytes);
    first_ = guard_bytes + (alignment - address % alignment) % alignment;
    argument_ = BufferArgument(buffer, storage_.data() + first_);
    clear();
}

std::span<float> GuardedMemory::floats() {
    INGOT_CHECK(buffer_.type == DataType::f32, buffer_.name + ": not of floats");
    return {reinterpret_cast<float *>(storage_.data() + first_), static_cast<std::size_t>(buffer_.elements)};
}

double GuardedMemory::load(int64_t offset) const {
    const unsigned char *byte = storage_.data() + byte_of(offset);
    switch (buffer_.type) {
    case DataType::f32:
        return load_as<float>(byte);
    case DataType::i64:
        return load_as<int64_t>(byte);
    case DataType::i32:
        return load_as<int32_t>(byte);
    case DataType::u8:
    case DataType::boolean:
        return *byte;
    case DataType::bf16:
    case DataType::f16: {
        uint16_t bits = 0;
        std::memcpy(&bits, byte, sizeof bits);
        return static_cast<double>(widened(buffer_.type, bits));
    }
    }
    report_internal_error(__FILE__, __LINE__, "an unknown type");
}

void GuardedMemory::store(int64_t offset, double value) {
    unsigned char *byte = storage_.data() + byte_of(offset);
    switch (buffer_.type) {
    case DataType::f32:
        return store_as<float>(byte, value);
    case DataType::i64:
        return store_as<int64_t>(byte, value);
    case DataType::i32:
        return store_as<int32_t>(byte, value);
    case DataType::u8:
    case DataType::boolean:
        return store_as<uint8_t>(byte, value);
    case DataType::bf16:
    case DataType::f16: {
        const uint16_t bits = narrowed(buffer_.type, static_cast<float>(value));
        std::memcpy(byte, &bits, sizeof bits);
    }
    }
}

void GuardedMemory::clear() {
    for (std::size_t i = 0; i < storage_.size(); ++i) {
        storage_[i] = guard[(i - first_) % guard.size()];
    }
}

bool GuardedMemory::is_untouched_beside(const std::vector<int64_t> &offsets) const {
    std::vector<bool> written(storage_.size());
    for (const int64_t offset : offsets) {
        const auto begin = written.begin() + static_cast<std::ptrdiff_t>(byte_of(offset));
        std::fill(begin, begin + byte_size(buffer_.type), true);
    }
    for (std::size_t i = 0; i < storage_.size(); ++i) {
        if (!written[i] && storage_[i] != guard[(i - first_) % guard.size()]) {
            return false;
        }
    }
    return true;
}

}  // namespace ingot
