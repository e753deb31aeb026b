// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d/stages.h"
#include "schedules/cuda_convolution.h"

namespace ingot::conv2d_pool2d {

// A thread computes 4 channels under one or two pool windows, its accumulators: the maximum is taken in registers,
// a convolution result never reaches memory. For 2 x 2 windows side by side over a 3 x 3 filter, two of them are 4
// x 8 accumulators, and a row of taps 96 multiply-adds for 3 loads of weights, which lanes share, and 6 to 8 pairs
// of pixels from shared memory; one is 4 x 4, and all taps 144 for 9 and 8. A layer of 14 x 14 results over 16
// channels is a block of 392 threads, 16 KB of pixels. Two channels serve windows that overlap, 2 x 3 x 3
// accumulators.
Schedule<ConvolutionStages> cuda_pixels() {
    return cuda_pixels_schedule({{"tile_c", {4, 2}},
                                 {"tile_x", {1, 2}},
                                 {"tile_y", {2, 1}},
                                 {"block_x", {7, 8, 4, 14, 2, 1}},
                                 {"block_y", {2, 1, 4, 7, 8}},
                                 {"block_c", {16, 8, 4, 2, 1}}});
}

}  // namespace ingot::conv2d_pool2d
