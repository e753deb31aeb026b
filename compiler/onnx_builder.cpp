// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx_builder.h"
#include "compiler/import_onnx.h"
#include "compiler/passes/passes.h"
#include <algorithm>
#include <cmath>
#include <utility>

namespace ingot {

namespace {

const OnnxOperator &find_operator(const OnnxNode &node) {
    if (!node.domain.empty() && node.domain != "ai.onnx") {
        throw Refusal{"domain " + quote(node.domain) + " is not supported; use operators of the domain ai.onnx"};
    }
    std::string names;
    for (const OnnxOperator &known : onnx_operators()) {
        if (known.name == node.origin.onnx_op) {
            return known;
        }
        names += (names.empty() ? "" : ", ") + std::string(known.name);
    }
    throw Refusal{"operator not supported; supported: " + names};
}

std::string count_text(std::size_t least, std::size_t most) {
    return least == most ? std::to_string(least) : std::to_string(least) + " to " + std::to_string(most);
}

}  // namespace

OnnxBuilder::OnnxBuilder(OnnxModel model) : model_(std::move(model)) {
    graph_.name = model_.name;
    graph_.source = model_.source;
    graph_.source_hash = model_.source_hash;
}

Graph OnnxBuilder::build() {
    collect_names();
    define_inputs_and_initializers();
    convert_nodes();
    define_outputs();
    if (!diagnostics_.empty()) {
        throw ImportError(std::move(diagnostics_));
    }
    verify(graph_);
    return std::move(graph_);
}

void OnnxBuilder::refuse(const std::string &what) {
    std::string line = model_.source + ": error: " + what;
    // All that read a constant which takes too long to compute find the same fault.
    if (std::find(diagnostics_.begin(), diagnostics_.end(), line) == diagnostics_.end()) {
        diagnostics_.push_back(std::move(line));
    }
}

void OnnxBuilder::collect_names() {
    for (const OnnxNode &node : model_.nodes) {
        computed_names_.insert(node.outputs.begin(), node.outputs.end());
        read_names_.insert(node.inputs.begin(), node.inputs.end());
    }
    read_names_.insert(model_.outputs.begin(), model_.outputs.end());
}

void OnnxBuilder::define_inputs_and_initializers() {
    for (OnnxTensor &tensor : model_.initializers) {
        if (tensor.name.empty() || !meanings_.emplace(tensor.name, &tensor).second) {
            refuse("initializer " + quote(tensor.name) +
                   ": the name is empty or given twice; export the model again");
        }
    }
    std::unordered_set<std::string> names;
    for (const OnnxInput &input : model_.inputs) {
        if (input.name.empty() || !names.insert(input.name).second) {
            refuse("input " + quote(input.name) + ": the name is empty or given twice; export the model again");
            continue;
        }
        if (meanings_.contains(input.name)) {  // an initializer, which IR versions below 4 list as an input too
            continue;
        }
        if (const auto *problem = std::get_if<OnnxProblem>(&input.shape)) {
            refuse("input " + quote(input.name) + ": " + problem->text);
            meanings_.emplace(input.name, Unknown{});
            continue;
        }
        const ValueId id = graph_.add_value(
            {input.name, DataType::f32, std::get<std::vector<int64_t>>(input.shape), std::nullopt});
        graph_.inputs.push_back(id);
        meanings_.emplace(input.name, id);
    }
}

void OnnxBuilder::convert_nodes() {
    for (const OnnxNode &node : model_.nodes) {
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

void OnnxBuilder::convert_node(const OnnxNode &node) {
    const OnnxOperator &known = find_operator(node);
    check_names(node);
    if (node.inputs.size() > known.most_inputs) {
        throw Refusal{"it has " + std::to_string(node.inputs.size()) + " inputs, not " +
                      count_text(known.least_inputs, known.most_inputs) + "; export the model again"};
    }
    node_ = &node;
    for (std::size_t i = 0; i < known.least_inputs; ++i) {
        if (!has_input(i)) {
            throw Refusal{"input " + std::to_string(i) + " is missing; export the model again"};
        }
    }
    if (node.outputs.empty() || node.outputs[0].empty() || node.outputs.size() > known.most_outputs) {
        throw Refusal{"it has no output 0, or more than " + std::to_string(known.most_outputs) +
                      "; export the model again"};
    }
    for (std::size_t i = 1; i < node.outputs.size(); ++i) {
        if (!node.outputs[i].empty() && read_names_.contains(node.outputs[i])) {
            throw Refusal{"output " + quote(node.outputs[i]) +
                          " is used, which is not supported; only output 0 is"};
        }
    }
    Attributes attributes(node);
    known.convert(*this, attributes);
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

std::vector<bool> OnnxBuilder::values_that_depend_on_inputs() const {
    std::vector<bool> depends(graph_.values.size(), false);
    for (const ValueId id : graph_.inputs) {
        depends[static_cast<std::size_t>(id)] = true;
    }
    for (const Node &node : graph_.nodes) {
        depends[static_cast<std::size_t>(node.output)] =
            std::any_of(node.inputs.begin(), node.inputs.end(),
                        [&](ValueId id) { return depends[static_cast<std::size_t>(id)]; });
    }
    return depends;
}

void OnnxBuilder::define_outputs() {
    const std::vector<bool> depends = values_that_depend_on_inputs();
    if (model_.outputs.empty()) {
        refuse("the model has no output; export the model again");
    }
    for (const std::string &name : model_.outputs) {
        const auto found = meanings_.find(name);
        if (found == meanings_.end() || name.empty()) {
            refuse("output " + quote(name) + ": nothing computes it; export the model again");
            continue;
        }
        if (std::holds_alternative<Unknown>(found->second)) {
            continue;
        }
        const ValueId *id = std::get_if<ValueId>(&found->second);
        if (id == nullptr || !depends[static_cast<std::size_t>(*id)]) {
            refuse("output " + quote(name) + " does not depend on an input; remove it from the outputs");
        } else if (graph_.producer(*id) == nullptr) {
            refuse("output " + quote(name) + " is an input as well; remove it from the outputs");
        } else if (graph_.is_output(*id)) {
            refuse("output " + quote(name) + " is listed twice; remove one of them");
        } else {
            graph_.outputs.push_back(*id);
        }
    }
}

bool OnnxBuilder::has_input(std::size_t index) const {
    return index < node_->inputs.size() && !node_->inputs[index].empty();
}

std::string OnnxBuilder::describe_input(std::size_t index, std::string_view role) const {
    return std::string(role) + " " + quote(node_->inputs[index]);
}

OnnxBuilder::Meaning OnnxBuilder::meaning_of_input(std::size_t index) const {
    const Meaning meaning = meanings_.at(node_->inputs[index]);
    if (std::holds_alternative<Unknown>(meaning)) {
        throw FollowUp{};
    }
    return meaning;
}

ValueId OnnxBuilder::load(OnnxTensor &tensor, const std::string &what) {
    if (const auto found = loaded_.find(&tensor); found != loaded_.end()) {
        return found->second;
    }
    if (const auto *problem = std::get_if<OnnxProblem>(&tensor.data)) {
        throw Refusal{what + " " + problem->text};
    }
    auto *data = std::get_if<std::vector<float>>(&tensor.data);
    if (data == nullptr) {
        throw Refusal{what + " has type " + tensor.type +
                      ", only float32 is supported; export the model in float32"};
    }
    if (!std::all_of(data->begin(), data->end(), [](float element) { return std::isfinite(element); })) {
        throw Refusal{what + " holds NaN or infinity, which is not supported; train or export the model again"};
    }
    const ValueId id = add_constant(tensor.name, tensor.shape, std::move(*data));
    loaded_.emplace(&tensor, id);
    return id;
}

ValueId OnnxBuilder::input(std::size_t index, std::string_view role) {
    const Meaning meaning = meaning_of_input(index);
    if (const auto *id = std::get_if<ValueId>(&meaning)) {
        return *id;
    }
    return load(*std::get<OnnxTensor *>(meaning), describe_input(index, role));
}

ValueId OnnxBuilder::constant_input(std::size_t index, std::string_view role) {
    const ValueId id = input(index, role);
    if (!is_constant(id)) {
        throw Refusal{describe_input(index, role) + " is computed at run time, which is not supported; make it an "
                                                    "initializer"};
    }
    return id;
}

bool OnnxBuilder::is_constant(ValueId id) {
    if (!graph_.value(id).constant) {
        fold_constants(graph_);
    }
    return graph_.value(id).constant.has_value();
}

const std::vector<int64_t> &OnnxBuilder::integer_input(std::size_t index, std::string_view role) {
    const Meaning meaning = meaning_of_input(index);
    const std::string what = describe_input(index, role);
    if (std::holds_alternative<ValueId>(meaning)) {
        throw Refusal{what +
                      " is computed at run time or no integer, which is not supported; make it an initializer"};
    }
    const OnnxTensor &tensor = *std::get<OnnxTensor *>(meaning);
    if (const auto *problem = std::get_if<OnnxProblem>(&tensor.data)) {
        throw Refusal{what + " " + problem->text};
    }
    const auto *data = std::get_if<std::vector<int64_t>>(&tensor.data);
    if (data == nullptr) {
        throw Refusal{what + " has type " + tensor.type + ", not an integer type; export the model again"};
    }
    return *data;
}

ValueId OnnxBuilder::add_constant(const std::string &name, std::vector<int64_t> shape, std::vector<float> data) {
    return graph_.add_value({name, DataType::f32, std::move(shape), std::move(data)});
}

ValueId OnnxBuilder::add_node(Operation operation, std::vector<ValueId> inputs, std::vector<int64_t> shape,
                              const std::string &name) {
    Node node{std::move(operation), std::move(inputs), -1, node_->origin};
    node.output = graph_.add_value({name, DataType::f32, std::move(shape), std::nullopt});
    graph_.value(node.output).shape = infer_shape(graph_, node);
    graph_.value(node.output).type = infer_type(graph_, node);
    graph_.nodes.push_back(std::move(node));
    return graph_.nodes.back().output;
}

ValueId OnnxBuilder::add_helper(Operation operation, std::vector<ValueId> inputs, std::vector<int64_t> shape,
                                const std::string &name) {
    return add_node(std::move(operation), std::move(inputs), std::move(shape), name);
}

ValueId OnnxBuilder::add_result(Operation operation, std::vector<ValueId> inputs, std::vector<int64_t> shape) {
    const std::string &name = node_->outputs[0];
    const ValueId id = add_node(std::move(operation), std::move(inputs), std::move(shape), name);
    meanings_.emplace(name, id);
    return id;
}

void OnnxBuilder::define_result(OnnxTensor tensor) {
    results_.push_back(std::make_unique<OnnxTensor>(std::move(tensor)));
    meanings_.emplace(node_->outputs[0], results_.back().get());
}

void OnnxBuilder::forward_first_input() {
    const Meaning meaning = meaning_of_input(0);
    if (const auto *id = std::get_if<ValueId>(&meaning)) {
        add_result(Identity{}, {*id});
    } else {
        meanings_.emplace(node_->outputs[0], meaning);
    }
}

Graph build_graph(OnnxModel model) {
    return OnnxBuilder(std::move(model)).build();
}

}  // namespace ingot
