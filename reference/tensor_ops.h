// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The operations on dense tensors of any rank in plain loops, templates over the type they compute in. T is float
// or double, whatever the tensors' types.
#pragma once
#include "reference/ops.h"
#include <cstdint>
#include <vector>

namespace ingot::reference {

template<typename T>
using Sources = std::vector<const Tensor<T> *>;

/// dst(p) = expression of the sources' elements at p. The sources' shapes broadcast to `shape`, dst's; `types` are
/// the sources'.
template<typename T>
Tensor<T> map(const Expression &expression, const Sources<T> &sources, const std::vector<DataType> &types,
              const std::vector<int64_t> &shape);

/// The reduction of terms in order; of an `arg` one the index of the first, or the last, extreme. The mean of an
/// integer type is truncated.
template<typename T>
T reduce_terms(Reduction reduction, const std::vector<T> &terms, DataType type);

/// dst(p) = the reduction of the expression over the positions along `axes` that broadcast sources have. -> their
/// common shape with extents of 1 along the axes, or, without `keepdims`, without them.
template<typename T>
Tensor<T> reduce(Reduction reduction, const std::vector<int64_t> &axes, bool keepdims, const Expression &expression,
                 const Sources<T> &sources, const std::vector<DataType> &types);

/// dst(..., m, n) = sum over k of a(..., m, k) * b(..., k, n); the leading dimensions broadcast.
template<typename T>
Tensor<T> matmul(const Tensor<T> &a, const Tensor<T> &b);

/// dst(p) = src(q) with q[perm[i]] = p[i].
template<typename T>
Tensor<T> transpose(const Tensor<T> &src, const std::vector<int64_t> &perm);

/// dst(p) = src(starts + p * steps). -> `shape`.
template<typename T>
Tensor<T> slice(const Tensor<T> &src, const std::vector<int64_t> &starts, const std::vector<int64_t> &steps,
                const std::vector<int64_t> &shape);

/// src, broadcast to `shape`.
template<typename T>
Tensor<T> expand(const Tensor<T> &src, const std::vector<int64_t> &shape);

/// Sources that differ in the extent of `axis` alone, one behind the other.
template<typename T>
Tensor<T> concat(const Sources<T> &sources, int64_t axis);

/// src with `before` and `after` elements of `value` around it.
template<typename T>
Tensor<T> pad(const Tensor<T> &src, const std::vector<int64_t> &before, const std::vector<int64_t> &after, T value);

/// Along `axis`, dst(i) = sum over t of weights[t * count + i] * src(index[t * count + i]), with count =
/// index.size() / taps; without weights all are 1.
template<typename T>
Tensor<T> resample(const Tensor<T> &src, int64_t axis, int64_t taps, const std::vector<int32_t> &index,
                   const std::vector<float> &weights);

}  // namespace ingot::reference
