// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which ONNX operators can be imported, and whether those of a model can.
#pragma once
#include "compiler/onnx/import_onnx.h"
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

/// A supported operator of the domain ai.onnx, as its row in the op table says.
struct SupportedOperator {
    std::string_view name;
    int64_t first_opset = 1, last_opset = 1;
    std::string_view limits;  ///< what is refused; empty: nothing
};

/// All of them, by name.
std::vector<SupportedOperator> supported_operators();

/// Why some nodes of a model are refused.
struct RefusedNodes {
    std::string reason;              ///< with the way out
    std::vector<std::string> nodes;  ///< their names
};

/// An operator in a model.
struct OperatorUse {
    std::string name;  ///< with its domain where that is not ai.onnx: `com.microsoft.Gelu`
    std::size_t count = 0;
    std::vector<RefusedNodes> refused;  ///< empty: all nodes are supported
};

/// What an import would say of a model, by operator.
struct ModelSupport {
    std::vector<OperatorUse> operators;  ///< by name
    std::vector<std::string> others;     ///< refusals of inputs, outputs and of the model itself

    [[nodiscard]] bool supported() const;
};

/// Tries the import. Throws ImportError where the file cannot be read as a model.
ModelSupport check_support(const std::filesystem::path &file, const ImportOptions &options = {});

}  // namespace ingot
