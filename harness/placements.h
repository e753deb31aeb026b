// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/kernel_spec.h"

namespace ingot {

/// The kernel between these operands.
KernelSpec with_operands(KernelSpec spec, const Operand &src, const Operand &dst);

/// The kernel whose src has this halo.
KernelSpec with_src_halo(const KernelSpec &spec, const Pad2 &halo);

/// The kernel where a network begins and ends in the model's own order: src and dst of pictures in planes.
KernelSpec with_planes(const KernelSpec &spec);

/// The kernel for `n` images.
KernelSpec with_images(KernelSpec spec, int64_t n);

/// The kernel without the layouts of its weights: equal for all choices that compute the same of the same operands.
KernelSpec without_weight_layouts(KernelSpec spec);

}  // namespace ingot
