// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/convolution.h"
#include <vector>

namespace ingot {

const std::vector<Schedule<ConvolutionStages>> &conv2d_direct_schedules();

}  // namespace ingot
