// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/graph.h"
#include "spec/error.h"
#include "spec/text.h"
#include <algorithm>
#include <cstdio>
#include <sstream>
#include <utility>

namespace ingot {

namespace {

std::string epilogue_text(const std::vector<Call> &epilogue) {
    std::string text;
    for (const Call &step : epilogue) {
        text += (text.empty() ? " epilogue=" : ",") + to_text(step);
    }
    return text;
}

/// A node's attributes, each with a blank before it.
struct AttributeText {
    std::string operator()(const Conv2d &op) const {
        std::string text = " " + to_text(op.window);
        if (op.groups != 1) {
            text += " g=" + std::to_string(op.groups);
        }
        text += epilogue_text(op.epilogue);
        return op.pool ? text + " " + to_text(*op.pool, "p") : text;
    }
    std::string operator()(const Pool2d &op) const {
        const std::string mode = op.mode == PoolMode::max ? "" : " mode=" + std::string(to_text(op.mode));
        return " " + to_text(op.window) + mode + epilogue_text(op.epilogue);
    }
    std::string operator()(const Gemm &op) const { return epilogue_text(op.epilogue); }
    std::string operator()(const Relu &) const { return {}; }
    std::string operator()(const Reshape &) const { return {}; }
    std::string operator()(const Identity &) const { return {}; }
    std::string operator()(const Map &op) const { return " f=" + to_text(op.expression); }
    std::string operator()(const Reduce &op) const {
        return " r=" + std::string(to_text(op.reduction)) + " axes=" + shape_to_text(op.axes) +
               (op.keepdims ? "" : " keepdims=0") + " f=" + to_text(op.expression);
    }
    std::string operator()(const MatMul &) const { return {}; }
    std::string operator()(const Transpose &op) const { return " perm=" + shape_to_text(op.perm); }
    std::string operator()(const Slice &op) const {
        return " starts=" + shape_to_text(op.starts) + " steps=" + shape_to_text(op.steps);
    }
    std::string operator()(const Expand &) const { return {}; }
    std::string operator()(const Concat &op) const { return " axis=" + std::to_string(op.axis); }
    std::string operator()(const Pad &op) const {
        return " before=" + shape_to_text(op.before) + " after=" + shape_to_text(op.after) +
               " value=" + print_float(op.value);
    }
    std::string operator()(const Resample &op) const {
        return " axis=" + std::to_string(op.axis) + " taps=" + std::to_string(op.taps);
    }
};

struct OperationName {
    std::string operator()(const Conv2d &op) const { return op.pool ? "conv2d_pool2d" : "conv2d"; }
    std::string operator()(const Pool2d &) const { return "pool2d"; }
    std::string operator()(const Gemm &) const { return "gemm"; }
    std::string operator()(const Relu &) const { return "relu"; }
    std::string operator()(const Reshape &) const { return "reshape"; }
    std::string operator()(const Identity &) const { return "identity"; }
    std::string operator()(const Map &) const { return "map"; }
    std::string operator()(const Reduce &) const { return "reduce"; }
    std::string operator()(const MatMul &) const { return "matmul"; }
    std::string operator()(const Transpose &) const { return "transpose"; }
    std::string operator()(const Slice &) const { return "slice"; }
    std::string operator()(const Expand &) const { return "expand"; }
    std::string operator()(const Concat &) const { return "concat"; }
    std::string operator()(const Pad &) const { return "pad"; }
    std::string operator()(const Resample &) const { return "resample"; }
};

/// What defines a value, as verify walks the graph in order.
class Definitions {
public:
    explicit Definitions(const Graph &graph) : graph_(graph), defined_(graph.values.size(), false) {}

