// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d/stages.h"

namespace ingot::conv2d_pool2d {

// A row of results at a time in registers, as wide as tile_x pool windows; the rows of a window meet in a buffer of
// tile_c vectors by a few columns, which stays in the L1 cache. With 16 registers (x86-64-v3) a row of 14
// accumulators fits where windows of 2 x 2 allow 12 and leave 7 pooled columns ragged.
static RegisterTile tile(const KernelSpec &, const ParamValues &values) {
    return {param(values, "tile_c"), param(values, "tile_x"), 1, param(values, "unroll_ci"), true};
}

Schedule<ConvolutionStages> cpu_rows() {
    return tile_schedule<tile>(
        "cpu_rows", {{"tile_c", {2, 1, 4, 3}}, {"tile_x", {7, 6, 5, 4, 3, 2, 1}}, {"unroll_ci", {1, 2, 4}}});
}

}  // namespace ingot::conv2d_pool2d
