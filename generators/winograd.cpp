// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/winograd.h"
#include "generators/convolution.h"
#include "spec/buffer_dims.h"
#include "spec/winograd.h"
#include <cmath>
#include <functional>

namespace ingot {

using namespace Halide;

namespace {

using Element = std::function<Expr(int)>;
using Groups = std::vector<std::vector<int>>;

/// Columns of Bᵀ in two groups, the last of each first, which is the highest power of a polynomial. Rows of the
/// points a and -a have the same factors in the even columns, and opposite ones in the odd columns: the two rows
/// share the sums of both groups.
Groups by_parity(int columns) {
    Groups groups(2);
    for (int i = 0; i < columns; ++i) {
        std::vector<int> &group = groups[static_cast<std::size_t>(i % 2)];
        group.insert(group.begin(), i);
    }
    return groups;
}

/// Columns of Aᵀ by the points' absolute values. Those of a and -a have the same factor in the even rows, opposite
/// ones in the odd rows: the even rows share the sum of the two, the odd rows the difference.
Groups by_pairs(int columns) {
    Groups groups = {{0}};
    for (int i = 1; i + 1 < columns; i += 2) {
        groups.push_back({i, i + 1});
    }
    groups.push_back({columns - 1});
    return groups;
}

/// `so_far` + factor * term; an undefined `so_far` is zero.
Expr plus(const Expr &so_far, double factor, const Expr &term) {
    const double size = std::abs(factor);
    const Expr scaled = size == 1 ? term : static_cast<float>(size) * term;
    if (!so_far.defined()) {
        return factor < 0 ? -scaled : scaled;
    }
    return factor < 0 ? so_far - scaled : so_far + scaled;
}

/// Sum over columns of row * element. Each group is summed by itself, by the factor of its first column that has
/// one, so that rows whose groups differ by a factor have a common subexpression; it starts with that column,
/// whose factor is then 1, and further ones are multiply-adds.
Expr row_times(const std::vector<double> &row, const Groups &groups, const Element &element) {
    Expr result;
    for (const std::vector<int> &group : groups) {
        double factor = 0;
        for (int i : group) {
            const double here = row[static_cast<std::size_t>(i)];
            factor = factor != 0 ? factor : here;
        }
        Expr sum;
        for (int i : group) {
            if (const double here = row[static_cast<std::size_t>(i)]; here != 0) {
                sum = plus(sum, here / factor, element(i));
            }
        }
        result = factor != 0 ? plus(result, factor, sum) : result;
    }
    return result;
}

/// Element `index` of matrix * elements; schedules unroll the index, and the choice among rows folds away.
Expr transform(const WinogradMatrices::Matrix &matrix, const Groups &groups, const Expr &index,
               const Element &element) {
    std::vector<Expr> rows;
    for (const std::vector<double> &row : matrix) {
        rows.push_back(row_times(row, groups, element));
    }
    return mux(index, rows);
}

/// Position of a tile's element, kept inside the padded picture where the last tile is ragged.
Expr position(const WinogradMatrices &matrices, const Expr &tile, const Expr &element, int64_t tiles,
              int64_t before, int64_t extent, int64_t after) {
    const Expr at = tile * matrices.results() + element - static_cast<int>(before);
    const int64_t last = (tiles - 1) * matrices.results() + matrices.frequencies() - 1 - before;
    return last < extent + after ? at : min(at, static_cast<int>(extent + after - 1));
}

void define_input(WinogradStages &stages) {
    const KernelSpec &spec = stages.spec;
    const WinogradMatrices &matrices = winograd_matrices(spec.weights.order);
    const Groups groups = by_parity(matrices.frequencies());
    const Pad2 &pad = spec.window.pad;
    const Extent2 tiles = winograd_tiles(spec, spec.weights.order);
    const int width = static_cast<int>(tiles.w);
    const Var &c = stages.c, &t = stages.t, &n = stages.n, &fx = stages.fx, &fy = stages.fy, &j = stages.j;
    const Expr row = position(matrices, t / width, j, tiles.h, pad.top, spec.h, pad.bottom);
    stages.input_rows(c, fx, j, t, n) = transform(matrices.input, groups, fx, [&](int i) {
        return stages.src(c, position(matrices, t % width, i, tiles.w, pad.left, spec.w, pad.right), row, n);
    });
    stages.input(c, t, fx, fy, n) =
        transform(matrices.input, groups, fy, [&](int k) { return stages.input_rows(c, fx, k, t, n); });
}

void define_result(WinogradStages &stages, bool has_bias) {
    const WinogradMatrices &matrices = winograd_matrices(stages.spec.weights.order);
    const Groups groups = by_pairs(matrices.frequencies());
    const Var &c = stages.c, &t = stages.t, &n = stages.n, &fy = stages.fy, &i = stages.i, &j = stages.j;
    stages.output_rows(c, i, fy, t, n) = transform(matrices.output, groups, i, [&](int fx) {
        const Expr sum = stages.sum(c, t, fx, fy, n);
        return has_bias && fx == winograd_unit_frequency
                   ? sum + select(fy == winograd_unit_frequency, stages.bias(c), 0.0f)
                   : sum;
    });
    stages.result(c, i, j, t, n) =
        transform(matrices.output, groups, j, [&](int k) { return stages.output_rows(c, i, k, t, n); });
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
