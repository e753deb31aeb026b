// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads the protobuf messages of an ONNX file into an OnnxModel. The only file that knows the generated classes.
#include "compiler/onnx/import_onnx.h"
#include "compiler/onnx/model.h"
#include "generators/hash.h"
#include "spec/text.h"
#include <cerrno>
#include <climits>
#include <fstream>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/stubs/logging.h>
#include <iterator>
#include <limits>
#include <onnx/onnx.pb.h>
#include <system_error>
#include <utility>

namespace ingot {

namespace {

constexpr int64_t oldest_ir_version = 3;

constexpr std::string_view too_large = "larger than 2 GiB, which is more than protobuf reads; use a smaller model";

/// The refusals that concern a whole file.
class FileDiagnostics {
public:
    explicit FileDiagnostics(std::string source) : source_(std::move(source)) {}
    void add(const std::string &what) { lines_.push_back(source_ + ": error: " + what); }
    [[noreturn]] void fail(const std::string &what) {
        add(what);
        throw ImportError(std::move(lines_));
    }
    void throw_if_any() {
        if (!lines_.empty()) {
            throw ImportError(std::move(lines_));
        }
    }

private:
    std::string source_;
    std::vector<std::string> lines_;
};

std::string type_name(int type) {
    return onnx::TensorProto::DataType_IsValid(type)
               ? onnx::TensorProto::DataType_Name(static_cast<onnx::TensorProto::DataType>(type))
               : "number " + std::to_string(type);
}

OnnxProblem contradicts(const std::string &text) {
    return {text + "; export the model again"};
}

/// The elements of `raw_data`, or of the list of their type.
template<typename List>
decltype(OnnxTensor::data) read_elements(const onnx::TensorProto &tensor, DataType type, const List &list,
                                         int64_t count) {
    if (!tensor.has_raw_data()) {
        if (list.size() != count) {
            return contradicts("holds " + std::to_string(list.size()) + " elements, its shape needs " +
                               std::to_string(count));
        }
        std::vector<float> result;
        result.reserve(static_cast<std::size_t>(count));
        for (const auto element : list) {
            result.push_back(type == DataType::boolean ? static_cast<float>(element != 0)
                                                       : static_cast<float>(element));
        }
        return result;
    }
    const auto bytes = static_cast<std::size_t>(count * byte_size(type));
    if (!list.empty()) {
        return contradicts("holds its data twice");
    }
    if (tensor.raw_data().size() != bytes) {
        return contradicts("holds " + std::to_string(tensor.raw_data().size()) + " bytes, its shape needs " +
                           std::to_string(bytes));
    }
    return decode_elements(type, tensor.raw_data());
}

decltype(OnnxTensor::data) read_place(const onnx::TensorProto &tensor) {
    OnnxExternal place;
    const auto bytes_of = [](const std::string &text) {
        return read_int(text, 0, std::numeric_limits<int64_t>::max());
    };
    for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
        const std::string &key = entry.key(), &value = entry.value();
        if (key == "location") {
            place.location = value;
        } else if (key == "offset" || key == "length") {
            const std::optional<int64_t> bytes = bytes_of(value);
            if (!bytes) {
                return contradicts("is stored with " + key + " " + quote(value) + ", which is no number of bytes");
            }
            key == "offset" ? place.offset = *bytes : place.length.emplace(*bytes);
        }
    }
    return place;
}

/// The bytes of a list of elements, of which each holds a double or, in its lower half, a float of 16 bits.
std::string bytes_of_list(const onnx::TensorProto &tensor) {
    std::string bytes;
    const auto append = [&](auto element) {
        bytes.append(reinterpret_cast<const char *>(&element), sizeof element);
    };
    for (const double element : tensor.double_data()) {
        append(element);
    }
    for (const int32_t element : tensor.int32_data()) {
        append(static_cast<uint16_t>(element));
    }
    return bytes;
}

/// Elements of a type that other_float_bytes() knows.
decltype(OnnxTensor::data) read_other_floats(const onnx::TensorProto &tensor, const std::string &type,
                                             int64_t count) {
    const std::string bytes = tensor.has_raw_data() ? tensor.raw_data() : bytes_of_list(tensor);
    const auto needed = static_cast<std::size_t>(count) * other_float_bytes(type);
    if (bytes.size() != needed) {
        return contradicts("holds " + std::to_string(bytes.size()) + " bytes, its shape needs " +
                           std::to_string(needed));
    }
    return decode_other_floats(type, bytes);
}

decltype(OnnxTensor::data) read_data(const onnx::TensorProto &tensor, std::optional<DataType> type,
                                     const std::vector<int64_t> &shape) {
    if (tensor.has_segment()) {
        return OnnxProblem{"is stored in segments, which is not supported; save it in one piece"};
    }
    const bool is_external =
        tensor.data_location() != onnx::TensorProto::DEFAULT || tensor.external_data_size() != 0;
    const bool is_other_float = other_float_bytes(type_name(tensor.data_type())) != 0 && !is_external;
    if (!type && !is_other_float) {
        return OnnxProblem{"has type " + type_name(tensor.data_type()) +
                           ", only float32, int64, int32, uint8 and bool are supported; export the model in "
                           "float32"};
    }
    if (shape.size() > max_rank) {
        return OnnxProblem{"has " + std::to_string(shape.size()) +
                           " dimensions, which is not supported; use at most " + std::to_string(max_rank)};
    }
    const std::optional<int64_t> count = shape == std::vector<int64_t>{0} ? 0 : element_count(shape);
    if (!count) {
        return OnnxProblem{"has shape " + shape_to_text(shape) +
                           ", which is not supported; use extents above 0 and at most " +
                           std::to_string(max_elements) + " elements"};
    }
    if (is_external) {
        return read_place(tensor);
    }
    if (is_other_float) {
        return read_other_floats(tensor, type_name(tensor.data_type()), *count);
    }
    switch (*type) {
    case DataType::f32:
        return read_elements(tensor, *type, tensor.float_data(), *count);
    case DataType::i64:
        return read_elements(tensor, *type, tensor.int64_data(), *count);
    default:
        return read_elements(tensor, *type, tensor.int32_data(), *count);
    }
}

OnnxTensor read_tensor(const onnx::TensorProto &tensor) {
    const std::vector<int64_t> shape(tensor.dims().begin(), tensor.dims().end());
    const std::optional<DataType> type = read_onnx_type(type_name(tensor.data_type()));
    return {tensor.name(), type.value_or(DataType::f32), shape, read_data(tensor, type, shape)};
}

OnnxNode read_node(const onnx::NodeProto &node, int index, int64_t opset);

/// The nodes count as that with the number `index`, whose attribute the graph is.
OnnxSubgraph read_subgraph(const onnx::GraphProto &graph, int index, int64_t opset) {
    OnnxSubgraph result;
    for (const onnx::TensorProto &tensor : graph.initializer()) {
        result.initializers.push_back(read_tensor(tensor));
    }
    for (const onnx::NodeProto &node : graph.node()) {
        result.nodes.push_back(read_node(node, index, opset));
    }
    for (const onnx::ValueInfoProto &output : graph.output()) {
        result.outputs.push_back(output.name());
    }
    return result;
}

decltype(OnnxAttribute::value) read_attribute_value(const onnx::AttributeProto &attribute, int index,
                                                    int64_t opset) {
    switch (attribute.type()) {
    case onnx::AttributeProto::INT:
        return attribute.i();
    case onnx::AttributeProto::FLOAT:
        return attribute.f();
    case onnx::AttributeProto::STRING:
        return attribute.s();
    case onnx::AttributeProto::INTS:
        return std::vector<int64_t>(attribute.ints().begin(), attribute.ints().end());
    case onnx::AttributeProto::FLOATS:
        return std::vector<float>(attribute.floats().begin(), attribute.floats().end());
    case onnx::AttributeProto::TENSOR:
        return read_tensor(attribute.t());
    case onnx::AttributeProto::GRAPH:
        return std::make_shared<OnnxSubgraph>(read_subgraph(attribute.g(), index, opset));
    default:
        return std::monostate{};
    }
}

OnnxNode read_node(const onnx::NodeProto &node, int index, int64_t opset) {
    OnnxNode result;
    const bool unnamed = node.name().empty() && node.output_size() > 0;
    result.origin = {node.op_type(), unnamed ? node.output(0) : node.name(), index, opset};
    result.domain = node.domain();
    result.inputs.assign(node.input().begin(), node.input().end());
    result.outputs.assign(node.output().begin(), node.output().end());
    for (const onnx::AttributeProto &attribute : node.attribute()) {
        result.attributes.push_back({attribute.name(), onnx::AttributeProto::AttributeType_Name(attribute.type()),
                                     read_attribute_value(attribute, index, opset)});
    }
    return result;
}

decltype(OnnxInput::type) read_input_type(const onnx::TypeProto &proto) {
    if (!proto.has_tensor_type()) {
        return OnnxProblem{"it is no tensor, which is not supported; export the model with tensors as inputs"};
    }
    const onnx::TypeProto::Tensor &tensor = proto.tensor_type();
    const std::optional<DataType> type = read_onnx_type(type_name(tensor.elem_type()));
    if (!type) {
        return OnnxProblem{"type " + type_name(tensor.elem_type()) +
                           " is not supported, only float32, int64, int32, uint8 and bool; export the model with "
                           "float32 inputs"};
    }
    OnnxTensorType result{*type, std::nullopt};
    if (tensor.has_shape()) {
        result.dimensions.emplace();
        for (const auto &dim : tensor.shape().dim()) {
            result.dimensions->push_back({dim.has_dim_value() ? dim.dim_value() : -1, dim.dim_param()});
        }
    }
    return result;
}

/// Notes the shape of a value where the file fixes all of it.
void declare_shape(OnnxModel &model, const onnx::ValueInfoProto &value) {
    if (!value.type().has_tensor_type() || !value.type().tensor_type().has_shape()) {
        return;
    }
    std::vector<int64_t> shape;
    for (const auto &dim : value.type().tensor_type().shape().dim()) {
        shape.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
    }
    if (element_count(shape)) {
        model.declared_shapes.emplace(value.name(), std::move(shape));
    }
}

int64_t read_opset(const onnx::ModelProto &model, FileDiagnostics &diagnostics) {
    std::optional<int64_t> opset;
    for (const onnx::OperatorSetIdProto &import : model.opset_import()) {
        if (!import.domain().empty() && import.domain() != "ai.onnx") {
            continue;
        }
        if (opset && *opset != import.version()) {
            diagnostics.fail("opset " + std::to_string(*opset) + " and opset " + std::to_string(import.version()) +
                             " are both declared; export the model again");
        }
        opset = import.version();
    }
    if (!opset) {
        diagnostics.fail("no opset of the domain ai.onnx is declared; export the model again");
    }
    if (*opset < oldest_opset || *opset > newest_opset) {
        diagnostics.fail("opset " + std::to_string(*opset) + " is not supported, only " +
                         std::to_string(oldest_opset) + " to " + std::to_string(newest_opset) +
                         "; convert the model with onnx.version_converter");
    }
    return *opset;
}

/// Parts of a model that would change its meaning and are not supported.
void refuse_unsupported_parts(const onnx::ModelProto &model, FileDiagnostics &diagnostics) {
    for (const onnx::FunctionProto &function : model.functions()) {
        if (function.domain().empty() || function.domain() == "ai.onnx") {
            diagnostics.add("function " + quote(function.name()) +
                            " redefines an operator, which is not supported; inline it with onnx.inliner");
        }
    }
    for (const onnx::SparseTensorProto &tensor : model.graph().sparse_initializer()) {
        diagnostics.add("sparse initializer " + quote(tensor.values().name()) +
                        " is not supported; store it as a dense one");
    }
    diagnostics.throw_if_any();
}

OnnxModel read_model(const onnx::ModelProto &model, const std::string &source, std::string source_hash) {
    FileDiagnostics diagnostics(source);
    if (model.ir_version() < oldest_ir_version || model.ir_version() > onnx::IR_VERSION) {
        diagnostics.fail("ir_version " + std::to_string(model.ir_version()) + " is not supported, only " +
                         std::to_string(oldest_ir_version) + " to " + std::to_string(onnx::IR_VERSION) +
                         "; export the model with one of them");
    }
    OnnxModel result;
    result.source = source;
    result.source_hash = std::move(source_hash);
    result.name = model.graph().name();
    result.opset = read_opset(model, diagnostics);
    refuse_unsupported_parts(model, diagnostics);
    for (const onnx::ValueInfoProto &input : model.graph().input()) {
        result.inputs.push_back({input.name(), read_input_type(input.type())});
    }
    for (const onnx::TensorProto &tensor : model.graph().initializer()) {
        result.initializers.push_back(read_tensor(tensor));
    }
    for (int i = 0; i < model.graph().node_size(); ++i) {
        result.nodes.push_back(read_node(model.graph().node(i), i, result.opset));
    }
    for (const onnx::ValueInfoProto &output : model.graph().output()) {
        result.outputs.push_back(output.name());
        declare_shape(result, output);
    }
    for (const onnx::ValueInfoProto &value : model.graph().value_info()) {
        declare_shape(result, value);
    }
    return result;
}

/// Opens a regular file that protobuf can parse.
std::ifstream open_model(const std::filesystem::path &file, FileDiagnostics &diagnostics) {
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(file, error);
    if (!std::filesystem::exists(status)) {
        diagnostics.fail("cannot read it: " + (error ? error.message() : "No such file or directory") +
                         "; check the path");
    }
    if (!std::filesystem::is_regular_file(status)) {
        diagnostics.fail("not a file but a directory or device; name the .onnx file");
    }
    const std::uintmax_t bytes = std::filesystem::file_size(file, error);
    if (!error && bytes > INT_MAX) {
        diagnostics.fail(std::string(too_large));
    }
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        diagnostics.fail("cannot read it: " + std::generic_category().message(errno) + "; check its permissions");
    }
    return stream;
}

