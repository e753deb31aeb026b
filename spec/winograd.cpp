// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/winograd.h"
#include "spec/error.h"
#include <algorithm>
#include <cmath>
#include <numeric>

namespace ingot {

namespace {

// Interpolation at 0, 1, -1 and infinity.
WinogradMatrices make_2x2() {
    return {
        {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
        {{1, 0, 0}, {1.0 / 2, 1.0 / 2, 1.0 / 2}, {1.0 / 2, -1.0 / 2, 1.0 / 2}, {0, 0, 1}},
        {{1, 1, 1, 0}, {0, 1, -1, -1}},
        true,
    };
}

// Interpolation at 0, 1, -1, 2, -2 and infinity.
WinogradMatrices make_4x4() {
    return {
        {{4, 0, -5, 0, 1, 0},
         {0, -4, -4, 1, 1, 0},
         {0, 4, -4, -1, 1, 0},
         {0, -2, -1, 2, 1, 0},
         {0, 2, -1, -2, 1, 0},
         {0, 4, 0, -5, 0, 1}},
        {{1.0 / 4, 0, 0},
         {-1.0 / 6, -1.0 / 6, -1.0 / 6},
         {-1.0 / 6, 1.0 / 6, -1.0 / 6},
         {1.0 / 24, 1.0 / 12, 1.0 / 6},
         {1.0 / 24, -1.0 / 12, 1.0 / 6},
         {0, 0, 1}},
        {{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}},
        false,
    };
}

double absolute_sum(const std::vector<double> &row) {
    return std::accumulate(row.begin(), row.end(), 0.0, [](double sum, double v) { return sum + std::abs(v); });
}

int64_t ceiling(int64_t value, int64_t divisor) {
    return (value + divisor - 1) / divisor;
}

}  // namespace

bool is_winograd(DimOrder order) {
    return order == DimOrder::winograd2 || order == DimOrder::winograd4;
}

const WinogradMatrices &winograd_matrices(DimOrder order) {
    static const WinogradMatrices of_2x2 = make_2x2(), of_4x4 = make_4x4();
    INGOT_CHECK(is_winograd(order), "not transformed weights");
    return order == DimOrder::winograd4 ? of_4x4 : of_2x2;
}

double winograd_growth(const WinogradMatrices &matrices) {
    double largest = 0;
    for (const std::vector<double> &row : matrices.output) {
        double sum = 0;
        for (std::size_t f = 0; f < row.size(); ++f) {
            sum += std::abs(row[f]) * absolute_sum(matrices.weights[f]) * absolute_sum(matrices.input[f]);
        }
        largest = std::max(largest, sum);
    }
    return largest * largest;
}

bool is_winograd_shape(const KernelSpec &spec) {
    const Window &window = spec.window;
    const bool convolution = spec.op == Op::conv2d || spec.op == Op::conv2d_pool2d;
    const bool pool_fits = !spec.pool || (spec.pool->kernel == Extent2{2, 2} &&
                                          spec.pool->stride == Extent2{2, 2} && !spec.pool->pad.any());
    return convolution && window.kernel == Extent2{3, 3} && window.stride == Extent2{} &&
           window.dilation == Extent2{} && spec.groups == 1 && pool_fits;
}

int winograd_step(const KernelSpec &spec, DimOrder order) {
    return winograd_matrices(order).results() / (spec.pool ? 2 : 1);
}

Extent2 winograd_tiles(const KernelSpec &spec, DimOrder order) {
    const int64_t step = winograd_step(spec, order);
    const Extent2 dst = spec.output();
    return {ceiling(dst.h, step), ceiling(dst.w, step)};
}

}  // namespace ingot
