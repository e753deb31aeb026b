// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/kernel_spec.h"
#include <filesystem>
#include <vector>

namespace ingot {

/// The kernels of a shapes file: the header `kernel`, then the text of one kernel a line, operand layouts left out
/// but for `src=nchw` and `dst=nchw`. Empty lines and lines that start with `#` are skipped. Throws Error that
/// names file and line.
std::vector<KernelSpec> read_shapes(const std::filesystem::path &file);

/// share/ingot/shapes/<op>.csv beside the folder of the running program: in an installation and in the build tree,
/// where it is bench/shapes.
std::filesystem::path shapes_file(Op op);

}  // namespace ingot
