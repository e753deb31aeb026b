// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/builder.h"
#include "compiler/onnx/import_onnx.h"
#include "compiler/onnx/inputs.h"
#include <algorithm>
#include <utility>

namespace ingot {

namespace {

const OnnxOperator &find_operator(const OnnxNode &node) {
    if (!node.domain.empty() && node.domain != "ai.onnx") {
        throw Refusal{"domain " + quote(node.domain) + " is not supported; use operators of the domain ai.onnx"};
    }
    for (const OnnxOperator &known : onnx_operators()) {
        if (known.name == node.origin.onnx_op) {
            return known;
        }
    }
    throw Refusal{"the operator is not supported; use those that ingot list ops names"};
}

std::string count_text(std::size_t least, std::size_t most) {
    return least == most ? std::to_string(least) : std::to_string(least) + " to " + std::to_string(most);
}

}  // namespace

OnnxBuilder::OnnxBuilder(OnnxModel model, const ImportOptions &options)
    : model_(std::move(model)), options_(options), files_(model_.folder) {
    graph_.name = model_.name;
    graph_.source = model_.source;
    graph_.source_hash = model_.source_hash;
}

Graph OnnxBuilder::build() {
    collect_names(model_.nodes);
    read_names_.insert(model_.outputs.begin(), model_.outputs.end());
    define_initializers(model_.initializers);
    define_inputs();
    convert_nodes(model_.nodes);
    define_outputs();
    if (!diagnostics_.empty()) {
        throw ImportError(std::move(diagnostics_));
    }
    std::erase_if(graph_.nodes, [&](const Node &node) { return graph_.value(node.output).constant.has_value(); });
    drop_unused(graph_);
    verify(graph_);
    return std::move(graph_);
}

void OnnxBuilder::refuse(const std::string &what) {
    std::string line = model_.source + ": error: " + what;
    // All that read a constant which takes too long to compute find the same fault.
    if (reported_.insert(line).second) {
        diagnostics_.push_back(std::move(line));
    }
}

void OnnxBuilder::collect_names(const std::vector<OnnxNode> &nodes) {
    for (const OnnxNode &node : nodes) {
        computed_names_.insert(node.outputs.begin(), node.outputs.end());
        read_names_.insert(node.inputs.begin(), node.inputs.end());
        for (const OnnxAttribute &attribute : node.attributes) {
            if (const auto *graph = std::get_if<std::shared_ptr<OnnxSubgraph>>(&attribute.value)) {
                collect_names((*graph)->nodes);
                read_names_.insert((*graph)->outputs.begin(), (*graph)->outputs.end());
            }
        }
    }
}

void OnnxBuilder::define_initializers(std::vector<OnnxTensor> &tensors) {
    for (OnnxTensor &tensor : tensors) {
        if (tensor.name.empty() || !meanings_.emplace(tensor.name, &tensor).second) {
            refuse("initializer " + quote(tensor.name) +
                   ": the name is empty or given twice; export the model again");
        }
    }
}

void OnnxBuilder::define_inputs() {
    std::vector<const OnnxInput *> inputs;
    std::unordered_set<std::string> names;
    for (const OnnxInput &input : model_.inputs) {
        if (input.name.empty() || !names.insert(input.name).second) {
            refuse("input " + quote(input.name) + ": the name is empty or given twice; export the model again");
        } else if (!meanings_.contains(input.name)) {  // not an initializer, which IR 3 lists as an input too
            inputs.push_back(&input);
        }
    }
    for (const OnnxProblem &problem : unknown_shapes(inputs, options_)) {
        refuse(problem.text);
    }
    for (const OnnxInput *input : inputs) {
        const auto asked = options_.shapes.find(input->name);
        auto shape = resolve_shape(*input, asked == options_.shapes.end() ? nullptr : &asked->second);
        if (const auto *problem = std::get_if<OnnxProblem>(&shape)) {
            refuse("input " + quote(input->name) + ": " + problem->text);
            meanings_.emplace(input->name, Unknown{});
            continue;
        }
        const DataType type = std::get<OnnxTensorType>(input->type).type;
        const ValueId id =
            add_value({input->name, type, std::get<std::vector<int64_t>>(std::move(shape)), std::nullopt}, true);
        graph_.inputs.push_back(id);
        meanings_.emplace(input->name, id);
    }
}

void OnnxBuilder::convert_nodes(const std::vector<OnnxNode> &nodes) {
    for (const OnnxNode &node : nodes) {
        try {
            convert_node(node);
        } catch (const Refusal &refusal) {
            refuse(to_text(node.origin) + ": " + refusal.reason);
        } catch (const Error &error) {
            refuse(error.what());
        } catch (const FollowUp &) {  // its cause is reported already
        }
        for (const std::string &name : node.outputs) {
            meanings_.try_emplace(name, Unknown{});
        }
    }
}

void OnnxBuilder::inline_graph(OnnxSubgraph &graph) {
    const OnnxNode &outer = *node_;
    if (graph.outputs.size() != outer.outputs.size()) {
        throw Refusal{"its branch has " + std::to_string(graph.outputs.size()) + " outputs, not " +
                      std::to_string(outer.outputs.size()) + "; export the model again"};
    }
    define_initializers(graph.initializers);
    convert_nodes(graph.nodes);
    node_ = &outer;
    std::vector<Meaning> results;
    for (const std::string &name : graph.outputs) {
        const auto found = meanings_.find(name);
        if (found == meanings_.end()) {
            throw Refusal{"nothing computes the output " + quote(name) + " of its branch; export the model again"};
        }
        results.push_back(found->second);
    }
    // Another branch may have the same names, and so may the outputs of this node.
    for (const OnnxTensor &tensor : graph.initializers) {
        meanings_.erase(tensor.name);
    }
    for (const OnnxNode &node : graph.nodes) {
        for (const std::string &name : node.outputs) {
            meanings_.erase(name);
        }
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (const auto *id = std::get_if<ValueId>(&results[i])) {
            forward(*id, i);
        } else {
            define(i, results[i]);
        }
    }
}

void OnnxBuilder::convert_node(const OnnxNode &node) {
    const OnnxOperator &known = find_operator(node);
    check_names(node);
    if (node.inputs.size() > known.most_inputs) {
        throw Refusal{"it has " + std::to_string(node.inputs.size()) + " inputs, not " +
                      count_text(known.least_inputs, known.most_inputs) + "; export the model again"};
    }
    node_ = &node;
    for (std::size_t i = 0; i < known.least_inputs; ++i) {
        require_input(i);
    }
    if (node.outputs.empty() || node.outputs[0].empty() || node.outputs.size() > known.most_outputs) {
        throw Refusal{"it has no output 0, or more than " + std::to_string(known.most_outputs) +
                      "; export the model again"};
    }
    Attributes attributes(node);
    known.convert(*this, attributes);
    check_outputs(node);
}

void OnnxBuilder::check_outputs(const OnnxNode &node) const {
    for (std::size_t i = 1; i < node.outputs.size(); ++i) {
        const std::string &name = node.outputs[i];
        if (!name.empty() && !meanings_.contains(name) && read_names_.contains(name)) {
            throw Refusal{"output " + quote(name) + " is used, which is not supported; only output 0 is"};
        }
    }
}

void OnnxBuilder::check_names(const OnnxNode &node) const {
    for (const std::string &name : node.inputs) {
        if (name.empty() || meanings_.contains(name)) {
            continue;
        }
        if (computed_names_.contains(name)) {
            throw Refusal{"reads " + quote(name) +
                          ", which this node or a later one computes; sort the nodes so that "
                          "each follows those it reads"};
        }
        throw Refusal{"reads " + quote(name) + ", which nothing defines; export the model again"};
    }
    std::unordered_set<std::string> names;
    for (const std::string &name : node.outputs) {
        if (!name.empty() && (meanings_.contains(name) || !names.insert(name).second)) {
            throw Refusal{"defines " + quote(name) + " a second time; give every result a name of its own"};
        }
    }
}

void OnnxBuilder::define_outputs() {
    if (model_.outputs.empty()) {
        refuse("the model has no output; export the model again");
    }
    std::unordered_set<std::string> names;
    for (const std::string &name : model_.outputs) {
        const auto found = meanings_.find(name);
        if (found == meanings_.end() || name.empty()) {
            refuse("output " + quote(name) + ": nothing computes it; export the model again");
        } else if (!names.insert(name).second) {
            refuse("output " + quote(name) + " is listed twice; remove one of them");
        } else if (!std::holds_alternative<Unknown>(found->second)) {
            try {
                graph_.outputs.push_back(computed_output(name, found->second));
            } catch (const Refusal &refusal) {
                refuse(refusal.reason);
            }
        } else {
            INGOT_CHECK(!diagnostics_.empty(), "output " + quote(name) + " is lost");
        }
    }
}

ValueId OnnxBuilder::computed_output(const std::string &name, Meaning meaning) {
    const std::string what = "output " + quote(name);
    OnnxTensor **tensor = std::get_if<OnnxTensor *>(&meaning);
    const ValueId id = tensor != nullptr ? load(**tensor, what) : std::get<ValueId>(meaning);
    Value &value = graph_.value(id);
    if (is_empty(value)) {
        throw Refusal{what + " is empty, which is not supported; remove it from the outputs"};
    }
    if (!value.constant && producers_[static_cast<std::size_t>(id)] != no_node) {
        return id;
    }
    if (value.constant) {
        value.name += ".value";
    }
    const Origin copy{"Identity", name, static_cast<int>(model_.nodes.size()), model_.opset};
    const ValueId result = add_value({name, value.type, value.shape, std::nullopt}, true);
    graph_.nodes.push_back({Identity{}, {id}, result, copy});
    return result;
}

Graph build_graph(OnnxModel model, const ImportOptions &options) {
    return OnnxBuilder(std::move(model), options).build();
}

}  // namespace ingot
