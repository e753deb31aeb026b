// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include "reference/interpreter.h"
#include "spec/error.h"
#include <algorithm>
#include <cmath>

namespace ingot {

namespace {

constexpr double most_multiplications = 1 << 26;

double window_size(const Window &window) {
    return static_cast<double>(window.kernel.h) * static_cast<double>(window.kernel.w);
}

double input_elements(const Graph &graph, const Node &node) {
    double sum = 0;
    for (const ValueId id : node.inputs) {
        sum += static_cast<double>(graph.value(id).size());
    }
    return sum;
}

/// Elements of the common shape of a reduction's sources.
double terms(const Graph &graph, const Node &node) {
    std::vector<std::vector<int64_t>> shapes;
    for (const ValueId id : node.inputs) {
        shapes.push_back(graph.value(id).shape);
    }
    const std::vector<int64_t> common = broadcast_shape(shapes).value();
    double product = 1;
    for (const int64_t extent : common) {
        product *= static_cast<double>(extent);
    }
    return product;
}

/// Multiplications, comparisons or elementwise functions that a node takes, a fused pool left aside.
double work(const Graph &graph, const Node &node) {
    const auto result = static_cast<double>(graph.value(node.output).size());
    if (const auto *conv = std::get_if<Conv2d>(&node.operation)) {
        return result * window_size(conv->window) * static_cast<double>(graph.value(node.inputs[1]).shape[1]);
    }
    if (const auto *pool = std::get_if<Pool2d>(&node.operation)) {
        return result * window_size(pool->window);
    }
    if (std::holds_alternative<Gemm>(node.operation)) {
        return result * static_cast<double>(graph.value(node.inputs[1]).shape[1]);
    }
    if (std::holds_alternative<MatMul>(node.operation)) {
        return result * static_cast<double>(graph.value(node.inputs[0]).shape.back());
    }
    if (const auto *map = std::get_if<Map>(&node.operation)) {
        return result * static_cast<double>(map->expression.size());
    }
    if (const auto *reduce = std::get_if<Reduce>(&node.operation)) {
        return result + terms(graph, node) * static_cast<double>(reduce->expression.size());
    }
    if (const auto *resample = std::get_if<Resample>(&node.operation)) {
        return resample->taps == 1 ? 0 : result * static_cast<double>(resample->taps);
    }
    return 0;
}

/// A computed element as a constant holds it. A float has 24 bits: whole numbers beyond are refused where they do
/// not fit, but for those of 2^31 and more, which stand for `to the end`.
float to_constant(const Node &node, DataType type, double element) {
    const auto rounded = static_cast<float>(element);
    if (type != DataType::f32 && static_cast<double>(rounded) != element && std::abs(element) < 0x1p31) {
        throw Error(to_text(node.origin) + ": it computes the constant " +
                    std::to_string(static_cast<int64_t>(element)) +
                    ", but integers of more than 24 bits are not supported; keep shapes and indices below 2^24");
    }
    return rounded;
}

std::vector<float> compute(const Graph &graph, const Node &node) {
    std::vector<reference::Tensor<double>> tensors;
    for (const ValueId id : node.inputs) {
        const Value &value = graph.value(id);
        tensors.push_back({value.shape, {value.constant->begin(), value.constant->end()}});
    }
    std::vector<const reference::Tensor<double> *> inputs;
    for (const reference::Tensor<double> &tensor : tensors) {
        inputs.push_back(&tensor);
    }
    std::vector<float> result;
    for (const double element : reference::interpret_node(graph, node, inputs).data) {
        result.push_back(to_constant(node, graph.value(node.output).type, element));
    }
    return result;
}

void check_work(const Graph &graph, const Node &node) {
    if (work(graph, node) > most_multiplications) {
        throw Error(to_text(node.origin) + ": its inputs are constant, but computing it takes more than 2^26 " +
                    "multiplications; export the model with constant folding");
    }
}

}  // namespace

double folding_cost(const Graph &graph, const Node &node) {
    return input_elements(graph, node) + static_cast<double>(graph.value(node.output).size()) + work(graph, node);
}

bool FoldingBudget::take(double elements) {
    if (elements > left_) {
        return false;
    }
    left_ -= elements;
    return true;
}

bool FoldingBudget::take(const Graph &graph, const Node &node) {
    return take(std::max(0.0, static_cast<double>(graph.value(node.output).size()) - input_elements(graph, node)));
}

void fold_node(Graph &graph, const Node &node) {
    check_work(graph, node);
    graph.value(node.output).constant = compute(graph, node);
}

void fold_constants(Graph &graph) {
    std::vector<bool> is_constant;
    for (const Value &value : graph.values) {
        is_constant.push_back(value.constant.has_value());
    }
    FoldingBudget budget;
    std::vector<const Node *> folded;
    for (const Node &node : graph.nodes) {
        if (graph.is_output(node.output) ||
            !std::all_of(node.inputs.begin(), node.inputs.end(),
                         [&](ValueId id) { return is_constant[static_cast<std::size_t>(id)]; }) ||
            !budget.take(graph, node)) {
            continue;
        }
        check_work(graph, node);
        is_constant[static_cast<std::size_t>(node.output)] = true;
        folded.push_back(&node);
    }
    for (const Node *node : folded) {
        graph.value(node->output).constant = compute(graph, *node);
    }
    std::erase_if(graph.nodes, [&](const Node &node) { return graph.value(node.output).constant.has_value(); });
}

}  // namespace ingot
