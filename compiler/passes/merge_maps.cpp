// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/expression_tree.h"
#include "compiler/passes/passes.h"
#include <algorithm>
#include <set>

namespace ingot {

namespace {

// A kernel reads its sources side by side; beyond these it runs out of registers.
constexpr std::size_t most_operands = 8, most_terms = 64;

bool is_scalar_constant(const Value &value) {
    return value.constant && value.constant->size() == 1 && value.type == DataType::f32;
}

/// Writes one operand of a map as what it is computed from; false where it stays.
bool substitute(Rewriter &rewriter, Node &node, Tree &tree, std::size_t operand) {
    const ValueId id = node.inputs[operand];
    const Value &value = rewriter.value(id);
    std::vector<ValueId> sources = node.inputs;
    Tree inner;
    if (is_scalar_constant(value)) {
        inner = constant_tree(value.constant->front());
    } else {
        // One that broadcasts would be computed again for each element that it is spread to.
        const Node *producer = rewriter.producer(id);
        const std::optional<Tree> computed = producer != nullptr ? map_tree(*producer) : std::nullopt;
        if (!computed || !rewriter.has_one_reader(id) || value.size() != rewriter.value(node.output).size()) {
            return false;
        }
        inner = with_operands(*computed, [&](int i) { return operand_tree(i + static_cast<int>(sources.size())); });
        sources.insert(sources.end(), producer->inputs.begin(), producer->inputs.end());
    }
    Tree merged = with_operands(
        tree, [&](int i) { return static_cast<std::size_t>(i) == operand ? inner : operand_tree(i); });
    const std::set<ValueId> distinct(sources.begin(), sources.end());
    if (size(merged) > most_terms || distinct.size() > most_operands + 1 ||
        !keeps_result(rewriter, node, merged, sources)) {
        return false;
    }
    set_map(rewriter, node, merged, sources);
    tree = *map_tree(node);
    return true;
}

}  // namespace

void merge_maps(Graph &graph) {
    Rewriter rewriter(graph);
    read_sources_once(rewriter);
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        Node &node = rewriter.node(i);
        std::optional<Tree> tree = map_tree(node);
        for (std::size_t operand = 0; tree && operand < node.inputs.size();) {
            operand = substitute(rewriter, node, *tree, operand) ? 0 : operand + 1;
        }
    }
    rewriter.finish();
}

}  // namespace ingot
