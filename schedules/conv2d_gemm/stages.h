// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/convolution.h"
#include <vector>

namespace ingot {

/// What a schedule of a convolution as a matrix product is given: the stages of a direct one, but
/// conv(c, pixel, n) counts the pixels of dst row by row.
struct PixelConvolutionStages : ConvolutionStages {
    Halide::Var pixel;  ///< x + y * columns of dst
};

const std::vector<Schedule<PixelConvolutionStages>> &conv2d_gemm_schedules();

}  // namespace ingot
