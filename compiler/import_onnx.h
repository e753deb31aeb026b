// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"
#include "spec/error.h"
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

/// A model that cannot be imported. `diagnostics` holds every reason, a line each, in compiler form:
/// `net.onnx: error: Resize 'up1' (node 17, opset 13): mode=cubic with antialias=1 is not supported; use
/// antialias=0`.
class ImportError : public Error {
public:
    explicit ImportError(std::vector<std::string> diagnostics);
    std::vector<std::string> diagnostics;
};

/// Reads an ONNX file. The result is verified; a dynamic first dimension of an input counts as 1 (the batch, which
/// `run` takes at run time). ONNX opset 7 to 28, domain ai.onnx. Throws ImportError with every refusal at once.
Graph import_onnx(const std::filesystem::path &file);

/// The same from memory; `source` stands for the file in messages.
Graph import_onnx(std::string_view bytes, const std::string &source);

}  // namespace ingot
