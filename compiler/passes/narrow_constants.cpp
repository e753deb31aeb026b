// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/expression_tree.h"
#include "compiler/passes/passes.h"
#include <algorithm>

namespace ingot {

namespace {

/// A tensor with its dimensions of equal elements narrowed to one.
struct Narrowed {
    std::vector<int64_t> shape;
    std::vector<float> data;
};

/// Narrows dimension `axis` if all elements along it are equal.
void narrow(Narrowed &tensor, std::size_t axis) {
    std::size_t inner = 1;
    for (std::size_t i = axis + 1; i < tensor.shape.size(); ++i) {
        inner *= static_cast<std::size_t>(tensor.shape[i]);
    }
    const std::size_t run = inner * static_cast<std::size_t>(tensor.shape[axis]);
    std::vector<float> narrowed;
    for (auto begin = tensor.data.begin(); begin != tensor.data.end(); begin += static_cast<std::ptrdiff_t>(run)) {
        const auto end = begin + static_cast<std::ptrdiff_t>(run),
                   first = begin + static_cast<std::ptrdiff_t>(inner);
        if (!std::equal(first, end, begin)) {
            return;
        }
        narrowed.insert(narrowed.end(), begin, first);
    }
    tensor.data = std::move(narrowed);
    tensor.shape[axis] = 1;
}

}  // namespace

void narrow_constants(Graph &graph) {
    Rewriter rewriter(graph);
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        Node &node = rewriter.node(i);
        const std::optional<Tree> tree =
            std::holds_alternative<Map>(node.operation) ? map_tree(node) : std::nullopt;
        for (std::size_t k = 0; tree && k < node.inputs.size(); ++k) {
            const Value &value = rewriter.value(node.inputs[k]);
            if (!value.constant || value.constant->size() == 1) {
                continue;
            }
            Narrowed tensor{value.shape, *value.constant};
            for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
                narrow(tensor, axis);
            }
            if (tensor.shape == value.shape) {
                continue;
            }
            std::vector<ValueId> inputs = node.inputs;
            inputs[k] = rewriter.add_constant(inputs[k], "narrow", tensor.shape, tensor.data);
            if (keeps_result(rewriter, node, *tree, inputs)) {
                rewriter.set_inputs(node, std::move(inputs));
            }
        }
    }
    rewriter.finish();
}

}  // namespace ingot
