// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <ingot/plan.h>
#include <span>

namespace ingot::gpu_kit {

/// A kernel of the kit. Any n may be run, whatever that of the spec.
struct KitKernel {
    const char *spec;    ///< in canonical text, operand layouts included
    const char *choice;  ///< by what it is computed
    /// It is timed at these batches: those that `ingot compile` would take it for; a kernel of the net at all.
    int64_t first_batch, last_batch;
    const ingot_cuda_kernel *kernel;
};

// Written by write_kernels.cpp when the kit is built.

/// Every CUDA schedule on every row of tests/kernel_cases.h.
extern const std::span<const KitKernel> check_kernels;
/// Every CUDA schedule on every row of bench/shapes, shapes.csv beside this file, and the reference net's layers.
/// Those of a spec stand together.
extern const std::span<const KitKernel> bench_kernels;
/// Multiplications and additions of one image of the reference net.
extern const double net_flops;

}  // namespace ingot::gpu_kit
