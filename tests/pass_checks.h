// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/passes/passes.h"
#include "tests/graph_builder.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

namespace ingot::test {

/// The operations in order, as in `conv2d relu`.
inline std::string operations(const Graph &graph) {
    std::string text;
    for (const Node &node : graph.nodes) {
        text += (text.empty() ? "" : " ") + operation_name(node.operation);
    }
    return text;
}

inline std::vector<std::string> output_names(const Graph &graph) {
    std::vector<std::string> names;
    for (const ValueId id : graph.outputs) {
        names.push_back(graph.value(id).name);
    }
    return names;
}

/// Real numbers of a graph's inputs, `batch` times, about as many above 1 as below -1 and between.
inline std::vector<reference::Tensor<double>> real_inputs(const Graph &graph, int64_t batch = 1) {
    std::mt19937_64 random(1);
    std::vector<reference::Tensor<double>> tensors;
    for (const ValueId id : graph.inputs) {
        reference::Tensor<double> &tensor = tensors.emplace_back();
        tensor.shape = graph.value(id).shape;
        tensor.shape[0] *= batch;
        for (int64_t i = 0; i < graph.value(id).size() * batch; ++i) {
            tensor.data.push_back(static_cast<double>(random() % 4001) / 500 - 4);
        }
    }
    return tensors;
}

/// The same outputs, within `tolerance` times the largest of each.
inline void expect_close(const std::vector<reference::Tensor<double>> &outputs,
                         const std::vector<reference::Tensor<double>> &expected, double tolerance) {
    ASSERT_EQ(outputs.size(), expected.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        ASSERT_EQ(outputs[i].shape, expected[i].shape);
        double largest = 0, difference = 0;
        for (std::size_t k = 0; k < outputs[i].data.size(); ++k) {
            largest = std::max(largest, std::abs(expected[i].data[k]));
            difference = std::max(difference, std::abs(outputs[i].data[k] - expected[i].data[k]));
        }
        EXPECT_LE(difference, tolerance * largest) << "output " << i;
    }
}

/// Constants of weights are rounded to float once more where passes fold them.
constexpr double float_rounding = 1e-6;

/// What a pass makes of a graph: as verify wants it, with the same results and output names, and as it stays when
/// the pass runs again.
inline Graph passed(const Graph &graph, void (*pass)(Graph &)) {
    Graph result = graph;
    pass(result);
    verify(result);
    EXPECT_EQ(output_names(result), output_names(graph));
    const std::vector<reference::Tensor<double>> inputs = real_inputs(graph);
    expect_close(reference::interpret(result, inputs), reference::interpret(graph, inputs), float_rounding);
    Graph again = result;
    pass(again);
    EXPECT_EQ(to_text(again), to_text(result)) << "the pass runs twice";
    return result;
}

/// The expression of a map.
inline std::string expression_of(const Graph &graph, std::size_t node) {
    return to_text(std::get<Map>(graph.nodes.at(node).operation).expression);
}

/// The epilogue of a convolution, pooling or gemm, as in `bias,relu`.
inline std::string epilogue_of(const Graph &graph, std::size_t node) {
    const Operation &operation = graph.nodes.at(node).operation;
    const auto *conv = std::get_if<Conv2d>(&operation);
    const auto *pool = std::get_if<Pool2d>(&operation);
    std::string text;
    for (const Call &call : conv != nullptr   ? conv->epilogue
                            : pool != nullptr ? pool->epilogue
                                              : std::get<Gemm>(operation).epilogue) {
        text += (text.empty() ? "" : ",") + to_text(call);
    }
    return text;
}

/// Builds graphs for the tests of passes.
class PassBuilder : public GraphBuilder {
public:
    /// A Map of an expression as `x0,x1,add`.
    ValueId map(const std::string &name, std::string_view expression, std::vector<ValueId> inputs) {
        return node(name, Map{parse_expression(expression)}, std::move(inputs));
    }
    ValueId scalar(float value) { return constant("c" + std::to_string(graph.values.size()), {}, {value}); }
    /// Numbers 1, 1.5, 2, ... as a constant of a shape.
    ValueId rising(const std::string &name, std::vector<int64_t> shape, float first = 1) {
        std::vector<float> data(static_cast<std::size_t>(element_count(shape).value()));
        for (std::size_t i = 0; i < data.size(); ++i) {
            data[i] = first + 0.5f * static_cast<float>(i);
        }
        return constant(name, std::move(shape), std::move(data));
    }
    ValueId transpose(const std::string &name, ValueId src, std::vector<int64_t> perm) {
        return node(name, Transpose{std::move(perm)}, {src});
    }
    /// The graph with these outputs.
    Graph with_outputs(std::vector<ValueId> outputs) {
        graph.outputs = std::move(outputs);
        verify(graph);
        return graph;
    }
};

const Window same3{{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}};
const Window valid3{{3, 3}, {1, 1}, {1, 1}, {}};
const Window point{{1, 1}, {1, 1}, {1, 1}, {}};
const Window halve{{2, 2}, {2, 2}, {1, 1}, {}};

}  // namespace ingot::test
