// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/node_kernel.h"
#include "spec/error.h"

namespace ingot {

namespace {

template<typename... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};
template<typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

void fill(KernelSpec &spec, const Conv2d &conv) {
    spec.op = conv.pool ? Op::conv2d_pool2d : Op::conv2d;
    spec.window = conv.window;
    spec.groups = conv.groups;
    spec.pool = conv.pool;
    spec.epilogue = conv.epilogue;
    spec.weights.order = DimOrder::oihw;
}

void fill(KernelSpec &spec, const Pool2d &pool) {
    spec.op = Op::pool2d;
    spec.window = pool.window;
    spec.mode = pool.mode;
    spec.epilogue = pool.epilogue;
}

void fill(KernelSpec &spec, const Gemm &gemm) {
    spec.op = Op::gemm;
    spec.ci *= spec.h * spec.w;
    spec.h = spec.w = 1;
    spec.epilogue = gemm.epilogue;
    spec.src.order = spec.dst.order = DimOrder::nc;
    spec.weights.order = DimOrder::oi;
}

// A ReLU that no producer takes in is the epilogue of a 1 x 1 max-pool.
void fill(KernelSpec &spec, const Relu &) {
    spec.op = Op::pool2d;
    spec.epilogue = {{Function::relu}};
    if (spec.src.order == DimOrder::nc) {
        spec.src.order = spec.dst.order = DimOrder::nhwc;
    }
}

void fill(KernelSpec &spec, const Reduce &) {
    spec.op = Op::pool2d;
    spec.window.kernel = {spec.h, spec.w};
    spec.mode = PoolMode::average;
}

}  // namespace

Shape4 shape4(const Value &value) {
    if (value.shape.size() == 4) {
        return {value.shape[0], value.shape[1], value.shape[2], value.shape[3]};
    }
    const int64_t n = value.shape.empty() ? 1 : value.shape[0];
    return {n, value.size() / n, 1, 1};
}

std::string step_name(const Graph &graph, std::span<const std::size_t> nodes) {
    const std::string &first = graph.nodes[nodes.front()].origin.name;
    return nodes.size() > 1 ? first + " to " + graph.nodes[nodes.back()].origin.name : first;
}

std::optional<Op> kernel_op(const Node &node) {
    using Answer = std::optional<Op>;
    return std::visit(
        Overloaded{
            [](const Conv2d &conv) -> Answer { return conv.pool ? Op::conv2d_pool2d : Op::conv2d; },
            [](const Pool2d &) -> Answer { return Op::pool2d; }, [](const Gemm &) -> Answer { return Op::gemm; },
            [](const Relu &) -> Answer { return Op::pool2d; }, [](const Map &) -> Answer { return Op::map; },
            [](const Reduce &) -> Answer { return Op::reduce; },
            [](const MatMul &) -> Answer { return Op::matmul; }, [](const Pad &) -> Answer { return Op::pad; },
            [](const Resample &) -> Answer { return Op::resample; },
            [](const auto &) -> Answer { return std::nullopt; }},
        node.operation);
}

bool is_picture_mean(const Graph &graph, const Node &node) {
    const auto *reduce = std::get_if<Reduce>(&node.operation);
    if (reduce == nullptr || node.inputs.size() != 1) {
        return false;
    }
    const Value &src = graph.value(node.inputs[0]);
    return reduce->reduction == Reduction::mean && reduce->axes == std::vector<int64_t>{2, 3} &&
           reduce->expression == Expression{operand_term(0)} && src.shape.size() == 4 &&
           src.type == DataType::f32 && src.shape[2] * src.shape[3] > 1;
}

KernelSpec bare_spec(const Graph &graph, const Node &node, DimOrder src, DimOrder dst) {
    const Shape4 from = shape4(graph.value(node.inputs[0]));
    KernelSpec spec;
    spec.n = from.n, spec.ci = from.c, spec.h = from.h, spec.w = from.w;
    spec.co = shape4(graph.value(node.output)).c;
    spec.src.order = src;
    spec.dst.order = dst;
    INGOT_CHECK(!std::holds_alternative<Reduce>(node.operation) || is_picture_mean(graph, node),
                to_text(node.origin) + ": no mean over a picture");
    std::visit(
        Overloaded{[&](const Conv2d &conv) { fill(spec, conv); }, [&](const Pool2d &pool) { fill(spec, pool); },
                   [&](const Gemm &gemm) { fill(spec, gemm); }, [&](const Relu &relu) { fill(spec, relu); },
                   [&](const Reduce &mean) { fill(spec, mean); },
                   [&](const auto &) { INGOT_CHECK(false, to_text(node.origin) + ": not of a picture's op"); }},
        node.operation);
    if (spec.has_weights()) {
        spec.weights.type = graph.weights;
    }
    return spec;
}

}  // namespace ingot
