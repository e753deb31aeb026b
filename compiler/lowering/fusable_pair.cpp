// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/fusable_pair.h"
#include "compiler/lowering/node_kernel.h"
#include <algorithm>

namespace ingot {

namespace {

bool is_depthwise(const Graph &graph, const Node &node, const Conv2d &conv) {
    const int64_t ci = shape4(graph.value(node.inputs[0])).c, co = shape4(graph.value(node.output)).c;
    return !conv.pool && conv.groups > 1 && conv.groups == ci && conv.groups == co;
}

}  // namespace

bool is_fusable_pair(const Graph &graph, std::size_t i) {
    if (i + 1 >= graph.nodes.size()) {
        return false;
    }
    const Node &node = graph.nodes[i], &reader = graph.nodes[i + 1];
    const auto *conv = std::get_if<Conv2d>(&node.operation);
    const auto *pointwise = std::get_if<Conv2d>(&reader.operation);
    const auto adds = [](const Call &call) { return call.function == Function::add; };
    return conv != nullptr && is_depthwise(graph, node, *conv) && graph.has_one_use(node.output) &&
           std::none_of(conv->epilogue.begin(), conv->epilogue.end(), adds) && pointwise != nullptr &&
           reader.inputs[0] == node.output && !pointwise->pool && pointwise->groups == 1 &&
           pointwise->window == Window{};
}

}  // namespace ingot
