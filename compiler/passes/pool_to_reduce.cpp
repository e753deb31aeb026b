// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include "compiler/passes/rewriter.h"

namespace ingot {

void pool_to_reduce(Graph &graph) {
    Rewriter rewriter(graph);
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        Node &node = rewriter.node(i);
        const auto *pool = std::get_if<Pool2d>(&node.operation);
        if (pool == nullptr || Rewriter::is_removed(node)) {
            continue;
        }
        const std::vector<int64_t> &shape = rewriter.shape(node.inputs[0]);
        const Window &window = pool->window;
        if (window.kernel == Extent2{shape[2], shape[3]} && !window.pad.any() && window.dilation == Extent2{} &&
            pool->mode != PoolMode::max && pool->epilogue.empty()) {
            node.operation = Reduce{Reduction::mean, {2, 3}, true, {operand_term(0)}};
        }
    }
    rewriter.finish();
}

}  // namespace ingot
