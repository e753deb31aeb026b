// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d/stages.h"

namespace ingot::conv2d_pool2d {

// All results of a pool window are accumulators of one tile: the maximum is taken in registers, and a convolution
// result never reaches memory. With a 2 x 2 pool on x86-64-v4, one vector by 7 pooled columns are 28 accumulators,
// and a vector of weights serves 28 FMAs that each broadcast a pixel.
static RegisterTile tile(const KernelSpec &, const ParamValues &values) {
    return {param(values, "tile_c"), param(values, "tile_x"), param(values, "tile_y"), param(values, "unroll_ci")};
}

Schedule<ConvolutionStages> cpu_tiled() {
    return tile_schedule<tile>("cpu_tiled", {{"tile_c", {2, 1, 4, 3}},
                                             {"tile_x", {7, 6, 5, 4, 3, 2, 1}},
                                             {"tile_y", {1, 2}},
                                             {"unroll_ci", {1, 2, 4}}});
}

}  // namespace ingot::conv2d_pool2d
