// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "generators/kernel_facts.h"
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

}  // namespace ingot
