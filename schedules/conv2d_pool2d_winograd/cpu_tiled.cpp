// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d_winograd/stages.h"

namespace ingot::conv2d_pool2d_winograd {

// A tile is a pool window: its four results meet in registers, and neither sums nor results of the convolution are
// stored but for the 16 frequencies of a block of channels. Registers: as conv2d_winograd; the reference net's rows
// of 7 windows are one tile of 2 x 7 accumulators on x86-64-v4, 9 loads for 14 FMAs. Caches: with 16 input channels
// a row of 7 windows is 7 KB of transformed source and 14 KB of sums for 32 channels: they share L1 with half of
// the weights' 32 KB, the rest streams from L2.
Schedule<WinogradStages> cpu_tiled() {
    return winograd_schedule<DimOrder::winograd2>({{"tile_c", {2, 1, 4}},
                                                   {"tile_t", {14, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1}},
                                                   {"rows", {1, 2, 3, 4, 5, 7, 14}},
                                                   {"unroll_ci", {1, 2, 4}}});
}

// A tile is 2 x 2 pool windows. Registers and caches: as conv2d_winograd4.
Schedule<WinogradStages> cpu_tiled4() {
    return winograd_schedule<DimOrder::winograd4>({{"tile_c", {2, 1, 4}},
                                                   {"tile_t", {14, 16, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1}},
                                                   {"rows", {1, 2, 3, 4, 5, 7, 14}},
                                                   {"unroll_ci", {1, 2, 4}}});
}

}  // namespace ingot::conv2d_pool2d_winograd