    void define(ValueId id, const char *what) {
        check_id(id);
        INGOT_CHECK(!is_defined(id), std::string(what) + " " + quote(graph_.value(id).name) + " is defined twice");
        defined_[static_cast<std::size_t>(id)] = true;
    }
    void check_id(ValueId id) const {
        INGOT_CHECK(id >= 0 && static_cast<std::size_t>(id) < defined_.size(), "a value that does not exist");
    }
    [[nodiscard]] bool is_defined(ValueId id) const { return defined_[static_cast<std::size_t>(id)]; }

private:
    const Graph &graph_;
    std::vector<bool> defined_;
};

void verify_shape(const Graph &graph, const Node &node) {
    try {
        const std::vector<int64_t> shape = infer_shape(graph, node);
        INGOT_CHECK(shape == graph.value(node.output).shape, to_text(node.origin) + ": computes " +
                                                                 shape_to_text(shape) + ", its value says " +
                                                                 shape_to_text(graph.value(node.output).shape));
        const DataType type = infer_type(graph, node);
        INGOT_CHECK(type == graph.value(node.output).type, to_text(node.origin) + ": computes " +
                                                               std::string(to_text(type)) + ", its value says " +
                                                               std::string(to_text(graph.value(node.output).type)));
    } catch (const Error &error) {
        report_internal_error(__FILE__, __LINE__, error.what());
    }
}

}  // namespace

bool reduces_to_index(const Reduce &reduce) {
    return reduce.reduction == Reduction::arg_max || reduce.reduction == Reduction::arg_max_last ||
           reduce.reduction == Reduction::arg_min || reduce.reduction == Reduction::arg_min_last;
}

std::optional<int64_t> element_count(const std::vector<int64_t> &shape) {
    int64_t count = 1;
    for (const int64_t extent : shape) {
        if (extent < 1 || extent > max_elements / count) {
            return std::nullopt;
        }
        count *= extent;
    }
    return count;
}

int64_t Value::size() const {
    const std::optional<int64_t> count = element_count(shape);
    INGOT_CHECK(count.has_value(), "value " + quote(name) + " has shape " + shape_to_text(shape));
    return *count;
}

std::string operation_name(const Operation &operation) {
    return std::visit(OperationName{}, operation);
}

std::string printable(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c >= ' ' && c <= '~') {
            result += c;
        } else {
            char escaped[5];
            std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
            result += escaped;
        }
    }
    return result;
}

std::string quote(std::string_view text) {
    return "'" + printable(text) + "'";
}

std::string to_text(const Extent2 &extent) {
    return std::to_string(extent.h) + "x" + std::to_string(extent.w);
}

std::string to_text(const Window &window, const std::string &prefix) {
    std::string text = prefix + "k=" + to_text(window.kernel) + " " + prefix + "s=" + to_text(window.stride) + " " +
                       prefix + "p=" + to_text(window.pad);
    return window.dilation == Extent2{} ? text : text + " " + prefix + "d=" + to_text(window.dilation);
}

std::string shape_to_text(const std::vector<int64_t> &shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        text += (i == 0 ? "" : ",") + std::to_string(shape[i]);
    }
    return text + "]";
}

std::string to_text(const Origin &origin) {
    return printable(origin.onnx_op) + " " + quote(origin.name) + " (node " + std::to_string(origin.index) +
           ", opset " + std::to_string(origin.opset) + ")";
}

ValueId Graph::add_value(Value value) {
    values.push_back(std::move(value));
    return static_cast<ValueId>(values.size()) - 1;
}

const Node *Graph::producer(ValueId id) const {
    const auto found =
        std::find_if(nodes.begin(), nodes.end(), [id](const Node &node) { return node.output == id; });
    return found == nodes.end() ? nullptr : &*found;
}

Node *Graph::producer(ValueId id) {
    return const_cast<Node *>(std::as_const(*this).producer(id));
}

std::vector<std::size_t> Graph::consumers(ValueId id) const {
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const std::vector<ValueId> &read = nodes[i].inputs;
        if (std::find(read.begin(), read.end(), id) != read.end()) {
            result.push_back(i);
        }
    }
    return result;
}

bool Graph::is_output(ValueId id) const {
    return std::find(outputs.begin(), outputs.end(), id) != outputs.end();
}

