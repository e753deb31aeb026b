// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "reference/interpreter.h"
#include "spec/error.h"
#include <optional>
#include <utility>

namespace ingot::reference {

namespace {

template<typename T>
Tensor<T> constant_tensor(const Value &value) {
    return {value.shape, std::vector<T>(value.constant->begin(), value.constant->end())};
}

template<typename T>
Bounded<T> exact(const Tensor<T> &tensor) {
    return {tensor, {tensor.shape, std::vector<T>(tensor.data.size())}};
}

/// Runs one operation; one overload per kind of node.
template<typename T>
struct Run {
    const Graph &graph;
    const Node &node;
    const std::vector<const Tensor<T> *> &inputs;

    [[nodiscard]] const Tensor<T> *bias(const std::vector<Call> &epilogue) const {
        const bool has_bias = !epilogue.empty() && epilogue.front().function == Function::bias;
        INGOT_CHECK(inputs.size() == (has_bias ? 3U : 2U), "bias and epilogue disagree");
        return has_bias ? inputs[2] : nullptr;
    }

    static Tensor<T> apply_epilogue(Tensor<T> tensor, const std::vector<Call> &epilogue) {
        for (const Call &step : epilogue) {
            if (step.function == Function::relu) {
                tensor = relu(exact(tensor)).value;
            }
        }
        return tensor;
    }

    Tensor<T> operator()(const Conv2d &op) const {
        const Tensor<T> sums = conv2d(*inputs[0], *inputs[1], bias(op.epilogue), op.window, op.groups).value;
        Tensor<T> result = apply_epilogue(sums, op.epilogue);
        return op.pool ? max_pool2d(exact(result), *op.pool).value : result;
    }

    Tensor<T> operator()(const Pool2d &op) const {
        return apply_epilogue(max_pool2d(exact(*inputs[0]), op.window).value, op.epilogue);
    }

    Tensor<T> operator()(const Gemm &op) const {
        return apply_epilogue(gemm(*inputs[0], *inputs[1], bias(op.epilogue)).value, op.epilogue);
    }

    Tensor<T> operator()(const Relu &) const { return relu(exact(*inputs[0])).value; }

    Tensor<T> operator()(const Reshape &) const {
        Tensor<T> result{graph.value(node.output).shape, inputs[0]->data};
        if (!result.shape.empty()) {
            result.shape[0] *= static_cast<int64_t>(result.data.size()) / graph.value(node.output).size();
        }
        return result;
    }

    Tensor<T> operator()(const Identity &) const { return *inputs[0]; }

    template<typename Other>
    Tensor<T> operator()(const Other &) const {
        INGOT_CHECK(false, to_text(node.origin) + ": not interpreted");
        return {};
    }
};

/// Checks that the inputs are the graph's, or the same multiple of them in the first dimension.
template<typename T>
void check_inputs(const Graph &graph, const std::vector<Tensor<T>> &inputs) {
    INGOT_CHECK(inputs.size() == graph.inputs.size(), "wrong number of inputs");
    std::optional<int64_t> batch;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        std::vector<int64_t> shape = graph.value(graph.inputs[i]).shape;
        INGOT_CHECK(inputs[i].shape.size() == shape.size() && !shape.empty(), "input of wrong rank");
        const int64_t times = inputs[i].shape[0] / shape[0];
        shape[0] *= times;
        INGOT_CHECK(times >= 1 && inputs[i].shape == shape && batch.value_or(times) == times,
                    "input of wrong shape");
        batch = times;
    }
}

}  // namespace

template<typename T>
Tensor<T> interpret_node(const Graph &graph, const Node &node, const std::vector<const Tensor<T> *> &inputs) {
    INGOT_CHECK(inputs.size() == node.inputs.size() && !inputs.empty(), "wrong number of inputs");
    return std::visit(Run<T>{graph, node, inputs}, node.operation);
}

template<typename T>
std::vector<Tensor<T>> interpret(const Graph &graph, const std::vector<Tensor<T>> &inputs) {
    check_inputs(graph, inputs);
    std::vector<Tensor<T>> values(graph.values.size());
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
        if (graph.values[i].constant) {
            values[i] = constant_tensor<T>(graph.values[i]);
        }
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        values[static_cast<std::size_t>(graph.inputs[i])] = inputs[i];
    }
    for (const Node &node : graph.nodes) {
        std::vector<const Tensor<T> *> sources;
        for (const ValueId id : node.inputs) {
            sources.push_back(&values[static_cast<std::size_t>(id)]);
        }
        values[static_cast<std::size_t>(node.output)] = interpret_node(graph, node, sources);
    }
    std::vector<Tensor<T>> outputs;
    for (const ValueId id : graph.outputs) {
        outputs.push_back(values[static_cast<std::size_t>(id)]);
    }
    return outputs;
}

template std::vector<Tensor<float>> interpret(const Graph &, const std::vector<Tensor<float>> &);
template std::vector<Tensor<double>> interpret(const Graph &, const std::vector<Tensor<double>> &);
template Tensor<float> interpret_node(const Graph &, const Node &, const std::vector<const Tensor<float> *> &);
template Tensor<double> interpret_node(const Graph &, const Node &, const std::vector<const Tensor<double> *> &);

}  // namespace ingot::reference
