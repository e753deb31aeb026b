// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/expression_tree.h"
#include "compiler/passes/passes.h"
#include <algorithm>

namespace ingot {

namespace {

/// Lets a reduction of one tensor compute the map that makes it; false where it cannot.
bool merge(Rewriter &rewriter, Node &node) {
    auto *reduce = std::get_if<Reduce>(&node.operation);
    if (reduce == nullptr || Rewriter::is_removed(node) || node.inputs.size() != 1) {
        return false;
    }
    const Node *producer = rewriter.producer(node.inputs[0]);
    const std::optional<Tree> tree = producer != nullptr ? map_tree(*producer) : std::nullopt;
    // Its type is that of its sources.
    const auto is_alike = [&](ValueId id) {
        return rewriter.value(id).type == rewriter.value(node.inputs[0]).type;
    };
    if (!tree || !rewriter.has_one_reader(node.inputs[0]) ||
        !std::all_of(producer->inputs.begin(), producer->inputs.end(), is_alike)) {
        return false;
    }
    reduce->expression = to_expression(with_operands(to_tree(reduce->expression), [&](int) { return *tree; }));
    rewriter.set_inputs(node, std::vector<ValueId>(producer->inputs));
    return true;
}

}  // namespace

void merge_into_reductions(Graph &graph) {
    Rewriter rewriter(graph);
    read_sources_once(rewriter);
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        while (merge(rewriter, rewriter.node(i))) {
        }
    }
    rewriter.finish();
}

}  // namespace ingot
