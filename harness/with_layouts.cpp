// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/kernel_problem.h"
#include "harness/placements.h"
#include "schedules/choose.h"

namespace ingot {

KernelSpec with_layouts(KernelSpec spec, const Choice &choice, const Target &target) {
    const Layouts layouts = layouts_of(choice, spec, target);
    if (spec.has_weights()) {
        spec.set_weights_order(layouts.weights);
    }
    for (KernelSpec &layer : spec.layers) {
        if (layer.has_weights() && layer.op != Op::gemm) {
            layer.set_weights_order(layouts.weights);
        }
    }
    return layouts.src_halo ? with_src_halo(spec, spec.first().window.pad) : spec;
}

}  // namespace ingot
