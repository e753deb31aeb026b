// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/plan.h"
#include "generators/emit.h"
#include <filesystem>

namespace ingot {

/// Sizes of what was written, in bytes.
struct LibraryReport {
    std::string build_hash;
    int64_t weights = 0;
    int64_t session = 0;
    std::vector<std::pair<std::string, int64_t>> code_per_target;
    int64_t archive = 0;
    int64_t runtime = 0;
};

/// Compiles a lowered model's kernels and writes a relocatable folder that needs no Ingot installed:
/// include/<name>.h, include/ingot/runtime.h, lib/lib<name>.a, lib/libingot_runtime.a,
/// lib/cmake/<name>/<name>-config.cmake, <name>.json. Each file appears whole, the archive first; where
/// compiling fails, nothing there changes. Throws Error.
LibraryReport emit_library(const LoweredModel &model, const std::filesystem::path &folder,
                           const EmitOptions &options = {});

}  // namespace ingot
