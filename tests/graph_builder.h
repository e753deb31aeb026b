// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"
#include "reference/interpreter.h"
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace ingot::test {

/// Builds graphs node by node; shapes are inferred.
class GraphBuilder {
public:
    Graph graph;

    ValueId input(const std::string &name, std::vector<int64_t> shape) {
        const ValueId id = graph.add_value({name, DataType::f32, std::move(shape), std::nullopt});
        graph.inputs.push_back(id);
        return id;
    }
    ValueId constant(const std::string &name, std::vector<int64_t> shape, std::vector<float> data) {
        return graph.add_value({name, DataType::f32, std::move(shape), std::move(data)});
    }
    /// A constant of small integers that are not all the same.
    ValueId integers(const std::string &name, std::vector<int64_t> shape, uint64_t seed) {
        std::mt19937_64 random(seed);
        std::vector<float> data(static_cast<std::size_t>(element_count(shape).value()));
        for (float &element : data) {
            element = static_cast<float>(static_cast<int>(random() % 5) - 2);
        }
        return constant(name, std::move(shape), std::move(data));
    }
    ValueId node(const std::string &name, Operation operation, std::vector<ValueId> inputs,
                 std::vector<int64_t> shape = {}) {
        Node node{std::move(operation), std::move(inputs), -1, {}};
        node.origin = {operation_name(node.operation), name, static_cast<int>(graph.nodes.size()), 17};
        node.output = graph.add_value({name, DataType::f32, std::move(shape), std::nullopt});
        graph.value(node.output).shape = infer_shape(graph, node);
        graph.value(node.output).type = infer_type(graph, node);
        graph.nodes.push_back(node);
        return node.output;
    }
    ValueId conv(const std::string &name, ValueId src, int64_t co, const Window &window, int64_t groups = 1) {
        const int64_t ci = graph.value(src).shape.at(1) / groups;
        const auto seed = static_cast<uint64_t>(graph.values.size());
        const ValueId weights = integers(name + ".w", {co, ci, window.kernel.h, window.kernel.w}, seed);
        const ValueId bias = integers(name + ".b", {co}, seed + 1);
        return node(name, Conv2d{window, groups, {{Function::bias}}, std::nullopt}, {src, weights, bias});
    }
    ValueId gemm(const std::string &name, ValueId src, int64_t co) {
        const std::vector<int64_t> &shape = graph.value(src).shape;
        const int64_t ci = graph.value(src).size() / shape.at(0);
        const auto seed = static_cast<uint64_t>(graph.values.size());
        const ValueId weights = integers(name + ".w", {co, ci}, seed);
        const ValueId bias = integers(name + ".b", {co}, seed + 1);
        return node(name, Gemm{{{Function::bias}}}, {src, weights, bias});
    }
    ValueId pool(const std::string &name, ValueId src, const Window &window) {
        return node(name, Pool2d{window, {}}, {src});
    }
    ValueId relu(const std::string &name, ValueId src) { return node(name, Relu{}, {src}); }
    ValueId identity(const std::string &name, ValueId src) { return node(name, Identity{}, {src}); }
    ValueId reshape(const std::string &name, ValueId src, std::vector<int64_t> shape) {
        return node(name, Reshape{}, {src}, std::move(shape));
    }
    ValueId flatten(const std::string &name, ValueId src) {
        const int64_t rows = graph.value(src).shape.at(0);
        return reshape(name, src, {rows, graph.value(src).size() / rows});
    }
};

/// A graph of at most three sums of products in a row, on integers: exact in double.
class RandomGraph {
public:
    explicit RandomGraph(uint64_t seed) : random_(seed) {
        values_.push_back(builder_.input("image", {below(2) + 1, below(3) + 1, below(4) + 5, below(4) + 5}));
        const int64_t steps = below(8) + 3;
        for (int64_t i = 0; i < steps; ++i) {
            add("v" + std::to_string(i));
        }
        Graph &graph = builder_.graph;
        graph.outputs = {graph.nodes.back().output};
        for (const Node &node : graph.nodes) {
            if (below(6) == 0 && !graph.is_output(node.output) && !graph.value(node.output).constant) {
                graph.outputs.push_back(node.output);
            }
        }
    }
    [[nodiscard]] const Graph &graph() const { return builder_.graph; }

    /// Random integers of the graph's inputs, `batch` times.
    std::vector<reference::Tensor<double>> inputs(int64_t batch) {
        std::vector<reference::Tensor<double>> tensors;
        for (const ValueId id : graph().inputs) {
            std::vector<int64_t> shape = graph().value(id).shape;
            std::vector<double> data(static_cast<std::size_t>(graph().value(id).size() * batch));
            for (double &element : data) {
                element = static_cast<double>(below(7) - 3);
            }
            shape[0] *= batch;
            tensors.push_back({std::move(shape), std::move(data)});
        }
        return tensors;
    }

private:
    int64_t below(int64_t end) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(end)); }

    /// Mostly the latest value, so that chains arise; else any, so that some have several readers.
    ValueId pick() {
        const auto any = static_cast<std::size_t>(below(static_cast<int64_t>(values_.size())));
        return below(4) == 0 ? values_[any] : values_.back();
    }

    void add(const std::string &name) {
        const ValueId src = pick();
        const std::vector<int64_t> shape = builder_.graph.value(src).shape;
        const bool picture = shape.size() == 4;
        switch (below(7)) {
        case 0:
            values_.push_back(builder_.identity(name, src));
            break;
        case 1:
        case 2:
            values_.push_back(builder_.relu(name, src));
            break;
        case 3:
            values_.push_back(picture ? builder_.flatten(name, src)
                                      : builder_.reshape(name, src,
                                                         {builder_.graph.value(src).shape[0], 1, 1,
                                                          builder_.graph.value(src).shape[1]}));
            break;
        case 4:
            values_.push_back(picture ? add_pool(name, src) : builder_.relu(name, src));
            break;
        default:
            values_.push_back(sums_++ >= 3 ? builder_.relu(name, src)
                              : picture    ? add_conv(name, src)
                                           : builder_.gemm(name, src, below(6) + 1));
        }
    }

    Window window(const std::vector<int64_t> &shape) {
        const Extent2 kernel{std::min(below(3) + 1, shape[2]), std::min(below(3) + 1, shape[3])};
        const Pad2 pad{below(kernel.h), below(kernel.w), below(kernel.h), below(kernel.w)};
        return {kernel, {below(2) + 1, below(2) + 1}, {}, pad};
    }
    ValueId add_pool(const std::string &name, ValueId src) {
        Window pool = window(builder_.graph.value(src).shape);
        if (below(2) == 0) {  // side by side, as most networks pool
            pool.stride = pool.kernel;
            pool.pad = {};
        }
        return builder_.pool(name, src, pool);
    }
    /// Weights are a constant, or computed from one.
    ValueId add_conv(const std::string &name, ValueId src) {
        const std::vector<int64_t> shape = builder_.graph.value(src).shape;
        const Window w = window(shape);
        const int64_t groups = below(2) == 0 ? shape[1] : 1, co = groups * (below(3) + 1);
        if (below(2) == 0) {
            return builder_.conv(name, src, co, w, groups);
        }
        const ValueId raw = builder_.integers(name + ".raw", {co * shape[1] / groups * w.kernel.h, w.kernel.w},
                                              static_cast<uint64_t>(below(1000)));
        const ValueId positive = builder_.relu(name + ".positive", raw);
        const ValueId weights =
            builder_.reshape(name + ".w", positive, {co, shape[1] / groups, w.kernel.h, w.kernel.w});
        return builder_.node(name, Conv2d{w, groups, {}, std::nullopt}, {src, weights});
    }

    std::mt19937_64 random_;
    GraphBuilder builder_;
    std::vector<ValueId> values_;
    int sums_ = 0;
};

}  // namespace ingot::test
