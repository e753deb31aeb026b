// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/node_chain.h"
#include "compiler/lowering/node_kernel.h"
#include "spec/error.h"

namespace ingot {

std::vector<std::size_t> node_chain(const Graph &graph) {
    std::vector<std::size_t> nodes;
    if (graph.inputs.size() != 1 || graph.outputs.size() != 1 || graph.nodes.empty()) {
        return nodes;
    }
    ValueId value = graph.inputs[0];
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const Node &node = graph.nodes[i];
        const bool is_layer = kernel_op(node) && !std::holds_alternative<Relu>(node.operation);
        if (node.inputs[0] != value || !graph.has_one_use(value) || !is_layer) {
            return {};
        }
        nodes.push_back(i);
        value = node.output;
    }
    return value == graph.outputs[0] ? nodes : std::vector<std::size_t>();
}

KernelSpec chain_spec(const Graph &graph, std::span<const std::size_t> nodes, DimOrder src, DimOrder dst,
                      int64_t n) {
    INGOT_CHECK(!nodes.empty(), "a chain has a node");
    std::vector<KernelSpec> layers;
    for (std::size_t i : nodes) {
        const DimOrder from = i == nodes.front() ? src : DimOrder::nhwc;
        const DimOrder to = i == nodes.back() ? dst : DimOrder::nhwc;
        KernelSpec layer = bare_spec(graph, graph.nodes[i], from, to);
        layer.n *= n;
        if (layer.has_weights() && layer.op != Op::gemm) {
            layer.set_weights_order(DimOrder::ohwi16o);
        }
        layers.push_back(std::move(layer));
    }
    return make_sequential(std::move(layers));
}

}  // namespace ingot
