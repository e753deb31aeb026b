// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_direct/stages.h"
#include "schedules/cuda_convolution.h"

namespace ingot::conv2d_direct {

// Many input channels: a lane computes tile_c neighbouring channels by tile_x * tile_y pixels, which all lanes
// share. 2 x 7 x 2 are 28 accumulators; an input channel of a 3 x 3 filter is 252 multiply-adds, 9 loads of two
// weights, side by side over the warp, and 9 to 18 of pixels from shared memory, where one address for all lanes is
// one wavefront. Only 16 input channels are staged at a time, 2.3 KB, by the warp itself. Several warps in a block
// would share them, but Halide 21 then keeps a copy of all warps' accumulators in local memory. Blocks that run at
// the same time have the same channels of different images, and share their weights in L1.
Schedule<ConvolutionStages> cuda_channels() {
    return cuda_channels_schedule({{"tile_c", {2, 1, 4}}, {"tile_x", {7, 8, 4, 2, 1}}, {"tile_y", {2, 4, 1}}});
}

}  // namespace ingot::conv2d_direct
