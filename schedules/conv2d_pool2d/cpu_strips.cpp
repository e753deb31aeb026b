// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d/stages.h"

namespace ingot::conv2d_pool2d {

// The loops of cpu_tiled with the picture outermost: all blocks of channels compute a strip of `strip` tile rows
// before the next one. The strip's pixels stay in L1 or L2, the weights are read again for each strip: for large
// pictures under few weights, as VGG's first layers are.
Schedule<ConvolutionStages> cpu_strips() {
    return strips_schedule({{"tile_c", {2, 1, 4}},
                            {"tile_x", {7, 6, 5, 4, 3, 2, 1}},
                            {"tile_y", {1, 2}},
                            {"unroll_ci", {1}},
                            {"strip", {1, 4}}});
}

}  // namespace ingot::conv2d_pool2d
