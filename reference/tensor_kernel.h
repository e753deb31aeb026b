// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "reference/ops.h"
#include <cstdint>
#include <vector>

namespace ingot::reference {

/// The constants of a resample, both [taps, results]; weights are empty where taps is 1.
struct ResampleTables {
    std::vector<int32_t> index;
    std::vector<float> weights;
};

/// Runs a tensor op by its spec, strides aside. Every source is dense and has a dimension for each of spec.dims: of
/// the extent that view_extents says, or of 1, where all positions read the same element, as those do whose stride
/// is 0. The result has the dims' extents, and 1 where dst is reduced: of a matmul a [..., m, 1, k], b [..., 1, n,
/// k] -> [..., m, n, 1].
///
/// A float kernel is within eps * (sum_length(spec) + 1) * magnitude of the value. What a call of an expression may
/// be off by, estimate_expression says; max and min hand on the largest of their terms, an `arg` one is exact.
Bounded<double> run_tensor_kernel(const KernelSpec &spec, const std::vector<Tensor<double>> &sources,
                                  const ResampleTables &tables = {});

/// sum_length of a tensor op: the terms of a sum, a mean or a product, else 0.
int64_t tensor_sum_length(const KernelSpec &spec);

}  // namespace ingot::reference
