// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/winograd.h"
#include <vector>

namespace ingot {

const std::vector<Schedule<WinogradStages>> &conv2d_winograd_schedules();

}  // namespace ingot
