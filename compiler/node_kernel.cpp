// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/node_kernel.h"
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
    spec.epilogue = {{EpilogueKind::relu}};
    if (spec.src.order == DimOrder::nc) {
        spec.src.order = spec.dst.order = DimOrder::nhwc;
    }
}

}  // namespace

Shape4 shape4(const Value &value) {
    if (value.shape.size() == 4) {
        return {value.shape[0], value.shape[1], value.shape[2], value.shape[3]};
    }
    const int64_t n = value.shape.empty() ? 1 : value.shape[0];
    return {n, value.size() / n, 1, 1};
}

std::optional<Op> kernel_op(const Node &node) {
    return std::visit(Overloaded{[](const Reshape &) { return std::optional<Op>(); },
                                 [](const Identity &) { return std::optional<Op>(); },
                                 [](const auto &operation) {
                                     KernelSpec spec;
                                     fill(spec, operation);
                                     return std::optional<Op>(spec.op);
                                 }},
                      node.operation);
}

KernelSpec bare_spec(const Graph &graph, const Node &node, DimOrder src, DimOrder dst) {
    const Shape4 from = shape4(graph.value(node.inputs[0]));
    KernelSpec spec;
    spec.n = from.n, spec.ci = from.c, spec.h = from.h, spec.w = from.w;
    spec.co = shape4(graph.value(node.output)).c;
    spec.src.order = src;
    spec.dst.order = dst;
    std::visit(Overloaded{[](const Reshape &) { INGOT_CHECK(false, "a reshape has no kernel"); },
                          [](const Identity &) { INGOT_CHECK(false, "an identity has no kernel"); },
                          [&](const auto &operation) { fill(spec, operation); }},
               node.operation);
    return spec;
}

}  // namespace ingot
