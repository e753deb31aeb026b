// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "generators/cuda_launch.h"
#include "generators/kernel_facts.h"
#include "spec/target.h"
#include <filesystem>
#include <string>

namespace ingot {

/// ptxas: $INGOT_PTXAS, else that of PATH, else of $CUDA_HOME or /usr/local/cuda. Throws Error that says how to get
/// it where there is none.
std::filesystem::path find_ptxas();

/// ptxas's release, as in `V13.0.88`.
std::string ptxas_version();

/// Translates `ptx` for compute capability `sm` into machine code, the file `cubin`. `max_registers` limits those
/// of a thread; 0: no limit. Throws Error.
CudaResources run_ptxas(const std::string &ptx, int sm, const std::filesystem::path &cubin, int max_registers = 0);

/// Writes an object that defines the ingot_cuda_kernel `<symbol>_cuda`: the launch, the PTX and, where the target
/// names an architecture, its machine code.
KernelFacts write_cuda_object(const CudaLaunch &launch, const Target &target, const std::string &symbol,
                              const std::filesystem::path &object);

}  // namespace ingot
