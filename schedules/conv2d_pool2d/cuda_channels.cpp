// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/cuda_convolution.h"
#include "schedules/conv2d_pool2d/stages.h"

namespace ingot::conv2d_pool2d {

// TEXT
Schedule<ConvolutionStages> cuda_channels() {
    return cuda_channels_schedule({{"tile_c", {2, 1, 4}},
                                   {"tile_x", {4, 2, 7, 1}},
                                   {"tile_y", {1, 2}}});
}

}  // namespace ingot::conv2d_pool2d
