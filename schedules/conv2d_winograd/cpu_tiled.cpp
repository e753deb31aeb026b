// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_winograd/stages.h"

namespace ingot::conv2d_winograd {

// Registers: tile_c * tile_t accumulators, tile_c weights and a broadcast. On x86-64-v4 2 x 14 of 32, 16 loads for
// 28 FMAs; on x86-64-v3 2 x 6 or 2 x 5 of 16, 7 loads for 10. Caches: a block holds 16 * ci floats per tile of
// transformed source, which stays in L2, mostly in L1, while all channels read it, and 16 floats per tile and
// channel of a block of sums, which stay in L1. The weights are one stream in memory order, read once per block:
// the more rows a block has, the less often.
Schedule<WinogradStages> cpu_tiled() {
    return winograd_schedule<DimOrder::winograd2>({{"tile_c", {2, 1, 4}},
                                                   {"tile_t", {14, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1}},
                                                   {"rows", {1, 2, 3, 4, 5, 7, 14}},
                                                   {"unroll_ci", {1, 2, 4}}});
}

// Registers: as above. The 49 tiles of a picture of 28 x 28 are seven of 2 x 7 accumulators, 9 loads for 14 FMAs,
// where four of 2 x 14 waste an eighth; the 16 of 14 x 14, or of two rows of 32 x 32, are 2 x 8 or 1 x 16. Caches:
// a block holds 36 * ci floats per tile, 252 KB for two rows of 14 tiles of 64 channels, which L2 keeps beside 126
// KB of sums of 32 channels; a frequency of either, 7 and 3.5 KB, stays in L1 while its weights, 8 KB, pass.
Schedule<WinogradStages> cpu_tiled4() {
    return winograd_schedule<DimOrder::winograd4>({{"tile_c", {2, 1, 4}},
                                                   {"tile_t", {14, 16, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1}},
                                                   {"rows", {1, 2, 3, 4, 5, 7, 14}},
                                                   {"unroll_ci", {1, 2, 4}}});
}

}  // namespace ingot::conv2d_winograd
