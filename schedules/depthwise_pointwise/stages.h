// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/convolution.h"
#include <vector>

namespace ingot {

/// What a schedule of a depthwise convolution and the 1 x 1 convolution behind it is given: the stages of each.
/// depthwise.out is what pointwise reads in the place of an operand; pointwise.out is the result.
struct DepthwisePointwiseStages {
    KernelSpec spec;  ///< a sequential of the two
    ConvolutionStages depthwise, pointwise;
};

/// True for a sequential of a depthwise conv2d and a 1 x 1 conv2d in one group that reads each of its pixels.
bool is_depthwise_pointwise(const KernelSpec &spec);

const std::vector<Schedule<DepthwisePointwiseStages>> &depthwise_pointwise_schedules();

}  // namespace ingot
