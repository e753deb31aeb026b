// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include "compiler/passes/rewriter.h"
#include <algorithm>

namespace ingot {

namespace {

// Windows that overlap share results, which a fused kernel would compute again for each; padded ones would make the
// tiles at the border differ from the others.
bool windows_lie_side_by_side(const Window &pool) {
    constexpr int64_t most_results = 16;
    return pool.kernel == pool.stride && pool.dilation == Extent2{} && !pool.pad.any() &&
           pool.kernel.h * pool.kernel.w <= most_results;
}

/// The convolution that can compute a max-pool of its result as well, or null.
Conv2d *conv_before(const Rewriter &rewriter, const Node &node, const Pool2d &pool) {
    const ValueId src = node.inputs[0];
    Node *producer = rewriter.producer(src);
    auto *conv = producer != nullptr ? std::get_if<Conv2d>(&producer->operation) : nullptr;
    const bool fits = conv != nullptr && !conv->pool && pool.mode == PoolMode::max &&
                      windows_lie_side_by_side(pool.window) && rewriter.has_one_reader(src);
    const auto is_add = [](const Call &call) { return call.function == Function::add; };
    // f of a maximum is then the maximum of the f.
    return fits && is_monotone(pool.epilogue) && std::none_of(conv->epilogue.begin(), conv->epilogue.end(), is_add)
               ? conv
               : nullptr;
}

}  // namespace

void fuse_conv_pool(Graph &graph) {
    Rewriter rewriter(graph);
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        const Node &node = rewriter.node(i);
        const auto *pool = std::get_if<Pool2d>(&node.operation);
        Conv2d *conv = pool != nullptr ? conv_before(rewriter, node, *pool) : nullptr;
        if (conv != nullptr && append_epilogue(conv->epilogue, pool->epilogue)) {
            conv->pool = pool->window;
            rewriter.take_over(*rewriter.producer(node.inputs[0]), node.output);
        }
    }
    rewriter.finish();
}

}  // namespace ingot