/// Parses a whole stream.
onnx::ModelProto parse_model(google::protobuf::io::ZeroCopyInputStream &input, FileDiagnostics &diagnostics) {
    const auto refuse = [&](const std::string &why) {
        diagnostics.fail("not an ONNX model (" + why + "); export with torch.onnx.export or check the file");
    };
    const google::protobuf::LogSilencer silencer;
    google::protobuf::io::CodedInputStream coded(&input);
    coded.SetTotalBytesLimit(INT_MAX);
    onnx::ModelProto model;
    const bool parsed = model.ParseFromCodedStream(&coded) && coded.ConsumedEntireMessage();
    if (coded.CurrentPosition() == 0) {
        refuse("the file is empty");
    }
    if (!parsed) {
        refuse("it is truncated or of another format");
    }
    if (!model.has_ir_version() || !model.has_graph()) {
        refuse(model.has_graph() ? "it has no ir_version" : "it has no graph");
    }
    return model;
}

/// Hashes a file from its beginning, wherever the stream stands.
std::string hash_file(std::ifstream &stream) {
    stream.clear();
    stream.seekg(0);
    return hash_text(std::string(std::istreambuf_iterator<char>(stream), {}));
}

std::string join_lines(const std::vector<std::string> &lines) {
    std::string text;
    for (const std::string &line : lines) {
        text += (text.empty() ? "" : "\n") + line;
    }
    return text;
}

}  // namespace

