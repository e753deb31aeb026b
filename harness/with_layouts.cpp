// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/kernel_problem.h"
#include "schedules/choose.h"

namespace ingot {

KernelSpec with_layouts(KernelSpec spec, const Choice &choice, const Target &target) {
    const Layouts layouts = layouts_of(choice, spec, target);
    if (spec.has_weights()) {
        spec.weights.order = layouts.weights;
    }
    if (layouts.src_halo) {
        spec.src.halo = spec.window.pad;
    }
    for (KernelSpec &layer : spec.layers) {
        if (layer.has_weights() && layer.op != Op::gemm) {
            layer.weights.order = layouts.weights;
        }
    }
    return spec;
}

}  // namespace ingot
