// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d/stages.h"

namespace ingot::conv2d_pool2d {

// The loops of cpu_tiled with the picture outermost: all blocks of channels compute a strip of `strip` tile rows
// before the next one. The strip's pixels stay in L1 or L2, the weights are read again for each strip: for large
// pictures under few weights, as VGG's first layers are.
static RegisterTile tile(const KernelSpec &, const ParamValues &values) {
    return {param(values, "tile_c"),
            param(values, "tile_x"),
            param(values, "tile_y"),
            param(values, "unroll_ci"),
            false,
            param(values, "strip")};
}

Schedule<ConvolutionStages> cpu_strips() {
    return tile_schedule<tile>("cpu_strips", {{"tile_c", {2, 1, 4}},
                                              {"tile_x", {7, 6, 5, 4, 3, 2, 1}},
                                              {"tile_y", {1, 2}},
                                              {"unroll_ci", {1}},
                                              {"strip", {1, 4}}});
}

}  // namespace ingot::conv2d_pool2d
