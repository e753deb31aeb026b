// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"

namespace ingot {

namespace {

/// Takes an identity out of the way; false where it has to stay as a copy.
bool bypass(Graph &graph, const Node &identity) {
    const ValueId src = identity.inputs[0], dst = identity.output;
    if (!graph.is_output(dst)) {
        graph.replace_uses(dst, src);
        return true;
    }
    Node *producer = graph.producer(src);
    if (producer == nullptr || graph.is_output(src)) {
        return false;
    }
    producer->output = dst;
    graph.replace_uses(src, dst);
    return true;
}

}  // namespace

void remove_dead_code(Graph &graph) {
    for (std::size_t i = 0; i < graph.nodes.size();) {
        const Node node = graph.nodes[i];
        if (std::holds_alternative<Identity>(node.operation) && bypass(graph, node)) {
            graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
    drop_unused(graph);
}

}  // namespace ingot
