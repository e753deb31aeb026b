// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include "compiler/passes/rewriter.h"

namespace ingot {

namespace {

/// [k, n] -> [n, k].
std::vector<float> transposed(const std::vector<float> &matrix, std::size_t k, std::size_t n) {
    std::vector<float> result(matrix.size());
    for (std::size_t i = 0; i < k; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            result[j * k + i] = matrix[i * n + j];
        }
    }
    return result;
}

// a [..., k] * b [k, n] = the gemm of a's rows.
void make_gemm(Rewriter &rewriter, Node &node) {
    const ValueId a = node.inputs[0];
    const std::vector<int64_t> shape = rewriter.shape(a), matrix = rewriter.shape(node.inputs[1]);
    const int64_t k = shape.back(), n = matrix.back(), rows = rewriter.value(a).size() / k;
    const ValueId weights =
        rewriter.add_constant(node.inputs[1], "t", {n, k},
                              transposed(*rewriter.value(node.inputs[1]).constant, static_cast<std::size_t>(k),
                                         static_cast<std::size_t>(n)));
    const ValueId result = node.output;
    if (shape.size() == 2 && rewriter.shape(result).size() == 2) {
        node.operation = Gemm{};
        rewriter.set_inputs(node, {a, weights});
        return;
    }
    const ValueId src = shape.size() == 2 ? a : rewriter.add(Reshape{}, {a}, node, "rows", {rows, k});
    node.operation = Gemm{};
    rewriter.set_inputs(node, {src, weights});
    const ValueId product = rewriter.compute_anew(node, "product", {rows, n});
    rewriter.add(Reshape{}, {product}, result, node);
}

}  // namespace

void matmul_to_gemm(Graph &graph) {
    Rewriter rewriter(graph);
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        Node &node = rewriter.node(i);
        if (!std::holds_alternative<MatMul>(node.operation) || Rewriter::is_removed(node)) {
            continue;
        }
        const Value &b = rewriter.value(node.inputs[1]);
        const bool is_matrix = b.constant && b.size() == b.shape.back() * b.shape[b.shape.size() - 2];
        if (is_matrix && rewriter.value(node.inputs[0]).type == DataType::f32) {
            make_gemm(rewriter, node);
        }
    }
    rewriter.finish();
}

}  // namespace ingot
