// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "generators/kernel_facts.h"
#include "generators/kernel_request.h"
#include <filesystem>
#include <string>

namespace ingot {

/// Runs the generator in this process and writes an object file, or the assembly text: PTX of a CUDA kernel.
/// Symbols are Halide's, but the one of a CUDA kernel's object. Removes the variables HL_* from the environment
/// first: Halide reads them, and code must depend on the request alone. Throws Halide::Error, or Error where a
/// kernel needs memory that is not constant.
KernelFacts compile_kernel(const KernelRequest &request, const std::filesystem::path &file, bool assembly);

/// Halide's and LLVM's versions, as in `Halide 21.0.0, LLVM 21.1`.
std::string halide_version();

/// Bytes that stack allocations may take in sum; larger ones belong on the heap, that is in the session's scratch.
constexpr int64_t stack_limit = int64_t{16} * 1024;

}  // namespace ingot
