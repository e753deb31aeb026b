// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the CUDA schedules of the two convolution folders share.
#pragma once
#include "schedules/convolution.h"

namespace ingot {

/// cuda_pixels: a thread computes tile_c channels by tile_x columns and tile_y rows of dst with all convolution
/// results under their pool windows; threads of a block lie over block_x by block_y tiles and block_c groups of
/// channels. All input channels of the block's pixels are in shared memory.
Schedule<ConvolutionStages> cuda_pixels_schedule(std::vector<Param> params);

/// cuda_channels: a warp is a block, its lanes are channels, tile_c neighbouring ones each, by tile_x columns and
/// tile_y rows of dst. Its pixels come through shared memory a chunk of input channels at a time.
Schedule<ConvolutionStages> cuda_channels_schedule(std::vector<Param> params);

}  // namespace ingot
