// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An ONNX model in plain structs: what import_onnx.cpp reads out of the file's messages, for build_graph.
#pragma once
#include "compiler/onnx/import_onnx.h"
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace ingot {

/// More dimensions are refused: no network has as many.
inline constexpr std::size_t max_rank = 32;

/// Why a part of a file cannot be used, with the way out: reported where the part is needed.
struct OnnxProblem {
    std::string text;
};

/// Elements that lie in a file beside the model's, little-endian.
struct OnnxExternal {
    std::string location;           ///< path relative to the model's folder
    int64_t offset = 0;             ///< in bytes
    std::optional<int64_t> length;  ///< in bytes; none: to the end of the file
};

/// A constant.
struct OnnxTensor {
    std::string name;
    DataType type = DataType::f32;  ///< as it is stored; a Value of int32 counts as int64
    std::vector<int64_t> shape;     ///< extents above 0, except that a list may be empty: [0]
    std::variant<std::vector<float>, OnnxExternal, OnnxProblem> data;  ///< as in Value::constant
};

/// The type of a Value of elements that are stored as `stored`.
constexpr DataType value_type(DataType stored) {
    return stored == DataType::i32 ? DataType::i64 : stored;
}

/// ONNX's name of a type, e.g. `FLOAT`, `INT64`.
std::string_view onnx_type_name(DataType type);
/// The inverse; none where no Value has this type.
std::optional<DataType> read_onnx_type(std::string_view name);

/// Elements of this type, little-endian, one behind the other.
std::vector<float> decode_elements(DataType type, std::string_view bytes);

/// Bytes of an element of a type of floats that are read as float32, `DOUBLE`, `FLOAT16` or `BFLOAT16`; 0 of
/// others.
std::size_t other_float_bytes(std::string_view name);
/// Such elements; a double is rounded.
std::vector<float> decode_other_floats(std::string_view name, std::string_view bytes);

struct OnnxSubgraph;

struct OnnxAttribute {
    std::string name;
    std::string type;  ///< as in the file, e.g. `INTS`
    std::variant<std::monostate, int64_t, float, std::string, std::vector<int64_t>, std::vector<float>, OnnxTensor,
                 std::shared_ptr<OnnxSubgraph>>
        value;  ///< monostate: of a type that no supported operator has
};

struct OnnxNode {
    Origin origin;
    std::string domain;
    std::vector<std::string> inputs, outputs;  ///< empty: left out
    std::vector<OnnxAttribute> attributes;
};

/// A branch of a node: its nodes also read the names of the graph around it.
struct OnnxSubgraph {
    std::vector<OnnxTensor> initializers;
    std::vector<OnnxNode> nodes;
    std::vector<std::string> outputs;
};

/// A dimension of an input; -1 is one that the file leaves open, perhaps under a name.
struct OnnxDimension {
    int64_t extent = -1;
    std::string symbol;
};

struct OnnxTensorType {
    DataType type = DataType::f32;
    std::optional<std::vector<OnnxDimension>> dimensions;  ///< none: not even the rank is known
};

struct OnnxInput {
    std::string name;
    std::variant<OnnxTensorType, OnnxProblem> type;
};

struct OnnxModel {
    std::string name;
    std::string source;                           ///< the file, as the user named it
    std::string source_hash;                      ///< of its bytes
    std::optional<std::filesystem::path> folder;  ///< of external data; none for a model from memory
    int64_t opset = 0;
    std::vector<OnnxInput> inputs;  ///< initializers may be among them
    std::vector<OnnxTensor> initializers;
    std::vector<OnnxNode> nodes;
    std::vector<std::string> outputs;
    std::unordered_map<std::string, std::vector<int64_t>> declared_shapes;  ///< of results, where the file has them
};

/// The opsets that are read.
inline constexpr int64_t oldest_opset = 1, newest_opset = 28;

/// A file's model. Throws ImportError with every refusal of the file itself.
OnnxModel read_onnx(const std::filesystem::path &file);

/// The graph of a model. Throws ImportError with every refusal.
Graph build_graph(OnnxModel model, const ImportOptions &options);

}  // namespace ingot
