// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/library/weights_file.h"
#include "compiler/lowering/plan.h"
#include "generators/emit.h"
#include <filesystem>

namespace ingot {

/// What was written; sizes in bytes.
struct LibraryReport {
    std::string build_hash;
    std::size_t kernels = 0;           ///< of all steps of all targets
    std::size_t distinct_kernels = 0;  ///< of them different ones
    std::size_t cached_kernels = 0;    ///< of these found in the object cache
    int64_t weights = 0;
    int64_t weights_file = 0;  ///< 0 where they are linked
    int64_t session = 0;
    int64_t device = 0;  ///< of a session's memory on a CUDA device; 0 without CUDA kernels
    std::vector<std::pair<std::string, int64_t>> code_per_target;
    int64_t archive = 0;
    int64_t runtime = 0;
};

/// The kernels of a plan, step by step. `form` is that of kernels for the CPU: those for CUDA have one.
std::vector<KernelRequest> kernel_requests(const Plan &plan, KernelForm form = KernelForm::shipped);

/// Compiles a lowered model's kernels and writes a relocatable folder that needs no Ingot installed:
/// include/<name>.h, include/ingot/runtime.h, lib/lib<name>.a, lib/libingot_runtime.a,
/// lib/cmake/<name>/<name>-config.cmake, <name>.json, and <name>.weights where `weights` says so. Throws Error.
/// `form` is shipped or sanitized; an archive of the latter links into programs with AddressSanitizer only.
/// Where compiling fails or the content of a file cannot be written, no file there changes. The renames come last,
/// the archive first: one that fails leaves archive and header of two builds, which do not link (the build hash),
/// or weights of another build, which no session takes.
LibraryReport emit_library(const LoweredModel &model, const std::filesystem::path &folder,
                           const EmitOptions &options = {}, KernelForm form = KernelForm::shipped,
                           WeightsForm weights = WeightsForm::linked);

}  // namespace ingot
