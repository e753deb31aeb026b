// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/kernel_problem.h"
#include "harness/placements.h"
#include "schedules/choose.h"
#include <utility>

namespace ingot {

KernelSpec with_layouts(KernelSpec spec, const Choice &choice, const Target &target) {
    const Layouts layouts = layouts_of(choice, spec, target);
    if (spec.has_weights()) {
        spec.weights.order = layouts.weights;
    }
    for (KernelSpec &layer : spec.layers) {
        if (layer.has_weights() && layer.op != Op::gemm) {
            layer.weights.order = layouts.weights;
        }
    }
    Operand src = spec.src;
    if (layouts.src_halo) {
        src.halo = spec.first().window.pad;
    }
    const Operand dst = spec.dst;
    return with_operands(std::move(spec), src, dst);
}

}  // namespace ingot
