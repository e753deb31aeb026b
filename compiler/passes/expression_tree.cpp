// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/expression_tree.h"
#include "spec/error.h"
#include <algorithm>
#include <set>
#include <utility>

namespace ingot {

namespace {

void append(const Tree &tree, Expression &expression) {
    for (const Tree &argument : tree.arguments) {
        append(argument, expression);
    }
    expression.push_back(tree.term);
}

/// A Map with its inputs: those of `sources` that `tree` reads, in the order in which it does.
std::pair<Map, std::vector<ValueId>> make_map(const Tree &tree, const std::vector<ValueId> &sources) {
    std::vector<ValueId> inputs;
    const Tree renumbered = with_operands(tree, [&](int i) {
        const ValueId id = sources.at(static_cast<std::size_t>(i));
        const auto found = std::find(inputs.begin(), inputs.end(), id);
        const auto position = static_cast<int>(found - inputs.begin());
        if (found == inputs.end()) {
            inputs.push_back(id);
        }
        return operand_tree(position);
    });
    return {Map{to_expression(renumbered)}, std::move(inputs)};
}

}  // namespace

Tree operand_tree(int index) {
    return {operand_term(index), {}};
}

Tree constant_tree(float value) {
    return {constant_term(value), {}};
}

Tree call_tree(const Call &call, std::vector<Tree> arguments) {
    return {call_term(call.function, call.a, call.b), std::move(arguments)};
}

Tree to_tree(const Expression &expression) {
    return evaluate<Tree>(
        expression, [](int operand) { return operand_tree(operand); },
        [](float value) { return constant_tree(value); },
        [](const Call &call, std::vector<Tree> arguments) { return call_tree(call, std::move(arguments)); });
}

Expression to_expression(const Tree &tree) {
    Expression expression;
    append(tree, expression);
    return expression;
}

std::size_t size(const Tree &tree) {
    std::size_t nodes = 1;
    for (const Tree &argument : tree.arguments) {
        nodes += size(argument);
    }
    return nodes;
}

std::size_t count_operand(const Tree &tree, int operand) {
    std::size_t count = tree.is_operand() && tree.term.operand == operand ? 1 : 0;
    for (const Tree &argument : tree.arguments) {
        count += count_operand(argument, operand);
    }
    return count;
}

std::size_t count_operands(const Tree &tree) {
    std::size_t count = tree.is_operand() ? 1 : 0;
    for (const Tree &argument : tree.arguments) {
        count += count_operands(argument);
    }
    return count;
}

Tree with_operands(const Tree &tree, const std::function<Tree(int)> &operand) {
    if (tree.is_operand()) {
        return operand(tree.term.operand);
    }
    Tree copy{tree.term, {}};
    for (const Tree &argument : tree.arguments) {
        copy.arguments.push_back(with_operands(argument, operand));
    }
    return copy;
}

Tree with_replaced(const Tree &tree, const Tree &found, const Tree &replacement) {
    if (tree == found) {
        return replacement;
    }
    Tree copy{tree.term, {}};
    for (const Tree &argument : tree.arguments) {
        copy.arguments.push_back(with_replaced(argument, found, replacement));
    }
    return copy;
}

std::optional<Tree> map_tree(const Node &node) {
    if (Rewriter::is_removed(node)) {
        return std::nullopt;
    }
    if (const auto *map = std::get_if<Map>(&node.operation)) {
        return to_tree(map->expression);
    }
    if (std::holds_alternative<Relu>(node.operation)) {
        return call_tree({Function::relu}, {operand_tree(0)});
    }
    return std::nullopt;
}

void read_sources_once(Rewriter &rewriter) {
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        Node &node = rewriter.node(i);
        const std::set<ValueId> distinct(node.inputs.begin(), node.inputs.end());
        if (std::holds_alternative<Map>(node.operation) && distinct.size() < node.inputs.size()) {
            set_map(rewriter, node, *map_tree(node), std::vector<ValueId>(node.inputs));
        }
    }
}

void set_map(Rewriter &rewriter, Node &node, const Tree &tree, const std::vector<ValueId> &sources) {
    auto [map, inputs] = make_map(tree, sources);
    INGOT_CHECK(!inputs.empty(), to_text(node.origin) + ": a map of nothing");
    node.operation = std::move(map);
    rewriter.set_inputs(node, std::move(inputs));
}

void set_map_or_remove(Rewriter &rewriter, Node &node, const Tree &tree, const std::vector<ValueId> &sources) {
    if (tree.is_operand()) {
        const ValueId source = sources.at(static_cast<std::size_t>(tree.term.operand));
        if (rewriter.shape(source) == rewriter.shape(node.output) &&
            rewriter.value(source).type == rewriter.value(node.output).type) {
            if (!rewriter.replace(node.output, source)) {
                node.operation = Identity{};
                rewriter.set_inputs(node, {source});
            }
            return;
        }
    }
    set_map(rewriter, node, tree, sources);
}

bool keeps_result(const Rewriter &rewriter, const Node &node, const Tree &tree,
                  const std::vector<ValueId> &sources) {
    Node changed{{}, {}, node.output, node.origin};
    std::tie(changed.operation, changed.inputs) = make_map(tree, sources);
    std::vector<std::vector<int64_t>> shapes;
    for (const ValueId id : changed.inputs) {
        shapes.push_back(rewriter.shape(id));
    }
    return !changed.inputs.empty() && broadcast_shape(shapes) == rewriter.shape(node.output) &&
           infer_type(rewriter.graph(), changed) == rewriter.value(node.output).type;
}

}  // namespace ingot
