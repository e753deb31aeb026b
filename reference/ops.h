// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The operations in plain loops, templates over the type they compute in: the oracle. Layouts are ONNX's, dense.
#pragma once
#include "reference/tensor.h"
#include "spec/kernel_spec.h"
#include <cstdint>
#include <vector>

namespace ingot::reference {

/// With every element of a result the sum of the absolute products it was summed from, |bias| included: a float
/// kernel that adds k + 1 terms in any order is within eps * (k + 1) * magnitude of the exact sum. The bound is
/// that of one kernel, whose sources count as exact. Max-pooling keeps the largest magnitude of its window; ReLU
/// keeps it as it is, other functions change it so that the same bound holds behind them. A kernel whose weights
/// are transformed for Winograd is judged by winograd_magnitude.
template<typename T>
struct Bounded {
    Tensor<T> value;
    Tensor<T> magnitude;
};

/// dst(n, co, y, x) = bias(co) + sum over ci, ky, kx of
///     weights(co, ci, ky, kx) * src(n, g * ci/groups + ci, y * sh - top + ky * dh, x * sw - left + kx * dw)
/// src [n, ci, h, w], weights [co, ci / groups, kh, kw], bias [co] or null -> [n, co, oh, ow].
template<typename T>
Bounded<T> conv2d(const Tensor<T> &src, const Tensor<T> &weights, const Tensor<T> *bias, const Window &window,
                  int64_t groups);

/// dst(n, c, y, x) = max over the window's elements inside the picture; -infinity where there is none.
/// [n, c, h, w] -> [n, c, oh, ow].
template<typename T>
Bounded<T> max_pool2d(const Bounded<T> &src, const Window &window);

/// dst(n, c, y, x) = sum of the window's elements inside the picture, by their number or, of average_padded, by
/// that of the whole window, which never leaves the padded picture. [n, c, h, w] -> [n, c, oh, ow].
template<typename T>
Bounded<T> average_pool2d(const Tensor<T> &src, const Window &window, PoolMode mode);

/// dst(n, co) = bias(co) + sum over ci of weights(co, ci) * src(n, ci). src [n, ...] read as [n, ci].
template<typename T>
Bounded<T> gemm(const Tensor<T> &src, const Tensor<T> &weights, const Tensor<T> *bias);

/// max(0, x).
template<typename T>
Bounded<T> relu(Bounded<T> src);

/// Runs one kernel by its spec, layouts aside: every operand is in ONNX's order and dense. src [n, ci, h, w] or
/// [n, ci]; weights as above; null where the spec has none: bias [co], the slope [co] of prelu, the tensor of dst's
/// shape that add adds. A tensor op runs with run_tensor_kernel.
template<typename T>
Bounded<T> run_kernel(const KernelSpec &spec, const Tensor<T> &src, const Tensor<T> *weights, const Tensor<T> *bias,
                      const Tensor<T> *slope = nullptr, const Tensor<T> *add = nullptr);

/// Weights, bias and slope of one layer, as run_kernel takes them; an empty tensor stands for none.
template<typename T>
struct LayerConstants {
    Tensor<T> weights, bias, slope;
};

/// Runs a sequential, a kernel per layer, of which the last may add the tensor `add`; `constants` has a row for
/// each. The bound is that of the whole chain: with e the error of a layer's source in units of eps, that of its
/// result is at most
///
///     (k + 1) * magnitude + (1 + eps * (k + 1)) * (sum of |weights| * e)
///
/// before its epilogue and pool, and stands in `magnitude`; sum_length() of a sequential is 0.
template<typename T>
Bounded<T> run_sequential(const KernelSpec &spec, const Tensor<T> &src,
                          const std::vector<LayerConstants<T>> &constants, const Tensor<T> *add = nullptr);

/// Roundings of one sum of products, its bias apart: what (k + 1) is counted from; the terms of a direct sum, the
/// elements of an averaged window.
int64_t sum_length(const KernelSpec &spec);

}  // namespace ingot::reference
