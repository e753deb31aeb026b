// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_direct/stages.h"
#include "schedules/weight_stream.h"

namespace ingot::conv2d_direct {

// Registers: tile_c * tile_x * tile_y accumulators, tile_c weights and a broadcast pixel. x86-64-v4 has 32: 2 x 14
// accumulators, 16 loads for 28 FMAs. x86-64-v3 has 16: 2 x 6, 8 loads for 12. A step over an input channel reads
// tile_c vectors of packed weights, contiguous; on x86-64-v4 the FMAs broadcast the pixels
// themselves, below it a broadcast is a load of its own; x86-64-v2, without FMA, needs a register for the product
// and prefers 4 x 2, since a broadcast is a load and a shuffle there. Blocks of channels are outermost: weights
// beyond L2 come from memory once, and a block of them, 295 KB for 3 x 3 filters over 256 channels by 32, stays in
// L2 while the picture is read.
static RegisterTile tile(const KernelSpec &, const ParamValues &values) {
    return {param(values, "tile_c"),
            param(values, "tile_x"),
            param(values, "tile_y"),
            param(values, "unroll_ci"),
            false,
            0,
            param(values, "prefetch")};
}

Schedule<ConvolutionStages> cpu_tiled() {
    return tile_schedule<tile>("cpu_tiled", {{"tile_c", {2, 1, 4, 3}},
                                             {"tile_x", {14, 12, 16, 10, 8, 7, 6, 5, 4, 3, 2, 1}},
                                             {"tile_y", {1, 2, 3, 4}},
                                             {"unroll_ci", {1, 2, 4}},
                                             prefetch_param()});
}

}  // namespace ingot::conv2d_direct
