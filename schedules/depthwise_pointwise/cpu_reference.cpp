// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/depthwise_pointwise/stages.h"

namespace ingot::depthwise_pointwise {

/// The depthwise picture of an image, then the result: one accumulator, no tiling, no vectors.
Schedule<DepthwisePointwiseStages> cpu_reference() {
    return {
        {"cpu_reference",
         0,
         {},
         [](const KernelSpec &spec, const Target &, const ParamValues &) { return is_depthwise_pointwise(spec); },
         plain_layouts,
         nullptr},
        [](DepthwisePointwiseStages &stages, const Target &, const ParamValues &) {
            ConvolutionStages &depthwise = stages.depthwise, &pointwise = stages.pointwise;
            place_padding(depthwise.src, pointwise.out, pointwise.n, depthwise.spec);
            depthwise.conv.compute_at(depthwise.out, depthwise.c);
            depthwise.conv.update();
            depthwise.out.compute_at(pointwise.out, pointwise.n)
                .hoist_storage_root()
                .store_in(Halide::MemoryType::Heap);
            pointwise.conv.compute_at(pointwise.out, pointwise.c);
            pointwise.conv.update();
        }};
}

}  // namespace ingot::depthwise_pointwise
