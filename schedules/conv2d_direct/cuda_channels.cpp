// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/cuda_convolution.h"
#include "schedules/conv2d_direct/stages.h"

namespace ingot::conv2d_direct {

// TEXT
Schedule<ConvolutionStages> cuda_channels() {
    return cuda_channels_schedule({{"tile_c", {2, 1, 4}},
                                   {"tile_x", {7, 8, 4, 2, 1}},
                                   {"tile_y", {2, 4, 1}}});
}

}  // namespace ingot::conv2d_direct
