// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include "reference/interpreter.h"
#include "spec/error.h"
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace ingot {

namespace {

constexpr double most_operations = 1 << 26;

double calls_in(const Expression &expression) {
    return static_cast<double>(std::count_if(expression.begin(), expression.end(),
                                             [](const Term &term) { return term.kind == Term::Kind::call; }));
}

double window_size(const Window &window) {
    return static_cast<double>(window.kernel.h) * static_cast<double>(window.kernel.w);
}

/// Multiplications, comparisons and functions that a node takes, a fused pool left aside, or elements that it
/// repeats; none of those that only move what is there.
struct Work {
    const Graph &graph;
    const Node &node;

    [[nodiscard]] double result() const { return static_cast<double>(graph.value(node.output).size()); }
    [[nodiscard]] const std::vector<int64_t> &input(std::size_t i) const {
        return graph.value(node.inputs[i]).shape;
    }

    double operator()(const Conv2d &op) const {
        return result() * window_size(op.window) * static_cast<double>(input(1)[1]);
    }
    double operator()(const Pool2d &op) const { return result() * window_size(op.window); }
    double operator()(const Gemm &) const { return result() * static_cast<double>(input(1)[1]); }
    double operator()(const MatMul &) const { return result() * static_cast<double>(input(0).back()); }
    double operator()(const Map &op) const { return result() * calls_in(op.expression); }
    double operator()(const Reduce &op) const {
        std::vector<std::vector<int64_t>> shapes;
        for (std::size_t i = 0; i < node.inputs.size(); ++i) {
            shapes.push_back(input(i));
        }
        const std::vector<int64_t> common = broadcast_shape(shapes).value();
        double positions = 1;
        for (const int64_t extent : common) {
            positions *= static_cast<double>(extent);
        }
        return positions * (1 + calls_in(op.expression));
    }
    double operator()(const Resample &op) const { return result() * static_cast<double>(op.taps); }
    double operator()(const Relu &) const { return result(); }
    double operator()(const Expand &) const { return result(); }
    double operator()(const Pad &) const { return result(); }
    double operator()(const Reshape &) const { return 0; }
    double operator()(const Identity &) const { return 0; }
    double operator()(const Transpose &) const { return 0; }
    double operator()(const Slice &) const { return 0; }
    double operator()(const Concat &) const { return 0; }
};

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

/// Constants by their values: those of the graph, and those that are folded.
class Constants {
public:
    explicit Constants(const Graph &graph) : graph_(graph) {}

    [[nodiscard]] bool has(ValueId id) const { return graph_.value(id).constant || folded_.contains(id); }

    void fold(const Node &node) {
        std::vector<reference::Tensor<double>> tensors;
        for (const ValueId id : node.inputs) {
            const std::vector<float> &data = folded_.contains(id) ? folded_.at(id) : *graph_.value(id).constant;
            tensors.push_back({graph_.value(id).shape, {data.begin(), data.end()}});
        }
        std::vector<const reference::Tensor<double> *> inputs;
        for (const reference::Tensor<double> &tensor : tensors) {
            inputs.push_back(&tensor);
        }
        std::vector<float> &result = folded_[node.output];
        for (const double element : reference::interpret_node(graph_, node, inputs).data) {
            result.push_back(to_constant(node, graph_.value(node.output).type, element));
        }
    }

    /// Those that are folded. This object holds none afterwards.
    std::map<ValueId, std::vector<float>> take() { return std::move(folded_); }

private:
    const Graph &graph_;
    std::map<ValueId, std::vector<float>> folded_;
};

}  // namespace

void fold_constants(Graph &graph) {
    Constants constants(graph);
    for (const Node &node : graph.nodes) {
        if (graph.is_output(node.output) ||
            !std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) { return constants.has(id); })) {
            continue;
        }
        if (std::visit(Work{graph, node}, node.operation) > most_operations) {
            throw Error(to_text(node.origin) + ": its inputs are constant, but computing it takes more than 2^26 " +
                        "operations; export the model with constant folding");
        }
        constants.fold(node);
    }
    for (auto &[id, data] : constants.take()) {
        graph.value(id).constant = std::move(data);
    }
    std::erase_if(graph.nodes, [&](const Node &node) { return graph.value(node.output).constant.has_value(); });
}

}  // namespace ingot
