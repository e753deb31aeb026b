// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/legalize.h"
#include "compiler/lowering/picture_operand.h"
#include "compiler/lowering/placement.h"
#include "compiler/lowering/tensor_kernel.h"
#include <map>

namespace ingot {

namespace {

/// Kernels of the stem read few planes as they are; with more channels the convolution's inner loop pays for a copy
/// into NHWC, which reads and writes each element once.
constexpr int64_t most_planes = 7;

/// The inputs of a node whose places matter: what a kernel of pictures or rows reads as activations, what is
/// reshaped.
std::vector<std::size_t> activations(const Node &node) {
    const std::vector<Call> *epilogue = nullptr;
    if (const auto *conv = std::get_if<Conv2d>(&node.operation)) {
        epilogue = &conv->epilogue;
    } else if (const auto *gemm = std::get_if<Gemm>(&node.operation)) {
        epilogue = &gemm->epilogue;
    } else if (std::holds_alternative<Pool2d>(node.operation) || std::holds_alternative<Reshape>(node.operation)) {
        return {0};
    }
    std::vector<std::size_t> result;
    if (epilogue != nullptr) {
        result.push_back(0);
        std::size_t next = 2;
        for (const Call &call : *epilogue) {
            if (call.function == Function::add) {
                result.push_back(next);
            }
            next += reads_tensor(call.function) ? 1 : 0;
        }
    }
    return result;
}

bool is_readable(const Graph &graph, const Placement &placement, const Node &node, std::size_t index) {
    const ValueId id = node.inputs[index];
    if (std::holds_alternative<Reshape>(node.operation)) {
        return placement.is_view(node) || copy_kernel(graph, placement, node);
    }
    if (graph.value(id).constant) {
        return false;
    }
    if (std::holds_alternative<Gemm>(node.operation)) {
        const auto rows = rows_operand(graph, placement, id);
        return rows && (index == 0 || !lies_nhwc(graph, placement, id));
    }
    const std::optional<PictureOperand> picture = picture_operand(graph, placement, id);
    const bool in_planes = picture && picture->operand.order == DimOrder::nchw;
    const bool is_conv = std::holds_alternative<Conv2d>(node.operation);
    return picture && !(is_conv && in_planes && graph.value(id).shape[1] > most_planes);
}

}  // namespace

void legalize(Graph &graph) {
    std::map<ValueId, ValueId> copies;
    std::vector<Node> nodes;
    {
        const Placement placement(graph);
        std::vector<std::pair<std::size_t, std::size_t>> unreadable;
        for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
            for (const std::size_t index : activations(graph.nodes[i])) {
                if (!is_readable(graph, placement, graph.nodes[i], index)) {
                    unreadable.emplace_back(i, index);
                }
            }
        }
        if (unreadable.empty()) {
            return;
        }
        auto next = unreadable.begin();
        for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
            Node node = graph.nodes[i];
            for (; next != unreadable.end() && next->first == i; ++next) {
                ValueId &src = node.inputs[next->second];
                if (const auto known = copies.find(src); known != copies.end()) {
                    src = known->second;
                    continue;
                }
                const Value &value = graph.value(src);
                Node copy{Identity{}, {src}, -1, node.origin};
                copy.origin.name += ".reorder";
                copy.output = graph.add_value({value.name + ".reordered", value.type, value.shape, std::nullopt});
                copies.emplace(src, copy.output);
                src = copy.output;
                nodes.push_back(std::move(copy));
            }
            nodes.push_back(std::move(node));
        }
    }
    graph.nodes = std::move(nodes);
}

}  // namespace ingot
