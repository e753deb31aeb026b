// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_direct/stages.h"
#include "schedules/planar.h"

namespace ingot::conv2d_direct {

// Few output channels: vectors of channels would stand half empty, so lanes are columns and a weight is what is
// broadcast. Registers: tile_c * tile_x * tile_y accumulators, tile_x * tile_y vectors of pixels, a weight. With
// tile_c = 3, as where a network ends in a picture, 3 x 2 vectors by 4 rows on x86-64-v4 are 24 accumulators: 8
// loads of pixels and 3 broadcasts for 24 FMAs. A strip of rows of src lies in planes in L2 meanwhile.
Schedule<ConvolutionStages> cpu_planar() {
    return planar_schedule({{"tile_c", {4, 1, 2, 3, 5, 6, 8}}, {"tile_x", {1, 2, 3}}, {"tile_y", {1, 2, 4}}});
}

}  // namespace ingot::conv2d_direct
