// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "reference/interpreter.h"
#include "reference/epilogue.h"
#include "reference/tensor_ops.h"
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
    const Sources<T> &inputs;

    [[nodiscard]] const std::vector<int64_t> &shape() const { return graph.value(node.output).shape; }

    [[nodiscard]] std::vector<DataType> types() const {
        std::vector<DataType> result;
        for (const ValueId id : node.inputs) {
            result.push_back(graph.value(id).type);
        }
        return result;
    }

    [[nodiscard]] const Tensor<T> *bias(const std::vector<Call> &epilogue) const {
        return has_bias(epilogue) ? inputs.at(2) : nullptr;
    }

    /// The epilogue of a node whose `operands` first inputs are none of its.
    Tensor<T> finish(Tensor<T> sums, const std::vector<Call> &epilogue, std::ptrdiff_t operands) const {
        const std::ptrdiff_t first = operands + (has_bias(epilogue) ? 1 : 0);
        return apply_epilogue(std::move(sums), epilogue, {inputs.begin() + first, inputs.end()});
    }

    Tensor<T> operator()(const Conv2d &op) const {
        const Tensor<T> sums = conv2d(*inputs[0], *inputs[1], bias(op.epilogue), op.window, op.groups).value;
        Tensor<T> result = finish(sums, op.epilogue, 2);
        return op.pool ? max_pool2d(exact(result), *op.pool).value : result;
    }

    Tensor<T> operator()(const Pool2d &op) const {
        const Tensor<T> &src = *inputs[0];
        return finish(op.mode == PoolMode::max ? max_pool2d(exact(src), op.window).value
                                               : average_pool2d(src, op.window, op.mode).value,
                      op.epilogue, 1);
    }

    Tensor<T> operator()(const Gemm &op) const {
        return finish(gemm(*inputs[0], *inputs[1], bias(op.epilogue)).value, op.epilogue, 2);
    }

    Tensor<T> operator()(const Relu &) const { return relu(exact(*inputs[0])).value; }
    Tensor<T> operator()(const Reshape &) const { return {shape(), inputs[0]->data}; }
    Tensor<T> operator()(const Identity &) const { return *inputs[0]; }
    Tensor<T> operator()(const Map &op) const { return map(op.expression, inputs, types(), shape()); }
    Tensor<T> operator()(const Reduce &op) const {
        return reduce(op.reduction, op.axes, op.keepdims, op.expression, inputs, types());
    }
    Tensor<T> operator()(const MatMul &) const { return matmul(*inputs[0], *inputs[1]); }
    Tensor<T> operator()(const Transpose &op) const { return transpose(*inputs[0], op.perm); }
    Tensor<T> operator()(const Slice &op) const { return slice(*inputs[0], op.starts, op.steps, shape()); }
    Tensor<T> operator()(const Expand &) const { return expand(*inputs[0], shape()); }
    Tensor<T> operator()(const Concat &op) const { return concat(inputs, op.axis); }
    Tensor<T> operator()(const Pad &op) const {
        return pad(*inputs[0], op.before, op.after, static_cast<T>(op.value));
    }
    Tensor<T> operator()(const Resample &op) const {
        return resample(*inputs[0], op.axis, op.taps, op.index, op.weights);
    }
};

/// Images in the inputs. Checks that their shapes are the graph's, or the same multiple of them in the first
/// dimension.
template<typename T>
int64_t count_images(const Graph &graph, const std::vector<Tensor<T>> &inputs) {
    INGOT_CHECK(inputs.size() == graph.inputs.size(), "wrong number of inputs");
    std::optional<int64_t> images;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        std::vector<int64_t> shape = graph.value(graph.inputs[i]).shape;
        INGOT_CHECK(inputs[i].shape.size() == shape.size(), "input of wrong rank");
        const int64_t times = shape.empty() ? 1 : inputs[i].shape[0] / shape[0];
        if (!shape.empty()) {
            shape[0] *= times;
        }
        INGOT_CHECK(times >= 1 && inputs[i].shape == shape && images.value_or(times) == times,
                    "input of wrong shape");
        images = times;
    }
    return images.value_or(1);
}

/// Image `index` of `count` in a batch.
template<typename T>
Tensor<T> image_of(const Tensor<T> &batch, int64_t index, int64_t count) {
    const auto size = static_cast<std::ptrdiff_t>(batch.data.size()) / count;
    Tensor<T> image{batch.shape, {batch.data.begin() + index * size, batch.data.begin() + (index + 1) * size}};
    if (!image.shape.empty()) {
        image.shape[0] /= count;
    }
    return image;
}

/// Runs the graph's nodes on `values`, which hold its constants and inputs.
template<typename T>
void run_nodes(const Graph &graph, std::vector<Tensor<T>> &values) {
    for (const Node &node : graph.nodes) {
        Sources<T> sources;
        for (const ValueId id : node.inputs) {
            sources.push_back(&values[static_cast<std::size_t>(id)]);
        }
        values[static_cast<std::size_t>(node.output)] = interpret_node(graph, node, sources);
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
    const int64_t images = count_images(graph, inputs);
    std::vector<Tensor<T>> values(graph.values.size());
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
        if (graph.values[i].constant) {
            values[i] = constant_tensor<T>(graph.values[i]);
        }
    }
    std::vector<Tensor<T>> outputs(graph.outputs.size());
    for (int64_t image = 0; image < images; ++image) {
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            values[static_cast<std::size_t>(graph.inputs[i])] = image_of(inputs[i], image, images);
        }
        run_nodes(graph, values);
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            const Tensor<T> &result = values[static_cast<std::size_t>(graph.outputs[i])];
            outputs[i].shape = result.shape;
            outputs[i].data.insert(outputs[i].data.end(), result.data.begin(), result.data.end());
        }
    }
    for (Tensor<T> &output : outputs) {
        INGOT_CHECK(images == 1 || !output.shape.empty(), "a batch of scalars");
        if (images != 1) {
            output.shape[0] *= images;
        }
    }
    return outputs;
}

template std::vector<Tensor<float>> interpret(const Graph &, const std::vector<Tensor<float>> &);
template std::vector<Tensor<double>> interpret(const Graph &, const std::vector<Tensor<double>> &);
template Tensor<float> interpret_node(const Graph &, const Node &, const std::vector<const Tensor<float> *> &);
template Tensor<double> interpret_node(const Graph &, const Node &, const std::vector<const Tensor<double> *> &);

}  // namespace ingot::reference
