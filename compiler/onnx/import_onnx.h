// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"
#include "spec/error.h"
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
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

/// How to read a model.
struct ImportOptions {
    /// The shapes of inputs by name, for dimensions that the file leaves open: `--shape NAME=1,3,224,224`.
    std::map<std::string, std::vector<int64_t>> shapes;
};

/// Parses `NAME=1,3,224,224`; `NAME=` is a scalar. Throws Error.
std::pair<std::string, std::vector<int64_t>> parse_input_shape(std::string_view text);

/// Reads an ONNX file and the files beside it that hold its external data. The result is verified; arithmetic on
/// shapes is computed. A dynamic first dimension of an input counts as 1 (the batch, which `run` takes at run
/// time); other dynamic ones need a shape in `options`. ONNX IR 3 and opset 1 to the newest, domain ai.onnx. Throws
/// ImportError with every refusal at once.
Graph import_onnx(const std::filesystem::path &file, const ImportOptions &options = {});

/// The same from memory, without external data; `source` stands for the file in messages.
Graph import_onnx(std::string_view bytes, const std::string &source, const ImportOptions &options = {});

}  // namespace ingot
