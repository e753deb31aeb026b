// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The values of an OnnxBuilder: inputs of a node, constants that are computed, what a node adds.
#include "compiler/onnx/builder.h"
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

namespace ingot {

namespace {

/// Integers from here on may be rounded, for a float has 24 bits; from the second on they stand for `to the end`.
constexpr float first_rounded = 1 << 24, first_saturated = float{1u << 31};

/// What folding an added node may cost at once; more is left until a constant is asked for, or to a pass.
constexpr double cheap = 1 << 16;

/// Operators for which an infinity is a bound or a mask, and those that only move it to such.
bool takes_bounds(std::string_view op) {
    constexpr std::array<std::string_view, 15> known = {"Add",     "Clip", "Concat", "ConstantOfShape", "Expand",
                                                        "Max",     "Min",  "Pad",    "Reshape",         "Slice",
                                                        "Squeeze", "Sub",  "Tile",   "Unsqueeze",       "Where"};
    return std::find(known.begin(), known.end(), op) != known.end();
}

/// Infinities of one element, or beside nothing but zeros, become the largest floats: no bound, and nothing behind
/// a softmax.
void bound_infinities(std::vector<float> &data) {
    const bool is_mask = data.size() == 1 || std::all_of(data.begin(), data.end(), [](float element) {
                             return element == 0.0f || std::isinf(element);
                         });
    for (float &element : data) {
        if (is_mask && std::isinf(element)) {
            element = std::copysign(std::numeric_limits<float>::max(), element);
        }
    }
}

}  // namespace

bool is_empty(const Value &value) {
    return value.constant && value.constant->empty();
}

bool OnnxBuilder::has_input(std::size_t index) const {
    return index < node_->inputs.size() && !node_->inputs[index].empty();
}

const std::vector<int64_t> *OnnxBuilder::declared_shape() const {
    const auto found = model_.declared_shapes.find(node_->outputs[0]);
    return found == model_.declared_shapes.end() ? nullptr : &found->second;
}

void OnnxBuilder::require_input(std::size_t index) const {
    if (!has_input(index)) {
        throw Refusal{"input " + std::to_string(index) + " is missing; export the model again"};
    }
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
    std::optional<std::string> place;  // tensors that are stored once are loaded once
    if (const auto *external = std::get_if<OnnxExternal>(&tensor.data)) {
        place = external->location + '\n' + std::to_string(external->offset) + ' ' +
                std::to_string(external->length.value_or(-1)) + std::string(to_text(tensor.type)) +
                shape_to_text(tensor.shape);
        if (const auto found = external_.find(*place); found != external_.end()) {
            return loaded_[&tensor] = found->second;
        }
        const int64_t count = element_count(tensor.shape).value_or(0);
        std::visit([&](auto &&read) { tensor.data = std::forward<decltype(read)>(read); },
                   files_.read(*external, tensor.type, count));
    }
    if (const auto *problem = std::get_if<OnnxProblem>(&tensor.data)) {
        throw Refusal{what + " " + problem->text};
    }
    auto &data = std::get<std::vector<float>>(tensor.data);
    if (node_ != nullptr && takes_bounds(node_->origin.onnx_op)) {
        bound_infinities(data);
    }
    if (!std::all_of(data.begin(), data.end(), [](float element) { return std::isfinite(element); })) {
        throw Refusal{what + " holds NaN or infinity, which is not supported; train or export the model again"};
    }
    const ValueId id = add_constant(tensor.name, tensor.shape, std::move(data), value_type(tensor.type));
    if (place) {
        external_.emplace(*place, id);
    }
    return loaded_[&tensor] = id;
}

ValueId OnnxBuilder::value_of_input(std::size_t index, std::string_view role) {
    const Meaning meaning = meaning_of_input(index);
    if (const auto *id = std::get_if<ValueId>(&meaning)) {
        return *id;
    }
    return load(*std::get<OnnxTensor *>(meaning), describe_input(index, role));
}

ValueId OnnxBuilder::input(std::size_t index, std::string_view role) {
    const ValueId id = value_of_input(index, role);
    if (is_empty(graph_.value(id))) {
        throw Refusal{describe_input(index, role) + " is empty, which is not supported; export the model again"};
    }
    return id;
}

bool OnnxBuilder::is_empty_list(std::size_t index) {
    return is_empty(graph_.value(value_of_input(index, "input")));
}

ValueId OnnxBuilder::constant_input(std::size_t index, std::string_view role) {
    const ValueId id = value_of_input(index, role);
    if (!is_constant(id)) {
        throw Refusal{describe_input(index, role) + " is computed at run time, which is not supported; make it an "
                                                    "initializer"};
    }
    return id;
}

bool OnnxBuilder::is_constant(ValueId id) {
    fold(id);
    return graph_.value(id).constant.has_value();
}

std::vector<int64_t> OnnxBuilder::integers(std::size_t index, std::string_view role, bool rounded) {
    const Value &list = value(constant_input(index, role));
    const std::string what = describe_input(index, role);
    if (list.type == DataType::f32) {
        throw Refusal{what + " has type FLOAT, not an integer type; export the model again"};
    }
    std::vector<int64_t> result;
    for (const float element : *list.constant) {
        const float magnitude = std::fabs(element);
        if (magnitude >= first_saturated) {
            result.push_back(element > 0 ? std::numeric_limits<int64_t>::max()
                                         : std::numeric_limits<int64_t>::min());
        } else if (magnitude < first_rounded || (rounded && magnitude < first_saturated)) {
            result.push_back(static_cast<int64_t>(element));
        } else {
            throw Refusal{what + " holds a value beyond 2^24, which is not supported; use a smaller model"};
        }
    }
    return result;
}

int64_t OnnxBuilder::integer(std::size_t index, std::string_view role) {
    const std::vector<int64_t> list = integers(index, role);
    if (list.size() != 1) {
        throw Refusal{describe_input(index, role) + " has " + std::to_string(list.size()) +
                      " elements, not 1; export the model again"};
    }
    return list[0];
}

std::vector<float> OnnxBuilder::numbers(std::size_t index, std::string_view role) {
    const Value &list = value(constant_input(index, role));
    if (list.type != DataType::f32) {
        throw Refusal{describe_input(index, role) + " has type " + std::string(onnx_type_name(list.type)) +
                      ", not FLOAT; export the model again"};
    }
    return *list.constant;
}

float OnnxBuilder::number(std::size_t index, std::string_view role) {
    const std::vector<float> &list = *value(constant_input(index, role)).constant;
    if (list.size() != 1 || !std::isfinite(list[0])) {
        throw Refusal{describe_input(index, role) + " is not one finite number; export the model again"};
    }
    return list[0];
}

void OnnxBuilder::fold(ValueId id) {
    if (graph_.value(id).constant || depends_on_inputs_[static_cast<std::size_t>(id)]) {
        return;
    }
    std::vector<ValueId> open{id};
    std::set<std::size_t> nodes;  // in their order: each after those that it reads
    while (!open.empty()) {
        const ValueId next = open.back();
        open.pop_back();
        if (!graph_.value(next).constant && nodes.insert(producers_[static_cast<std::size_t>(next)]).second) {
            const Node &node = graph_.nodes[producers_[static_cast<std::size_t>(next)]];
            open.insert(open.end(), node.inputs.begin(), node.inputs.end());
        }
    }
    for (const std::size_t index : nodes) {
        const Node &node = graph_.nodes[index];
        const double cost = folding_cost(graph_, node);
        if (cost > work_left_ || !budget_.take(graph_, node)) {
            throw Error(to_text(node.origin) +
                        ": its inputs are constant, but computing it takes too much time or " +
                        "memory; export the model with constant folding");
        }
        work_left_ -= cost;
        fold_node(graph_, node);
    }
}

ValueId OnnxBuilder::add_value(Value value, bool depends_on_inputs) {
    producers_.push_back(no_node);
    depends_on_inputs_.push_back(depends_on_inputs);
    return graph_.add_value(std::move(value));
}

ValueId OnnxBuilder::add_constant(const std::string &name, std::vector<int64_t> shape, std::vector<float> data,
                                  DataType type) {
    return add_value({name, type, std::move(shape), std::move(data)}, false);
}

ValueId OnnxBuilder::add_node(Operation operation, std::vector<ValueId> inputs, std::vector<int64_t> shape,
                              const std::string &name, const Origin &origin) {
    const bool depends = std::any_of(inputs.begin(), inputs.end(),
                                     [&](ValueId id) { return depends_on_inputs_[static_cast<std::size_t>(id)]; });
    const bool constants = std::all_of(inputs.begin(), inputs.end(),
                                       [&](ValueId id) { return graph_.value(id).constant.has_value(); });
    Node node{std::move(operation), std::move(inputs), -1, origin};
    node.output = add_value({name, DataType::f32, std::move(shape), std::nullopt}, depends);
    graph_.value(node.output).shape = infer_shape(graph_, node);
    graph_.value(node.output).type = infer_type(graph_, node);
    if (graph_.value(node.output).shape.size() > max_rank) {
        throw Refusal{"a result of " + std::to_string(graph_.value(node.output).shape.size()) +
                      " dimensions is not supported; use at most " + std::to_string(max_rank)};
    }
    if (constants && folding_cost(graph_, node) <= cheap && budget_.take(graph_, node)) {
        fold_node(graph_, node);
        return node.output;
    }
    producers_[static_cast<std::size_t>(node.output)] = graph_.nodes.size();
    graph_.nodes.push_back(std::move(node));
    return graph_.nodes.back().output;
}

ValueId OnnxBuilder::add_helper(Operation operation, std::vector<ValueId> inputs, std::vector<int64_t> shape,
                                const std::string &name) {
    return add_node(std::move(operation), std::move(inputs), std::move(shape), name, node_->origin);
}

ValueId OnnxBuilder::add_result(Operation operation, std::vector<ValueId> inputs, std::vector<int64_t> shape,
                                std::size_t output) {
    const ValueId id = add_node(std::move(operation), std::move(inputs), std::move(shape),
                                node_->outputs.at(output), node_->origin);
    define(output, id);
    return id;
}

void OnnxBuilder::define(std::size_t output, Meaning meaning) {
    meanings_.emplace(node_->outputs.at(output), meaning);
}

void OnnxBuilder::define_result(OnnxTensor tensor, std::size_t output) {
    results_.push_back(std::make_unique<OnnxTensor>(std::move(tensor)));
    define(output, results_.back().get());
}

void OnnxBuilder::define_result(std::vector<int64_t> shape, std::vector<float> data, DataType type,
                                std::size_t output) {
    define(output, add_constant(node_->outputs.at(output), std::move(shape), std::move(data), type));
}

void OnnxBuilder::forward(ValueId id, std::size_t output) {
    if (graph_.value(id).constant) {
        define(output, id);
    } else {
        add_result(Identity{}, {id}, {}, output);
    }
}

void OnnxBuilder::forward_first_input() {
    const Meaning meaning = meaning_of_input(0);
    if (const auto *id = std::get_if<ValueId>(&meaning)) {
        forward(*id);
    } else {
        define(0, meaning);
    }
}

void OnnxBuilder::charge(int64_t elements) {
    if (!budget_.take(static_cast<double>(elements))) {
        throw Refusal{"its constants and those before it take more than 2^26 elements, which is not supported; "
                      "use a smaller model"};
    }
}

}  // namespace ingot
