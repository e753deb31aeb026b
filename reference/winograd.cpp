// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "reference/winograd.h"
#include "spec/error.h"
#include <algorithm>
#include <cmath>

namespace ingot::reference {

namespace {

template<typename T>
using Square = std::vector<std::vector<T>>;

template<typename T>
Square<T> zeros(std::size_t rows, std::size_t columns) {
    return Square<T>(rows, std::vector<T>(columns));
}

/// m * square * mᵀ, or of the absolute values of m.
template<typename T>
Square<T> both_sides(const WinogradMatrices::Matrix &m, const Square<T> &square, bool absolute) {
    const std::size_t rows = m.size(), inner = square.size();
    const auto factor = [&](std::size_t row, std::size_t column) {
        return static_cast<T>(absolute ? std::abs(m[row][column]) : m[row][column]);
    };
    Square<T> result = zeros<T>(rows, rows);
    for (std::size_t y = 0; y < rows; ++y) {
        for (std::size_t x = 0; x < rows; ++x) {
            for (std::size_t j = 0; j < inner; ++j) {
                for (std::size_t i = 0; i < inner; ++i) {
                    result[y][x] += factor(y, j) * factor(x, i) * square[j][i];
                }
            }
        }
    }
    return result;
}

/// |G g Gᵀ| of each filter, [co][ci].
template<typename T>
std::vector<Square<T>> weight_magnitudes(const Tensor<T> &weights, const WinogradMatrices::Matrix &g) {
    std::vector<Square<T>> result;
    for (auto value = weights.data.begin(); value != weights.data.end();) {
        Square<T> filter = zeros<T>(3, 3);
        for (std::vector<T> &row : filter) {
            for (T &element : row) {
                element = *value++;
            }
        }
        result.push_back(both_sides(g, filter, false));
        for (std::vector<T> &row : result.back()) {
            std::transform(row.begin(), row.end(), row.begin(), [](T element) { return std::abs(element); });
        }
    }
    return result;
}

/// |Bᵀ| |d| |B| of one tile of one channel whose first element is at (top, left) of the picture; zero in the
/// padding, the last element of the padded picture again behind it.
template<typename T>
Square<T> tile_magnitudes(const T *picture, int64_t h, int64_t w, int64_t top, int64_t left, const Pad2 &pad,
                          const WinogradMatrices::Matrix &b) {
    const std::size_t extent = b.size();
    Square<T> tile = zeros<T>(extent, extent);
    for (std::size_t j = 0; j < extent; ++j) {
        for (std::size_t i = 0; i < extent; ++i) {
            const int64_t y = std::min(top + static_cast<int64_t>(j), h + pad.bottom - 1);
            const int64_t x = std::min(left + static_cast<int64_t>(i), w + pad.right - 1);
            if (y >= 0 && y < h && x >= 0 && x < w) {
                tile[j][i] = std::abs(picture[y * w + x]);
            }
        }
    }
    return both_sides(b, tile, true);
}

/// Sum over channels of tile * filter, element by element; the filters from `first` on.
template<typename T>
Square<T> sum_of_products(const std::vector<Square<T>> &tiles, const std::vector<Square<T>> &filters,
                          std::size_t first) {
    const std::size_t extent = tiles.front().size();
    Square<T> sum = zeros<T>(extent, extent);
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        for (std::size_t fy = 0; fy < extent; ++fy) {
            for (std::size_t fx = 0; fx < extent; ++fx) {
                sum[fy][fx] += filters[first + i][fy][fx] * tiles[i][fy][fx];
            }
        }
    }
    return sum;
}

int64_t longest_row(const WinogradMatrices::Matrix &matrix) {
    int64_t longest = 0;
    for (const std::vector<double> &row : matrix) {
        longest =
            std::max<int64_t>(longest, std::count_if(row.begin(), row.end(), [](double v) { return v != 0; }));
    }
    return longest;
}

}  // namespace

template<typename T>
Tensor<T> winograd_magnitude(const Tensor<T> &src, const Tensor<T> &weights, const Tensor<T> *bias,
                             const Window &window, const WinogradMatrices &matrices) {
    const int64_t images = src.shape[0], ci = src.shape[1], h = src.shape[2], w = src.shape[3];
    const int64_t co = weights.shape[0];
    INGOT_CHECK(window.kernel == (Extent2{3, 3}) && weights.shape[1] == ci, "not a convolution of 3x3 filters");
    const int64_t m = matrices.results();
    const std::vector<Square<T>> filters = weight_magnitudes(weights, matrices.weights);
    const Extent2 out = window.output(h, w);
    Tensor<T> result{{images, co, out.h, out.w},
                     std::vector<T>(static_cast<std::size_t>(images * co * out.h * out.w))};
    for (int64_t tile = 0; tile < images * ((out.h + m - 1) / m) * ((out.w + m - 1) / m); ++tile) {
        const int64_t columns = (out.w + m - 1) / m, rows = (out.h + m - 1) / m;
        const int64_t left = tile % columns * m, top = tile / columns % rows * m, n = tile / columns / rows;
        std::vector<Square<T>> tiles;
        for (int64_t i = 0; i < ci; ++i) {
            tiles.push_back(tile_magnitudes(src.data.data() + (n * ci + i) * h * w, h, w, top - window.pad.top,
                                            left - window.pad.left, window.pad, matrices.input));
        }
        for (int64_t c = 0; c < co; ++c) {
            const T start = bias != nullptr ? std::abs(bias->data[static_cast<std::size_t>(c)]) : T{0};
            const Square<T> sums = sum_of_products(tiles, filters, static_cast<std::size_t>(c * ci));
            const Square<T> results = both_sides(matrices.output, sums, true);
            for (int64_t y = top; y < std::min(top + m, out.h); ++y) {
                for (int64_t x = left; x < std::min(left + m, out.w); ++x) {
                    result.data[static_cast<std::size_t>(((n * co + c) * out.h + y) * out.w + x)] =
                        start + results[static_cast<std::size_t>(y - top)][static_cast<std::size_t>(x - left)];
                }
            }
        }
    }
    return result;
}

int64_t winograd_sum_length(int64_t ci, const WinogradMatrices &matrices) {
    return ci + 1 + 2 * longest_row(matrices.input) + 2 * longest_row(matrices.output);
}

template Tensor<float> winograd_magnitude(const Tensor<float> &, const Tensor<float> &, const Tensor<float> *,
                                          const Window &, const WinogradMatrices &);
template Tensor<double> winograd_magnitude(const Tensor<double> &, const Tensor<double> &, const Tensor<double> *,
                                           const Window &, const WinogradMatrices &);

}  // namespace ingot::reference
