// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/winograd.h"
#include "generators/convolution.h"
#include "spec/buffer_dims.h"
#include "spec/winograd.h"
#include <functional>

namespace ingot {

using namespace Halide;

namespace {

using Element = std::function<Expr(int)>;

Expr row_times(const std::vector<double> &row, const Element &element) {
    Expr result;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (row[i] == 0) {
            continue;
        }
        const Expr value = element(static_cast<int>(i));
        const Expr term = row[i] == 1 || row[i] == -1 ? value : static_cast<float>(row[i]) * value;
        const Expr first = row[i] == -1 ? -term : term;
        result = !result.defined() ? first : row[i] == -1 ? result - term : result + term;
    }
    return result;
}

/// Element `index` of matrix * elements; schedules unroll the index, and the choice among rows folds away.
Expr transform(const WinogradMatrices::Matrix &matrix, const Expr &index, const Element &element) {
    std::vector<Expr> rows;
    for (const std::vector<double> &row : matrix) {
        rows.push_back(row_times(row, element));
    }
    return mux(index, rows);
}

/// Position of a tile's element, kept inside the padded picture where the last tile is ragged.
Expr position(const Expr &tile, const Expr &element, int64_t tiles, int64_t before, int64_t extent, int64_t after) {
    const WinogradMatrices &matrices = winograd_2x2_3x3();
    const Expr at = tile * matrices.results() + element - static_cast<int>(before);
    const int64_t last = (tiles - 1) * matrices.results() + matrices.frequencies() - 1 - before;
    return last < extent + after ? at : min(at, static_cast<int>(extent + after - 1));
}

void define_input(WinogradStages &stages) {
    const KernelSpec &spec = stages.spec;
    const WinogradMatrices &matrices = winograd_2x2_3x3();
    const Pad2 &pad = spec.window.pad;
    const Extent2 tiles = winograd_tiles(spec);
    const int width = static_cast<int>(tiles.w);
    const Var &c = stages.c, &t = stages.t, &n = stages.n, &fx = stages.fx, &fy = stages.fy, &j = stages.j;
    const Expr row = position(t / width, j, tiles.h, pad.top, spec.h, pad.bottom);
    stages.input_rows(c, fx, j, t, n) = transform(matrices.input, fx, [&](int i) {
        return stages.src(c, position(t % width, i, tiles.w, pad.left, spec.w, pad.right), row, n);
    });
    stages.input(c, t, fx, fy, n) =
        transform(matrices.input, fy, [&](int k) { return stages.input_rows(c, fx, k, t, n); });
}

void define_result(WinogradStages &stages, bool has_bias) {
    const WinogradMatrices &matrices = winograd_2x2_3x3();
    const Var &c = stages.c, &t = stages.t, &n = stages.n, &fy = stages.fy, &i = stages.i, &j = stages.j;
    stages.output_rows(c, i, fy, t, n) = transform(matrices.output, i, [&](int fx) {
        const Expr sum = stages.sum(c, t, fx, fy, n);
        return has_bias && fx == winograd_unit_frequency
                   ? sum + select(fy == winograd_unit_frequency, stages.bias(c), 0.0f)
                   : sum;
    });
    stages.result(c, i, j, t, n) =
        transform(matrices.output, j, [&](int k) { return stages.output_rows(c, i, k, t, n); });
}

}  // namespace

WinogradStages make_winograd(const KernelOperands &operands) {
    const KernelSpec &spec = operands.spec;
    WinogradStages stages{spec,
                          Var("c"),
                          Var("x"),
                          Var("y"),
                          Var("n"),
                          Var("t"),
                          Var("fx"),
                          Var("fy"),
                          Var("i"),
                          Var("j"),
                          RDom(0, static_cast<int>(spec.ci), "r"),
                          Func("src_padded"),
                          Func("weights_read"),
                          Func("bias_read"),
                          Func("input_rows"),
                          Func("input"),
                          Func("sum"),
                          Func("output_rows"),
                          Func("result"),
                          Func("out")};
    const Var &c = stages.c, &t = stages.t, &n = stages.n, &fx = stages.fx, &fy = stages.fy;
    const int block = static_cast<int>(channel_block);
    Var ci("ci");
    define_src(stages.src, operands, {c, stages.x, stages.y, n});
    stages.weights(c, ci, fx, fy) = operands.weights(c % block, ci, fx, fy, c / block);
    stages.bias(c) = operands.bias.defined() ? Expr(operands.bias(c)) : Expr(0.0f);
    define_input(stages);
    stages.sum(c, t, fx, fy, n) = 0.0f;
    stages.sum(c, t, fx, fy, n) += stages.weights(c, stages.r.x, fx, fy) * stages.input(stages.r.x, t, fx, fy, n);
    define_result(stages, operands.bias.defined());
    return stages;
}

}  // namespace ingot
