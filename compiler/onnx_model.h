// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An ONNX model in plain structs: what import_onnx.cpp reads out of the file's messages, for build_graph.
#pragma once
#include "compiler/graph.h"
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace ingot {

/// Why a part of a file cannot be used, with the way out: reported where the part is needed.
struct OnnxProblem {
    std::string text;
};

/// A constant: float32 data as floats, integers and booleans as int64.
struct OnnxTensor {
    std::string name;
    std::string type;            ///< as in the file, e.g. `INT64`
    std::vector<int64_t> shape;  ///< extents above 0, except that a list of integers may be empty
    std::variant<std::vector<float>, std::vector<int64_t>, OnnxProblem> data;
};

struct OnnxAttribute {
    std::string name;
    std::string type;  ///< as in the file, e.g. `INTS`
    std::variant<std::monostate, int64_t, float, std::string, std::vector<int64_t>, std::vector<float>, OnnxTensor>
        value;  ///< monostate: of a type that no supported operator has
};

struct OnnxNode {
    Origin origin;
    std::string domain;
    std::vector<std::string> inputs, outputs;  ///< empty: left out
    std::vector<OnnxAttribute> attributes;
};

struct OnnxInput {
    std::string name;
    std::variant<std::vector<int64_t>, OnnxProblem> shape;
};

struct OnnxModel {
    std::string name;
    std::string source;       ///< the file, as the user named it
    std::string source_hash;  ///< of its bytes
    int64_t opset = 0;
    std::vector<OnnxInput> inputs;  ///< initializers may be among them
    std::vector<OnnxTensor> initializers;
    std::vector<OnnxNode> nodes;
    std::vector<std::string> outputs;
};

/// The opsets that are read.
inline constexpr int64_t oldest_opset = 7, newest_opset = 28;

/// A file's model. Throws ImportError with every refusal of the file itself.
OnnxModel read_onnx(const std::filesystem::path &file);

/// The graph of a model. Throws ImportError with every refusal.
Graph build_graph(OnnxModel model);

}  // namespace ingot
