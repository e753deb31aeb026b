// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "generators/kernel_facts.h"
#include "generators/kernel_request.h"
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace ingot {

/// A compiled kernel. Its object file defines `int <symbol>_argv(void **argv)`, argv being the address of an
/// `ingot_kernel_context *` followed by one `halide_buffer_t *` for each of kernel_buffers(spec), and refers to
/// nothing but the kernel support functions of the runtime, memset and, in the checked form, the `halide_error_*`
/// functions, in the sanitized form AddressSanitizer's. That of a CUDA kernel defines the constant
/// `<symbol>_cuda`, an ingot_cuda_kernel, and refers to nothing.
struct EmittedKernel : KernelFacts {
    std::string symbol;            ///< readable prefix + 8 hex digits of the hash of spec, choice, target, form
    std::filesystem::path object;  ///< in the object cache
    std::string object_hash;       ///< hash_text of the object
    bool from_cache = false;       ///< it was there before
};

struct EmitOptions {
    int jobs = 0;                 ///< child processes at a time; 0: one per core
    std::filesystem::path cache;  ///< empty: $INGOT_CACHE_DIR, else $XDG_CACHE_HOME/ingot, else ~/.cache/ingot
    /// Told each time that a kernel is done, compiled or refused; `total` are those that the cache lacks. May be
    /// empty.
    std::function<void(std::size_t done, std::size_t total)> progress;
    /// What the compilation of one kernel may take: far more than any needs that will end.
    std::chrono::milliseconds time_limit = std::chrono::minutes(5);
    int64_t memory_limit = int64_t{8} << 30U;  ///< bytes, beside what this process has mapped
};

/// Compiles each kernel in a child process of its own, or finds it in the object cache. The result is in the order
/// of `requests`; equal requests share an object. Where Halide refuses a kernel, crashes, hangs or runs out of
/// memory, the other kernels are still compiled and cached; then throws Error that names the first such KernelSpec.
std::vector<EmittedKernel> emit(const std::vector<KernelRequest> &requests, const EmitOptions &options = {});

/// The assembly text of one kernel, for gates on spills and instruction counts. Not cached. Compiles in this
/// process and removes Halide's variables HL_* from its environment; Halide counts names there, so that kernels
/// emitted by the process later on hold other ones. Throws Error.
std::string emit_assembly(const KernelRequest &request);

/// Halide's and LLVM's versions, as in `Halide 21.0.0, LLVM 21.1`.
std::string generator_version();

}  // namespace ingot
