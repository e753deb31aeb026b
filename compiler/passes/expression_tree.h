// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/passes/rewriter.h"
#include "spec/expression.h"
#include <functional>
#include <vector>

namespace ingot {

/// An expression as a tree, for passes that rewrite it.
struct Tree {
    Term term;
    std::vector<Tree> arguments;  ///< of a call, in order
    bool operator==(const Tree &) const = default;

    [[nodiscard]] bool is_operand() const { return term.kind == Term::Kind::operand; }
    [[nodiscard]] bool is_constant() const { return term.kind == Term::Kind::constant; }
    [[nodiscard]] bool is_call(Function function) const {
        return term.kind == Term::Kind::call && term.call.function == function;
    }
};

Tree operand_tree(int index);
Tree constant_tree(float value);
Tree call_tree(const Call &call, std::vector<Tree> arguments);

Tree to_tree(const Expression &expression);
Expression to_expression(const Tree &tree);

/// Nodes of a tree.
std::size_t size(const Tree &tree);
/// How often an operand occurs; any one.
std::size_t count_operand(const Tree &tree, int operand);
std::size_t count_operands(const Tree &tree);
/// A copy in which each operand i is `operand(i)`.
Tree with_operands(const Tree &tree, const std::function<Tree(int)> &operand);
/// A copy in which `found` is replaced wherever it occurs.
Tree with_replaced(const Tree &tree, const Tree &found, const Tree &replacement);

/// What a Map or a Relu computes; none for other nodes and removed ones.
std::optional<Tree> map_tree(const Node &node);

/// Lets each Map read a source once, however often its expression does: what the passes on maps begin with.
void read_sources_once(Rewriter &rewriter);

/// Lets a Map or a Relu compute `tree` of `sources`: each source once, those that it does not read left out.
void set_map(Rewriter &rewriter, Node &node, const Tree &tree, const std::vector<ValueId> &sources);

/// As set_map; a tree that is only an operand of the result's shape and type takes the node out of the way, or,
/// where that cannot be, leaves an identity.
void set_map_or_remove(Rewriter &rewriter, Node &node, const Tree &tree, const std::vector<ValueId> &sources);

/// True where an expression of `tree` over `sources` has the node's shape and type.
bool keeps_result(const Rewriter &rewriter, const Node &node, const Tree &tree,
                  const std::vector<ValueId> &sources);

}  // namespace ingot
