// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/winograd.h"
#include <vector>

namespace ingot {

/// Those of F(2x2, 3x3), and those of F(4x4, 3x3).
const std::vector<Schedule<WinogradStages>> &conv2d_winograd_schedules();
const std::vector<Schedule<WinogradStages>> &conv2d_winograd4_schedules();

}  // namespace ingot
