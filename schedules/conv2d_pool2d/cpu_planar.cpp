// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d/stages.h"
#include "schedules/planar.h"

namespace ingot::conv2d_pool2d {

// Few output channels, as LeNet's six: lanes are columns of convolution results, which lie in planes in L1 until
// the pool reads every second one of them. Six channels by two vectors of columns are 12 accumulators on x86-64-v3,
// two vectors of pixels and a broadcast weight: 16 registers hold them.
Schedule<ConvolutionStages> cpu_planar() {
    return planar_schedule({{"tile_c", {4, 1, 2, 3, 5, 6, 8, 12}}, {"tile_x", {1, 2, 3}}, {"tile_y", {1}}});
}

}  // namespace ingot::conv2d_pool2d
