// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes small ONNX files for the importer's tests.
#pragma once
#include "compiler/onnx/import_onnx.h"
#include <cstdint>
#include <onnx/onnx.pb.h>
#include <string>
#include <vector>

namespace ingot::test {

inline void set(onnx::TensorProto &tensor, const std::string &name, const std::vector<int64_t> &shape,
                const std::vector<float> &data) {
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.mutable_dims()->Assign(shape.begin(), shape.end());
    tensor.mutable_float_data()->Assign(data.begin(), data.end());
}

inline void set(onnx::TensorProto &tensor, const std::string &name, const std::vector<int64_t> &data) {
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_dims(static_cast<int64_t>(data.size()));
    tensor.mutable_int64_data()->Assign(data.begin(), data.end());
}

/// A node that is being written; the setters add attributes.
class NodeWriter {
public:
    explicit NodeWriter(onnx::NodeProto &written) : node(written) {}
    onnx::NodeProto &node;

    onnx::AttributeProto &attribute(const std::string &name, onnx::AttributeProto::AttributeType type) {
        onnx::AttributeProto &added = *node.add_attribute();
        added.set_name(name);
        added.set_type(type);
        return added;
    }
    NodeWriter &integer(const std::string &name, int64_t value) {
        attribute(name, onnx::AttributeProto::INT).set_i(value);
        return *this;
    }
    NodeWriter &number(const std::string &name, float value) {
        attribute(name, onnx::AttributeProto::FLOAT).set_f(value);
        return *this;
    }
    NodeWriter &text(const std::string &name, const std::string &value) {
        attribute(name, onnx::AttributeProto::STRING).set_s(value);
        return *this;
    }
    NodeWriter &integers(const std::string &name, const std::vector<int64_t> &values) {
        attribute(name, onnx::AttributeProto::INTS).mutable_ints()->Assign(values.begin(), values.end());
        return *this;
    }
    NodeWriter &numbers(const std::string &name, const std::vector<float> &values) {
        attribute(name, onnx::AttributeProto::FLOATS).mutable_floats()->Assign(values.begin(), values.end());
        return *this;
    }
    NodeWriter &tensor(const std::string &name, const std::vector<int64_t> &shape, const std::vector<float> &data) {
        set(*attribute(name, onnx::AttributeProto::TENSOR).mutable_t(), "", shape, data);
        return *this;
    }
};

/// A model that is being written.
class ModelWriter {
public:
    explicit ModelWriter(int64_t opset = 17) {
        proto.set_ir_version(8);
        proto.add_opset_import()->set_version(opset);
        proto.mutable_graph()->set_name("net");
    }
    onnx::ModelProto proto;

    onnx::GraphProto &graph() { return *proto.mutable_graph(); }

    /// An extent of -1 is dynamic, with the name `n`.
    ModelWriter &input(const std::string &name, const std::vector<int64_t> &shape) {
        onnx::ValueInfoProto &added = *graph().add_input();
        added.set_name(name);
        onnx::TypeProto::Tensor &type = *added.mutable_type()->mutable_tensor_type();
        type.set_elem_type(onnx::TensorProto::FLOAT);
        type.mutable_shape();
        for (const int64_t extent : shape) {
            auto &dim = *type.mutable_shape()->add_dim();
            if (extent == -1) {
                dim.set_dim_param("n");
            } else {
                dim.set_dim_value(extent);
            }
        }
        return *this;
    }
    ModelWriter &output(const std::string &name) {
        graph().add_output()->set_name(name);
        return *this;
    }
    ModelWriter &floats(const std::string &name, const std::vector<int64_t> &shape,
                        const std::vector<float> &data) {
        set(*graph().add_initializer(), name, shape, data);
        return *this;
    }
    /// 1, 2, 3, …
    ModelWriter &counted(const std::string &name, const std::vector<int64_t> &shape) {
        std::vector<float> data(static_cast<std::size_t>(element_count(shape).value()));
        for (std::size_t i = 0; i < data.size(); ++i) {
            data[i] = static_cast<float>(i + 1);
        }
        return floats(name, shape, data);
    }
    ModelWriter &integers(const std::string &name, const std::vector<int64_t> &data) {
        set(*graph().add_initializer(), name, data);
        return *this;
    }
    /// A node named by its index: `n0`.
    NodeWriter node(const std::string &op, const std::vector<std::string> &inputs,
                    const std::vector<std::string> &outputs) {
        onnx::NodeProto &added = *graph().add_node();
        added.set_op_type(op);
        added.set_name("n" + std::to_string(graph().node_size() - 1));
        for (const std::string &name : inputs) {
            added.add_input(name);
        }
        for (const std::string &name : outputs) {
            added.add_output(name);
        }
        return NodeWriter(added);
    }
    [[nodiscard]] std::string bytes() const { return proto.SerializeAsString(); }
};

inline Graph import_bytes(const std::string &bytes) {
    return import_onnx(bytes, "net.onnx");
}

inline Graph import_model(const ModelWriter &model) {
    return import_bytes(model.bytes());
}

/// The diagnostics, without the folder of the file; none where `run` does not throw.
template<typename Run>
std::vector<std::string> diagnostics_of(Run run) {
    try {
        run();
    } catch (const ImportError &error) {
        std::vector<std::string> lines;
        for (const std::string &line : error.diagnostics) {
            lines.push_back(line.substr(line.substr(0, line.find(": error: ")).rfind('/') + 1));
        }
        return lines;
    }
    return {};
}

inline std::vector<std::string> refusals(const ModelWriter &model) {
    return diagnostics_of([&] { import_model(model); });
}

using Lines = std::vector<std::string>;

/// A refusal in a file `net.onnx`.
inline Lines line(const std::string &what) {
    return {"net.onnx: error: " + what};
}

/// A refusal of the first node, named `n0`.
inline Lines of_node(const std::string &op, const std::string &why, int64_t opset = 17) {
    return line(op + " 'n0' (node 0, opset " + std::to_string(opset) + "): " + why);
}

/// x -> Relu -> y, which imports.
inline ModelWriter good_model() {
    ModelWriter model;
    model.input("x", {1, 2}).output("y");
    model.node("Relu", {"x"}, {"y"});
    return model;
}

}  // namespace ingot::test
