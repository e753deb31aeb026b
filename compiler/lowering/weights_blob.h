// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/kernel_spec.h"
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ingot {

/// A model's constants as kernels read them, each once: the levels of a model share a packing.
class WeightsBlob {
public:
    /// Appends to `data`, which outlives the blob; each content starts at a multiple of 64 bytes.
    explicit WeightsBlob(std::vector<float> &data) : data_(data) {}

    /// Bytes from the blob's start to this content.
    int64_t add(std::string_view bytes);
    int64_t add(const std::vector<float> &content);
    /// Whole numbers or floats as elements of `type`.
    int64_t add(const std::vector<float> &content, DataType type);
    int64_t add(const std::vector<int32_t> &content);

private:
    [[nodiscard]] std::string_view stored() const;

    std::vector<float> &data_;
    std::unordered_multimap<std::size_t, std::pair<std::size_t, std::size_t>> known_;  ///< hash: offset, bytes
};

}  // namespace ingot