void Graph::replace_uses(ValueId from, ValueId to) {
    for (Node &node : nodes) {
        std::replace(node.inputs.begin(), node.inputs.end(), from, to);
    }
    std::replace(outputs.begin(), outputs.end(), from, to);
}

bool Graph::has_one_use(ValueId id) const {
    std::ptrdiff_t uses = 0;
    for (const Node &node : nodes) {
        uses += std::count(node.inputs.begin(), node.inputs.end(), id);
    }
    return uses == 1 && !is_output(id);
}

void drop_unused(Graph &graph) {
    std::vector<bool> needed(graph.values.size(), false);
    const auto need = [&](const std::vector<ValueId> &ids) {
        for (const ValueId id : ids) {
            needed[static_cast<std::size_t>(id)] = true;
        }
    };
    need(graph.inputs);
    need(graph.outputs);
    for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
        if (needed[static_cast<std::size_t>(node->output)]) {
            need(node->inputs);
        }
    }
    std::erase_if(graph.nodes, [&](const Node &node) { return !needed[static_cast<std::size_t>(node.output)]; });

    std::vector<ValueId> new_ids(graph.values.size(), -1);
    std::vector<Value> kept;
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
        if (needed[i]) {
            new_ids[i] = static_cast<ValueId>(kept.size());
            kept.push_back(std::move(graph.values[i]));
        }
    }
    graph.values = std::move(kept);
    const auto renumber = [&](ValueId &id) { id = new_ids[static_cast<std::size_t>(id)]; };
    std::for_each(graph.inputs.begin(), graph.inputs.end(), renumber);
    std::for_each(graph.outputs.begin(), graph.outputs.end(), renumber);
    for (Node &node : graph.nodes) {
        std::for_each(node.inputs.begin(), node.inputs.end(), renumber);
        renumber(node.output);
    }
}

void verify(const Graph &graph) {
    Definitions definitions(graph);
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
        const Value &value = graph.values[i];
        if (value.constant) {
            INGOT_CHECK(static_cast<int64_t>(value.constant->size()) == value.size(),
                        "constant " + quote(value.name) + " is not of its shape's size");
            definitions.define(static_cast<ValueId>(i), "constant");
        }
    }
    for (const ValueId id : graph.inputs) {
        definitions.define(id, "input");
    }
    for (const Node &node : graph.nodes) {
        for (const ValueId id : node.inputs) {
            definitions.check_id(id);
            INGOT_CHECK(definitions.is_defined(id), to_text(node.origin) + ": reads " +
                                                        quote(graph.value(id).name) +
                                                        ", which nothing before it defines");
        }
        definitions.define(node.output, "result");
        verify_shape(graph, node);
    }
    for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
        const ValueId id = graph.outputs[i];
        definitions.check_id(id);
        INGOT_CHECK(graph.producer(id) != nullptr, "output " + quote(graph.value(id).name) + " is not computed");
        INGOT_CHECK(std::count(graph.outputs.begin(), graph.outputs.end(), id) == 1,
                    "output " + quote(graph.value(id).name) + " is listed twice");
    }
}

std::string to_text(const Graph &graph) {
    std::ostringstream text;
    text << "graph " << quote(graph.name) << "\n";
    const auto line = [&](ValueId id) -> std::ostream & {
        return text << printable(graph.value(id).name) << " " << shape_to_text(graph.value(id).shape) << " = ";
    };
    for (const ValueId id : graph.inputs) {
        line(id) << "input\n";
    }
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
        if (graph.values[i].constant) {
            line(static_cast<ValueId>(i)) << "constant\n";
        }
    }
    for (const Node &node : graph.nodes) {
        line(node.output) << operation_name(node.operation) << std::visit(AttributeText{}, node.operation) << " (";
        for (std::size_t i = 0; i < node.inputs.size(); ++i) {
            text << (i == 0 ? "" : ", ") << printable(graph.value(node.inputs[i]).name);
        }
        text << ")\n";
    }
    for (const ValueId id : graph.outputs) {
        text << "output " << printable(graph.value(id).name) << "\n";
    }
    return text.str();
}

}  // namespace ingot
