// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d/stages.h"

namespace ingot::conv2d_pool2d {

// The first layer of a network, with its pool: at most four input channels, in the order in which the caller has
// them. A strip of rows at a time is copied into a zero border and stays in L1: 4 pooled rows of a 28 x 28 picture
// under a 3 x 3 filter need 10 rows, 1.2 KB. The sum over input channels is unrolled; the maximum is taken in
// registers, as in cpu_tiled.
Schedule<ConvolutionStages> cpu_stem() {
    return stem_schedule(
        {{"tile_c", {2, 1, 4}}, {"tile_x", {7, 6, 5, 4, 3, 2, 1}}, {"tile_y", {1, 2}}, {"strip", {4, 1, 8}}});
}

}  // namespace ingot::conv2d_pool2d
