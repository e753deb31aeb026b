// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is particular to the specs of tensor ops; see KernelSpec.
#pragma once
#include "spec/kernel_spec.h"

namespace ingot {

/// Throws Error where dims, views and the op's own fields do not fit.
void validate_tensor(const KernelSpec &spec);

/// Functions of the expression per position, multiplications and additions of a sum.
double tensor_flops(const KernelSpec &spec);

/// The extents of view `index` in `spec.dims`: those of pad's and resample's src, else dims.
std::vector<int64_t> view_extents(const KernelSpec &spec, std::size_t index);

/// True where dst does not depend on this dimension: its stride is 0.
bool is_reduced(const KernelSpec &spec, std::size_t dim);

/// The dimension whose neighbours lie nearest in a view's memory, the last of equal ones; the last dimension where
/// all of the view is one element.
std::size_t nearest_dim(const KernelSpec &spec, std::size_t index);

}  // namespace ingot
