// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/placements.h"

namespace ingot {

KernelSpec with_operands(KernelSpec spec, const Operand &src, const Operand &dst) {
    spec.src = src;
    spec.dst = dst;
    if (!spec.layers.empty()) {
        spec.layers.front().src = src;
        spec.layers.back().dst = dst;
    }
    return spec;
}

KernelSpec with_src_halo(const KernelSpec &spec, const Pad2 &halo) {
    Operand src = spec.src;
    src.halo = halo;
    return with_operands(spec, src, spec.dst);
}

KernelSpec with_planes(const KernelSpec &spec) {
    Operand src = spec.src, dst = spec.dst;
    for (Operand *operand : {&src, &dst}) {
        operand->order = operand->order == DimOrder::nc ? DimOrder::nc : DimOrder::nchw;
    }
    return with_operands(spec, src, dst);
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
