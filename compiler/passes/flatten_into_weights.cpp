// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"

namespace ingot {

namespace {

/// The tensor furthest up a chain of reshapes that has as many rows as `id`.
ValueId before_reshapes(const Graph &graph, ValueId id) {
    const int64_t rows = graph.value(id).shape[0];
    ValueId furthest = id;
    const Node *producer = graph.producer(id);
    while (producer != nullptr && std::holds_alternative<Reshape>(producer->operation)) {
        const ValueId src = producer->inputs[0];
        const std::vector<int64_t> &shape = graph.value(src).shape;
        if (!shape.empty() && shape[0] == rows) {
            furthest = src;
        }
        producer = graph.producer(src);
    }
    return furthest;
}

}  // namespace

void flatten_into_weights(Graph &graph) {
    for (Node &node : graph.nodes) {
        if (std::holds_alternative<Gemm>(node.operation)) {
            node.inputs[0] = before_reshapes(graph, node.inputs[0]);
        }
    }
    drop_unused(graph);
}

}  // namespace ingot
