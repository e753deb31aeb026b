// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/rewriter.h"
#include "spec/error.h"
#include <algorithm>
#include <utility>

namespace ingot {

Rewriter::Rewriter(Graph &graph)
    : graph_(graph),
      nodes_(std::make_move_iterator(graph.nodes.begin()), std::make_move_iterator(graph.nodes.end())),
      uses_(graph.values.size()) {
    graph_.nodes.clear();
    for (Node &node : nodes_) {
        uses_[index(node.output)].producer = &node;
        for (const ValueId id : node.inputs) {
            add_reader(node, id);
        }
    }
    for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
        if (!is_removed(*node)) {
            remove_if_unused(node->output);
        }
    }
}

ValueId Rewriter::add_value(ValueId like, const std::string &suffix, std::vector<int64_t> shape) {
    uses_.emplace_back();
    return graph_.add_value({value(like).name + "." + suffix, value(like).type, std::move(shape), std::nullopt});
}

ValueId Rewriter::add_constant(ValueId like, const std::string &suffix, std::vector<int64_t> shape,
                               std::vector<float> data) {
    const ValueId id = add_value(like, suffix, std::move(shape));
    graph_.value(id).constant = std::move(data);
    return id;
}

Node &Rewriter::add(Operation operation, std::vector<ValueId> inputs, ValueId output, const Node &like) {
    INGOT_CHECK(producer(output) == nullptr, quote(value(output).name) + " has a producer");
    Node &node = nodes_.emplace_back(Node{std::move(operation), {}, output, like.origin});
    added_.insert(&node);
    uses_[index(output)].producer = &node;
    set_inputs(node, std::move(inputs));
    return node;
}

ValueId Rewriter::add(Operation operation, std::vector<ValueId> inputs, const Node &like, const std::string &suffix,
                      std::vector<int64_t> shape) {
    const ValueId output = add_value(like.output, suffix, std::move(shape));
    const Node &node = add(std::move(operation), std::move(inputs), output, like);
    graph_.value(output).shape = infer_shape(graph_, node);
    graph_.value(output).type = infer_type(graph_, node);
    return output;
}

void Rewriter::set_inputs(Node &node, std::vector<ValueId> inputs) {
    std::swap(node.inputs, inputs);
    for (const ValueId id : node.inputs) {
        add_reader(node, id);
    }
    for (const ValueId id : inputs) {
        if (std::find(node.inputs.begin(), node.inputs.end(), id) == node.inputs.end()) {
            remove_reader(node, id);
        }
    }
}

void Rewriter::take_over(Node &node, ValueId output) {
    Node *before = std::exchange(uses_[index(output)].producer, &node);
    uses_[index(node.output)].producer = nullptr;
    node.output = output;
    if (before != nullptr) {
        before->output = -1;
        set_inputs(*before, {});
    }
}

ValueId Rewriter::compute_anew(Node &node, const std::string &suffix, std::vector<int64_t> shape) {
    const ValueId id = add_value(node.output, suffix, std::move(shape));
    uses_[index(node.output)].producer = nullptr;
    uses_[index(id)].producer = &node;
    node.output = id;
    return id;
}

bool Rewriter::replace(ValueId from, ValueId to) {
    if (is_output(from)) {
        Node *node = producer(to);
        if (node == nullptr || is_output(to)) {
            return false;
        }
        take_over(*node, from);
        std::swap(from, to);
    }
    for (Node *reader : std::vector<Node *>(readers(from))) {
        std::vector<ValueId> inputs = reader->inputs;
        std::replace(inputs.begin(), inputs.end(), from, to);
        set_inputs(*reader, std::move(inputs));
    }
    return true;
}

void Rewriter::add_reader(Node &node, ValueId id) {
    std::vector<Node *> &readers = uses_[index(id)].readers;
    if (std::find(readers.begin(), readers.end(), &node) == readers.end()) {
        readers.push_back(&node);
    }
}

void Rewriter::remove_reader(Node &node, ValueId id) {
    std::erase(uses_[index(id)].readers, &node);
    remove_if_unused(id);
}

void Rewriter::remove_if_unused(ValueId id) {
    Uses &uses = uses_[index(id)];
    if (uses.readers.empty() && !is_output(id) && uses.producer != nullptr) {
        Node &unused = *std::exchange(uses.producer, nullptr);
        unused.output = -1;
        set_inputs(unused, {});
    }
}

// A node stands where it stood, or behind the producers of its inputs; an added one follows the last of these.
void Rewriter::emit(Node &node) {
    if (is_removed(node)) {
        return;
    }
    const ValueId output = std::exchange(node.output, -1);
    for (const ValueId id : node.inputs) {
        if (Node *before = producer(id); before != nullptr) {
            emit(*before);
        }
    }
    graph_.nodes.push_back({std::move(node.operation), std::move(node.inputs), output, std::move(node.origin)});
    uses_[index(output)].is_there = true;
    for (Node *reader : readers(output)) {
        const auto is_there = [&](ValueId id) { return producer(id) == nullptr || uses_[index(id)].is_there; };
        if (added_.contains(reader) && std::all_of(reader->inputs.begin(), reader->inputs.end(), is_there)) {
            emit(*reader);
        }
    }
}

void Rewriter::finish() {
    for (Node &node : nodes_) {
        emit(node);
    }
    drop_unused(graph_);
}

}  // namespace ingot
