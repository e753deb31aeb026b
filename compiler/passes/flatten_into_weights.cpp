// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include "compiler/passes/rewriter.h"

namespace ingot {

namespace {

/// The tensor furthest up a chain of reshapes that has as many rows as `id`.
ValueId before_reshapes(const Rewriter &rewriter, ValueId id) {
    const int64_t rows = rewriter.shape(id)[0];
    ValueId furthest = id;
    const Node *producer = rewriter.producer(id);
    while (producer != nullptr && std::holds_alternative<Reshape>(producer->operation)) {
        const ValueId src = producer->inputs[0];
        const std::vector<int64_t> &shape = rewriter.shape(src);
        if (!shape.empty() && shape[0] == rows) {
            furthest = src;
        }
        producer = rewriter.producer(src);
    }
    return furthest;
}

}  // namespace

void flatten_into_weights(Graph &graph) {
    Rewriter rewriter(graph);
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        Node &node = rewriter.node(i);
        if (std::holds_alternative<Gemm>(node.operation) && !Rewriter::is_removed(node)) {
            std::vector<ValueId> inputs = node.inputs;
            inputs[0] = before_reshapes(rewriter, inputs[0]);
            rewriter.set_inputs(node, std::move(inputs));
        }
    }
    rewriter.finish();
}

}  // namespace ingot
