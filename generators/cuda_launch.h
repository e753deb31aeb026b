// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ingot {

/// A number that depends on the batch of a launch: (n + add) / divide.
struct CudaCount {
    int add = 0, divide = 1;
};

/// An argument of a device kernel: an operand's address, by its index in kernel_buffers(spec), or a number.
struct CudaArgument {
    int operand = -1;
    CudaCount number;
};

/// How a device kernel is launched: what Halide's host code would do, as data.
struct CudaLaunch {
    std::string entry;  ///< the function's name in the module
    std::string ptx;
    CudaCount grid_x;
    int grid_y = 1, grid_z = 1;
    std::array<int, 3> block{1, 1, 1};  ///< x, y, z
    int shared_bytes = 0;
    std::vector<CudaArgument> arguments;
};

/// Reads the launch from the host code of a lowered pipeline. Throws Error where that is not one kernel whose grid
/// depends on the batch in x alone, or where it needs device memory beside its operands.
CudaLaunch find_cuda_launch(const Halide::Module &module);

}  // namespace ingot
