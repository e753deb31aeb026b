// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/normal_form.h"
#include "compiler/passes/passes.h"
#include <algorithm>
#include <cfloat>
#include <cmath>
#include <map>
#include <set>

namespace ingot {

namespace {

bool is_about(double a, double b) {
    return std::abs(a - b) <= 1e-6 * std::max(1.0, std::abs(b));
}

/// The function whose definition has a normal form.
std::optional<Function> defined_as(const std::string &form) {
    static const std::map<std::string, Function> functions = [] {
        std::map<std::string, Function> table;
        for (const Definition &definition : function_definitions()) {
            table.emplace(normal_form(to_tree(parse_expression(definition.expression))).value(),
                          definition.function);
        }
        return table;
    }();
    const auto found = functions.find(form);
    return found == functions.end() ? std::nullopt : std::optional(found->second);
}

float to_bound(double value) {
    return static_cast<float>(std::clamp(value, -static_cast<double>(FLT_MAX), static_cast<double>(FLT_MAX)));
}

/// relu, clip and hard_sigmoid.
std::optional<Call> call_of(const Ramp &ramp) {
    const bool has_low = !std::isinf(ramp.low), has_high = !std::isinf(ramp.high);
    if (!has_low && !has_high) {
        return std::nullopt;
    }
    if (ramp.slope == 1 && ramp.offset == 0) {
        return ramp.low == 0 && !has_high ? Call{Function::relu}
                                          : Call{Function::clip, to_bound(ramp.low), to_bound(ramp.high)};
    }
    if (has_low && has_high && ramp.slope > 0 && is_about(ramp.slope * ramp.low + ramp.offset, 0) &&
        is_about(ramp.slope * ramp.high + ramp.offset, 1)) {
        return Call{Function::hard_sigmoid, static_cast<float>(ramp.slope), static_cast<float>(ramp.offset)};
    }
    return std::nullopt;
}

/// max(x, a * x) = leaky_relu with 0 <= a <= 1; prelu with a constant slope.
std::optional<Call> leaky_relu(const Tree &tree) {
    if (tree.is_call(Function::prelu) && tree.arguments[0].is_operand() && tree.arguments[1].is_constant()) {
        return Call{Function::leaky_relu, tree.arguments[1].term.constant};
    }
    if (!tree.is_call(Function::max)) {
        return std::nullopt;
    }
    for (const bool first : {true, false}) {
        const Tree &x = tree.arguments[first ? 0 : 1], &scaled = tree.arguments[first ? 1 : 0];
        if (!x.is_operand() || !scaled.is_call(Function::mul)) {
            continue;
        }
        const Tree &a = scaled.arguments[0], &b = scaled.arguments[1];
        const Tree &slope = a.is_constant() ? a : b;
        if (slope.is_constant() && (a == x || b == x) && slope.term.constant >= 0 && slope.term.constant <= 1) {
            return Call{Function::leaky_relu, slope.term.constant};
        }
    }
    return std::nullopt;
}

/// The function that `tree` is of its only operand.
std::optional<Call> call_of(const Tree &tree) {
    if (const std::optional<Ramp> ramp = as_ramp(tree)) {
        return call_of(*ramp);
    }
    if (const std::optional<Call> call = leaky_relu(tree)) {
        return call;
    }
    const std::optional<std::string> form = normal_form(tree);
    const std::optional<Function> function = form ? defined_as(*form) : std::nullopt;
    return function ? std::optional(Call{*function}) : std::nullopt;
}

void collect(const Tree &tree, std::vector<Tree> &subtrees) {
    for (const Tree &argument : tree.arguments) {
        if (std::find(subtrees.begin(), subtrees.end(), argument) == subtrees.end()) {
            subtrees.push_back(argument);
        }
        collect(argument, subtrees);
    }
}

bool is_float(const Tree &tree) {
    return tree.term.kind != Term::Kind::call ||
           result_type(tree.term.call.function, DataType::f32) == DataType::f32;
}

/// x * 1, x / 1, x + 0, x - 0 and a cast of x to its type are x, a float.
bool drop_neutral(Tree &tree) {
    const auto is_neutral = [&](std::size_t i, Function operation, float value) {
        return tree.is_call(operation) && tree.arguments[i].is_constant() &&
               tree.arguments[i].term.constant == value;
    };
    if (is_neutral(1, Function::mul, 1) || is_neutral(1, Function::div, 1) || is_neutral(1, Function::add, 0) ||
        is_neutral(1, Function::sub, 0) || (tree.is_call(Function::to_f32) && is_float(tree.arguments[0]))) {
        tree = Tree(tree.arguments[0]);
        return true;
    }
    if (is_neutral(0, Function::mul, 1) || is_neutral(0, Function::add, 0)) {
        tree = Tree(tree.arguments[1]);
        return true;
    }
    return false;
}

/// Writes `tree` as a function of one of its subtrees, where it is one of those that have a name.
bool name_function(Tree &tree) {
    if (tree.arguments.empty()) {
        return false;
    }
    std::vector<Tree> subtrees;
    collect(tree, subtrees);
    for (const Tree &argument : subtrees) {
        const bool is_all = count_operands(with_replaced(tree, argument, constant_tree(0))) == 0;
        if (count_operands(argument) == 0 || !is_all) {
            continue;
        }
        const Tree of_argument = with_replaced(tree, argument, operand_tree(0));
        const std::optional<Call> call = call_of(of_argument);
        if (call && of_argument != call_tree(*call, {operand_tree(0)})) {
            tree = call_tree(*call, {argument});
            return true;
        }
    }
    return false;
}

Tree recognised(Tree tree) {
    for (Tree &argument : tree.arguments) {
        argument = recognised(std::move(argument));
    }
    while (drop_neutral(tree) || name_function(tree)) {
    }
    return tree;
}

}  // namespace

void recognise_functions(Graph &graph) {
    Rewriter rewriter(graph);
    read_sources_once(rewriter);
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        Node &node = rewriter.node(i);
        const auto is_float = [&](ValueId id) { return rewriter.value(id).type == DataType::f32; };
        if (!std::holds_alternative<Map>(node.operation) || Rewriter::is_removed(node) || !is_float(node.output) ||
            !std::all_of(node.inputs.begin(), node.inputs.end(), is_float)) {
            continue;
        }
        const Tree before = *map_tree(node), after = recognised(before);
        if (after != before && keeps_result(rewriter, node, after, node.inputs)) {
            set_map_or_remove(rewriter, node, after, std::vector<ValueId>(node.inputs));
        }
    }
    read_sources_once(rewriter);
    rewriter.finish();
}

}  // namespace ingot
