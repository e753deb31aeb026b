// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "generators/cuda_object.h"
#include "generators/kernel_request.h"
#include <filesystem>
#include <optional>
#include <string>

namespace ingot {

/// What is known of a compiled kernel beside its object.
struct KernelFacts {
    int64_t scratch_bytes = 0;  ///< heap, in sum, as the runtime's bump allocator counts it
    int64_t stack_bytes = 0;    ///< constant stack allocations, in sum
    int64_t code_bytes = 0;     ///< machine code and the constants that it reads
    std::optional<CudaResources> cuda;  ///< of a CUDA kernel
};

/// Runs the generator in this process and writes an object file, or the assembly text: PTX of a CUDA kernel. Symbols
/// are Halide's, but the one of a CUDA kernel's object.
/// Removes the variables HL_* from the environment first: Halide reads them, and code must depend on the request
/// alone. Throws Halide::Error, or Error where a kernel needs memory that is not constant. Leaves code_bytes at 0.
KernelFacts compile_kernel(const KernelRequest &request, const std::filesystem::path &file, bool assembly);

/// Halide's and LLVM's versions, as in `Halide 21.0.0, LLVM 21.1`.
std::string halide_version();

/// Bytes that stack allocations may take in sum; larger ones belong on the heap, that is in the session's scratch.
constexpr int64_t stack_limit = int64_t{16} * 1024;

}  // namespace ingot
