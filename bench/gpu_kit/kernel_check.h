// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "bench/gpu_kit/kernels.h"
#include <optional>
#include <string>

namespace ingot::gpu_kit {

/// Runs a kernel on images in host memory, integers and reals: the first by itself, those behind it, then all at
/// once. What is wrong, if anything is.
std::optional<std::string> check_kernel(const KitKernel &kernel);

}  // namespace ingot::gpu_kit
