// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_direct/stages.h"

namespace ingot::conv2d_direct {

// The loops of cpu_tiled with the picture outermost: all blocks of channels compute a strip of `strip` tile rows
// before the next strip. The strip's pixels come from memory once and stay in L1 or L2, 28 columns of 256 channels
// are 28 KB, while the weights are read again for each strip. It suits large pictures under few weights, as the
// 1 x 1 layers of 56 x 56 pictures are, and a source without a border: what it pads is a strip.
Schedule<ConvolutionStages> cpu_strips() {
    return strips_schedule({{"tile_c", {2, 1, 4}},
                            {"tile_x", {14, 12, 16, 10, 8, 7, 6, 5, 4, 3, 2, 1}},
                            {"tile_y", {1, 2}},
                            {"unroll_ci", {1}},
                            {"strip", {1, 4}}});
}

}  // namespace ingot::conv2d_direct
