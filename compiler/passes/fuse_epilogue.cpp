// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"

namespace ingot {

namespace {

struct EpilogueOf {
    std::vector<Call> *operator()(Conv2d &op) const { return &op.epilogue; }
    std::vector<Call> *operator()(Pool2d &op) const { return &op.epilogue; }
    std::vector<Call> *operator()(Gemm &op) const { return &op.epilogue; }
    template<typename Other>
    std::vector<Call> *operator()(Other &) const {
        return nullptr;
    }
};

/// Lets the producer of a ReLU's input compute the ReLU; false where it cannot.
bool fuse_into_producer(Graph &graph, const Node &relu) {
    const ValueId src = relu.inputs[0];
    Node *producer = graph.producer(src);
    if (producer == nullptr || !graph.has_one_use(src)) {
        return false;
    }
    std::vector<Call> *epilogue = std::visit(EpilogueOf{}, producer->operation);
    if (epilogue == nullptr) {
        return false;
    }
    append_epilogue(*epilogue, {{Function::relu}});
    producer->output = relu.output;
    return true;
}

}  // namespace

void fuse_epilogue(Graph &graph) {
    for (std::size_t i = 0; i < graph.nodes.size();) {
        const Node node = graph.nodes[i];
        if (std::holds_alternative<Relu>(node.operation) && fuse_into_producer(graph, node)) {
            graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
    drop_unused(graph);
}

}  // namespace ingot
