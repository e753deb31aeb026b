// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "reference/ops.h"
#include "spec/error.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace ingot::reference {

namespace {

template<typename T>
void check_shape(const Tensor<T> &tensor, const std::vector<int64_t> &shape, const char *what) {
    INGOT_CHECK(tensor.shape == shape && static_cast<int64_t>(tensor.data.size()) == product(shape),
                std::string(what) + " of unexpected shape");
}

/// Position of element (a, b, c, d) of a dense tensor of rank 4.
std::size_t position(const std::vector<int64_t> &shape, int64_t a, int64_t b, int64_t c, int64_t d) {
    return static_cast<std::size_t>(((a * shape[1] + b) * shape[2] + c) * shape[3] + d);
}

/// Calls `visit(ky, kx, sy, sx)` for each element of the window of result (y, x) that lies inside the picture.
template<typename Visit>
void for_each_in_window(const Window &window, int64_t h, int64_t w, int64_t y, int64_t x, Visit visit) {
    for (int64_t ky = 0; ky < window.kernel.h; ++ky) {
        const int64_t sy = y * window.stride.h - window.pad.top + ky * window.dilation.h;
        if (sy < 0 || sy >= h) {
            continue;
        }
        for (int64_t kx = 0; kx < window.kernel.w; ++kx) {
            const int64_t sx = x * window.stride.w - window.pad.left + kx * window.dilation.w;
            if (sx >= 0 && sx < w) {
                visit(ky, kx, sy, sx);
            }
        }
    }
}

/// Calls `visit(n, c, y, x)` for each element of a tensor of rank 4.
template<typename Visit>
void for_each_element(const std::vector<int64_t> &shape, Visit visit) {
    for (int64_t n = 0; n < shape[0]; ++n) {
        for (int64_t c = 0; c < shape[1]; ++c) {
            for (int64_t y = 0; y < shape[2]; ++y) {
                for (int64_t x = 0; x < shape[3]; ++x) {
                    visit(n, c, y, x);
                }
            }
        }
    }
}

}  // namespace

template<typename T>
Bounded<T> conv2d(const Tensor<T> &src, const Tensor<T> &weights, const Tensor<T> *bias, const Window &window,
                  int64_t groups) {
    INGOT_CHECK(src.shape.size() == 4 && weights.shape.size() == 4 && groups >= 1,
                "conv2d needs tensors of rank 4");
    const int64_t images = src.shape[0], ci = src.shape[1], h = src.shape[2], w = src.shape[3];
    const int64_t co = weights.shape[0];
    INGOT_CHECK(ci % groups == 0 && co % groups == 0, "groups do not divide the channels");
    const int64_t group_ci = ci / groups, group_co = co / groups;
    check_shape(src, src.shape, "src");
    check_shape(weights, {co, group_ci, window.kernel.h, window.kernel.w}, "weights");
    if (bias != nullptr) {
        check_shape(*bias, {co}, "bias");
    }
    const Extent2 out = window.output(h, w);
    INGOT_CHECK(out.h >= 1 && out.w >= 1, "conv2d with an empty result");

    auto dst = make_tensor<T>({images, co, out.h, out.w});
    auto magnitude = make_tensor<T>(dst.shape);
    for_each_element(dst.shape, [&](int64_t n, int64_t c, int64_t y, int64_t x) {
        T sum = bias != nullptr ? bias->data[static_cast<std::size_t>(c)] : T{0};
        T absolute = std::abs(sum);
        const int64_t first_channel = c / group_co * group_ci;
        for (int64_t i = 0; i < group_ci; ++i) {
            for_each_in_window(window, h, w, y, x, [&](int64_t ky, int64_t kx, int64_t sy, int64_t sx) {
                const T term = weights.data[position(weights.shape, c, i, ky, kx)] *
                               src.data[position(src.shape, n, first_channel + i, sy, sx)];
                sum += term;
                absolute += std::abs(term);
            });
        }
        dst.data[position(dst.shape, n, c, y, x)] = sum;
        magnitude.data[position(dst.shape, n, c, y, x)] = absolute;
    });
    return {std::move(dst), std::move(magnitude)};
}

template<typename T>
Bounded<T> max_pool2d(const Bounded<T> &src, const Window &window) {
    const std::vector<int64_t> &shape = src.value.shape;
    INGOT_CHECK(shape.size() == 4, "max_pool2d needs a tensor of rank 4");
    check_shape(src.value, shape, "src");
    check_shape(src.magnitude, shape, "magnitude");
    const int64_t h = shape[2], w = shape[3];
    const Extent2 out = window.output(h, w);
    INGOT_CHECK(out.h >= 1 && out.w >= 1, "max_pool2d with an empty result");

    auto dst = make_tensor<T>({shape[0], shape[1], out.h, out.w});
    auto magnitude = make_tensor<T>(dst.shape);
    for_each_element(dst.shape, [&](int64_t n, int64_t c, int64_t y, int64_t x) {
        T largest = -std::numeric_limits<T>::infinity();
        T largest_magnitude{0};
        for_each_in_window(window, h, w, y, x, [&](int64_t, int64_t, int64_t sy, int64_t sx) {
            largest = std::max(largest, src.value.data[position(shape, n, c, sy, sx)]);
            largest_magnitude = std::max(largest_magnitude, src.magnitude.data[position(shape, n, c, sy, sx)]);
        });
        dst.data[position(dst.shape, n, c, y, x)] = largest;
        magnitude.data[position(dst.shape, n, c, y, x)] = largest_magnitude;
    });
    return {std::move(dst), std::move(magnitude)};
}

