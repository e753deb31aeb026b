// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d/stages.h"
#include "schedules/cuda_convolution.h"

namespace ingot::conv2d_pool2d {

// As in conv2d_direct: lanes are channels, pixels are shared, 16 input channels of them are in shared memory at a
// time. The pool's maximum is taken in registers: seven windows of 2 x 2 in a row are 28 accumulators, 84
// multiply-adds for a row of three taps, 3 loads of weights and 16 of pairs of pixels.
Schedule<ConvolutionStages> cuda_channels() {
    return cuda_channels_schedule({{"tile_c", {2, 1, 4}}, {"tile_x", {4, 2, 7, 1}}, {"tile_y", {1, 2}}});
}

}  // namespace ingot::conv2d_pool2d
