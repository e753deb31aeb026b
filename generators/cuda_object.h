// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "generators/cuda_launch.h"
#include "generators/kernel_facts.h"
#include "spec/target.h"
#include <filesystem>
#include <string>

namespace ingot {

/// Writes an object that defines the ingot_cuda_kernel `<symbol>_cuda`: the launch, the PTX and, where the target
/// names an architecture, its machine code.
KernelFacts write_cuda_object(const CudaLaunch &launch, const Target &target, const std::string &symbol,
                              const std::filesystem::path &object);

}  // namespace ingot
