// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "reference/ops.h"
#include <vector>

namespace ingot::reference {

/// Applies the steps of an epilogue behind its bias, with which the sums start, to sums [n, c, ...]. `tensors` are
/// those that its other steps read, in their order: the slope [c] of prelu, the tensor of the sums' shape that add
/// adds.
template<typename T>
Tensor<T> apply_epilogue(Tensor<T> sums, const std::vector<Call> &epilogue,
                         const std::vector<const Tensor<T> *> &tensors);

/// The same for sums that are within eps * roundings * magnitude: so are the results. ReLU keeps a magnitude, the
/// other steps carry it as estimate_call does.
template<typename T>
Bounded<T> apply_epilogue(Bounded<T> sums, const std::vector<Call> &epilogue,
                          const std::vector<const Tensor<T> *> &tensors, int64_t roundings);

/// True where the sums start with a bias.
bool has_bias(const std::vector<Call> &epilogue);

}  // namespace ingot::reference