ImportError::ImportError(std::vector<std::string> lines)
    : Error(join_lines(lines)), diagnostics(std::move(lines)) {}

OnnxModel read_onnx(const std::filesystem::path &file) {
    const std::string source = file.string();
    FileDiagnostics diagnostics(source);
    std::ifstream stream = open_model(file, diagnostics);
    google::protobuf::io::IstreamInputStream input(&stream);
    const onnx::ModelProto model = parse_model(input, diagnostics);
    if (stream.bad()) {
        diagnostics.fail("cannot read it to its end; check the disk");
    }
    OnnxModel result = read_model(model, source, hash_file(stream));
    result.folder = file.parent_path();
    return result;
}

Graph import_onnx(const std::filesystem::path &file, const ImportOptions &options) {
    return build_graph(read_onnx(file), options);
}

Graph import_onnx(std::string_view bytes, const std::string &source, const ImportOptions &options) {
    FileDiagnostics diagnostics(source);
    if (bytes.size() > INT_MAX) {
        diagnostics.fail(std::string(too_large));
    }
    google::protobuf::io::ArrayInputStream input(bytes.data(), static_cast<int>(bytes.size()));
    return build_graph(read_model(parse_model(input, diagnostics), source, hash_text(bytes)), options);
}

}  // namespace ingot
