// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/placements.h"

namespace ingot {

KernelSpec with_planes(KernelSpec spec) {
    const bool is_sequential = spec.op == Op::sequential;
    Operand &src = is_sequential ? spec.layers.front().src : spec.src;
    Operand &dst = is_sequential ? spec.layers.back().dst : spec.dst;
    for (Operand *operand : {&src, &dst}) {
        operand->order = operand->order == DimOrder::nc ? DimOrder::nc : DimOrder::nchw;
    }
    // The operands of a sequential are those of its first and its last layer.
    return is_sequential ? make_sequential(std::move(spec.layers)) : spec;
}

KernelSpec with_images(KernelSpec spec, int64_t n) {
    spec.n = n;
    for (KernelSpec &layer : spec.layers) {
        layer.n = n;
    }
    return spec;
}

KernelSpec without_weight_layouts(KernelSpec spec) {
    spec.weights = {};
    for (KernelSpec &layer : spec.layers) {
        layer.weights = {};
    }
    return spec;
}

}  // namespace ingot
