// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include "compiler/passes/rewriter.h"

namespace ingot {

void remove_dead_code(Graph &graph) {
    Rewriter rewriter(graph);
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        const Node &node = rewriter.node(i);
        if (std::holds_alternative<Identity>(node.operation) && !Rewriter::is_removed(node)) {
            rewriter.replace(node.output, node.inputs[0]);
        }
    }
    rewriter.finish();
}

}  // namespace ingot
