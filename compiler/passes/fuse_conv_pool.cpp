// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"

namespace ingot {

namespace {

// Windows that overlap share results, which a fused kernel would compute again for each; padded ones would make the
// tiles at the border differ from the others.
bool windows_lie_side_by_side(const Window &pool) {
    constexpr int64_t most_results = 16;
    return pool.kernel == pool.stride && pool.dilation == Extent2{} && !pool.pad.any() &&
           pool.kernel.h * pool.kernel.w <= most_results;
}

/// Lets the convolution that computes a max-pool's input pool as well; false where it cannot.
bool fuse_into_producer(Graph &graph, const Node &node, const Pool2d &pool) {
    const ValueId src = node.inputs[0];
    Node *producer = graph.producer(src);
    auto *conv = producer != nullptr ? std::get_if<Conv2d>(&producer->operation) : nullptr;
    if (conv == nullptr || conv->pool || pool.mode != PoolMode::max || !windows_lie_side_by_side(pool.window) ||
        !graph.has_one_use(src)) {
        return false;
    }
    append_epilogue(conv->epilogue, pool.epilogue);
    conv->pool = pool.window;
    producer->output = node.output;
    return true;
}

}  // namespace

void fuse_conv_pool(Graph &graph) {
    for (std::size_t i = 0; i < graph.nodes.size();) {
        const Node node = graph.nodes[i];
        const auto *pool = std::get_if<Pool2d>(&node.operation);
        if (pool != nullptr && fuse_into_producer(graph, node, *pool)) {
            graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
    drop_unused(graph);
}

}  // namespace ingot