template<typename T>
Bounded<T> average_pool2d(const Tensor<T> &src, const Window &window, PoolMode mode) {
    const std::vector<int64_t> &shape = src.shape;
    INGOT_CHECK(shape.size() == 4 && mode != PoolMode::max,
                "average_pool2d needs a tensor of rank 4 and an average");
    check_shape(src, shape, "src");
    const int64_t h = shape[2], w = shape[3];
    const Extent2 out = window.output(h, w);
    INGOT_CHECK(out.h >= 1 && out.w >= 1, "average_pool2d with an empty result");

    auto dst = make_tensor<T>({shape[0], shape[1], out.h, out.w});
    auto magnitude = make_tensor<T>(dst.shape);
    for_each_element(dst.shape, [&](int64_t n, int64_t c, int64_t y, int64_t x) {
        T sum{0}, absolute{0};
        int64_t inside = 0;
        for_each_in_window(window, h, w, y, x, [&](int64_t, int64_t, int64_t sy, int64_t sx) {
            const T element = src.data[position(shape, n, c, sy, sx)];
            sum += element;
            absolute += std::abs(element);
            ++inside;
        });
        const int64_t count = mode == PoolMode::average ? inside : window.kernel.h * window.kernel.w;
        dst.data[position(dst.shape, n, c, y, x)] = sum / static_cast<T>(count);
        magnitude.data[position(dst.shape, n, c, y, x)] = absolute / static_cast<T>(count);
    });
    return {std::move(dst), std::move(magnitude)};
}

template<typename T>
Bounded<T> gemm(const Tensor<T> &src, const Tensor<T> &weights, const Tensor<T> *bias) {
    INGOT_CHECK(!src.shape.empty() && weights.shape.size() == 2, "gemm needs rows and weights of rank 2");
    const int64_t rows = src.shape[0], co = weights.shape[0], ci = weights.shape[1];
    INGOT_CHECK(product(src.shape) == rows * ci && static_cast<int64_t>(src.data.size()) == rows * ci,
                "src of unexpected shape");
    check_shape(weights, {co, ci}, "weights");
    if (bias != nullptr) {
        check_shape(*bias, {co}, "bias");
    }

    auto dst = make_tensor<T>({rows, co});
    auto magnitude = make_tensor<T>(dst.shape);
    for (int64_t n = 0; n < rows; ++n) {
        for (int64_t c = 0; c < co; ++c) {
            T sum = bias != nullptr ? bias->data[static_cast<std::size_t>(c)] : T{0};
            T absolute = std::abs(sum);
            for (int64_t i = 0; i < ci; ++i) {
                const T term = weights.data[static_cast<std::size_t>(c * ci + i)] *
                               src.data[static_cast<std::size_t>(n * ci + i)];
                sum += term;
                absolute += std::abs(term);
            }
            dst.data[static_cast<std::size_t>(n * co + c)] = sum;
            magnitude.data[static_cast<std::size_t>(n * co + c)] = absolute;
        }
    }
    return {std::move(dst), std::move(magnitude)};
}

template<typename T>
Bounded<T> relu(Bounded<T> src) {
    for (T &element : src.value.data) {
        element = std::max(T{0}, element);
    }
    return src;
}

template Bounded<float> conv2d(const Tensor<float> &, const Tensor<float> &, const Tensor<float> *, const Window &,
                               int64_t);
template Bounded<double> conv2d(const Tensor<double> &, const Tensor<double> &, const Tensor<double> *,
                                const Window &, int64_t);
template Bounded<float> max_pool2d(const Bounded<float> &, const Window &);
template Bounded<double> max_pool2d(const Bounded<double> &, const Window &);
template Bounded<float> average_pool2d(const Tensor<float> &, const Window &, PoolMode);
template Bounded<double> average_pool2d(const Tensor<double> &, const Window &, PoolMode);
template Bounded<float> gemm(const Tensor<float> &, const Tensor<float> &, const Tensor<float> *);
template Bounded<double> gemm(const Tensor<double> &, const Tensor<double> &, const Tensor<double> *);
template Bounded<float> relu(Bounded<float>);
template Bounded<double> relu(Bounded<double>);
}  // namespace ingot::reference
