// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/cuda_convolution.h"
#include "schedules/conv2d_pool2d/stages.h"

namespace ingot::conv2d_pool2d {

// TEXT
Schedule<ConvolutionStages> cuda_pixels() {
    return cuda_pixels_schedule({{"tile_c", {4, 2}},
                                 {"tile_x", {1, 2}},
                                 {"tile_y", {2, 1}},
                                 {"block_x", {7, 8, 4, 14, 2, 1}},
                                 {"block_y", {2, 1, 4, 7, 8}},
                                 {"block_c", {16, 8, 4, 2, 1}}});
}

}  // namespace ingot::conv2d_pool2d
