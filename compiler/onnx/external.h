// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/onnx/model.h"
#include <map>

namespace ingot {

/// The files beside a model that hold its external data. Only files below the model's folder are read, links
/// followed; only the bytes of the tensors asked for, each once.
class ExternalFiles {
public:
    explicit ExternalFiles(std::optional<std::filesystem::path> folder) : folder_(std::move(folder)) {}

    /// The elements of a tensor of this type and number of elements, or why they cannot be had.
    std::variant<std::vector<float>, OnnxProblem> read(const OnnxExternal &place, DataType type, int64_t count);

private:
    std::variant<std::filesystem::path, OnnxProblem> find(const std::string &location) const;

    std::optional<std::filesystem::path> folder_;
    std::map<std::filesystem::path, std::map<int64_t, int64_t>> ranges_;  ///< first byte to the one behind the last
};

}  // namespace ingot
