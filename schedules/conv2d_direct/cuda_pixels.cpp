// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_direct/stages.h"
#include "schedules/cuda_convolution.h"

namespace ingot::conv2d_direct {

// A thread computes 4 channels by up to 7 pixels, 28 accumulators; neighbouring threads are neighbouring tiles of
// pixels, so that a warp reads few different weights at a time, four in a load that most lanes share. The block's
// pixels lie in shared memory in planes, all input channels of them: 6 rows of 30 for 4 x 28 results of a 3 x 3
// filter over 64 channels are 46 KB. That leaves 8 x 14 results over 64 channels, 4 x 14 over 128, 2 x 8 over 256:
// beyond, cuda_channels reads less. Weights stay in global memory, where L1 holds those of the input channels at
// work: they would not fit beside the pixels. All nine taps of 4 channels by 2 x 3 pixels are 216 multiply-adds for
// 9 loads of weights and 10 of pairs of pixels; 4 by 7 x 1 are 252 for 9 and 27, of an odd step, free of bank
// conflicts.
Schedule<ConvolutionStages> cuda_pixels() {
    return cuda_pixels_schedule({{"tile_c", {4}},
                                 {"tile_x", {4, 2, 7, 1}},
                                 {"tile_y", {2, 1, 4, 3}},
                                 {"block_x", {7, 8, 4, 14, 2, 1}},
                                 {"block_y", {2, 1, 4, 7, 8}},
                                 {"block_c", {16, 8, 4, 2, 1}}});
}

}  // namespace ingot::conv2d_direct
