// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the CUDA schedules share. The image is the innermost block: grid x is the only extent of a launch that
// depends on the batch.
#pragma once
#include "Halide.h"
#include <cstdint>
#include <vector>

namespace ingot {

/// Threads of a block whose size nothing else decides: four warps, one for each scheduler of a multiprocessor.
constexpr int cuda_threads = 128;

constexpr int cuda_warp = 32;
/// Shared memory that every block has without asking the driver for more.
constexpr int64_t cuda_shared_bytes = 48 * 1024;
/// Accumulators of a thread: beside them, operands and addresses fit 64 registers.
constexpr int64_t cuda_accumulators = 32;

/// A thread for each element of `out`: `picture` are its variables but the image `n`, innermost first, all of
/// constant extent. Returns the loop over the threads of a block, at which the stages before `out` are computed.
Halide::Var cuda_thread_per_element(Halide::Func &out, const std::vector<Halide::Var> &picture,
                                    const Halide::Var &n);

/// GuardWithIf where a loop of `extent` ends inside its last step.
Halide::TailStrategy cuda_tail(int64_t extent, int step);

/// One turn of a thread's summing loop.
struct CudaLoop {
    double fmas = 0;
    double instructions = 0;  ///< all others
    double values = 0;        ///< floats that it loads, whether lanes share them or not
    double wavefronts = 0;    ///< turns of the path from shared memory and L1, 128 bytes each
};

/// How a kernel fills the device.
struct CudaGrid {
    int64_t threads = 0;    ///< of a block
    int64_t blocks = 0;     ///< for the spec's images
    int64_t registers = 0;  ///< of a thread
    int64_t shared_bytes = 0;
};

/// Issue slots per multiply-add of a warp, 1 at the FP32 peak. A multiprocessor issues four warp instructions a
/// cycle and moves one wavefront; it is taken to write one loaded value of one warp into registers a cycle, also
/// where lanes share it.
double cuda_loop_cost(const CudaLoop &loop);

/// By what a cost rises where lanes of a block's last warp idle, where too few warps are resident to hide latency,
/// or where schedulers of the device have no warp at all. The device is one of 132 multiprocessors of compute
/// capability 9.0: 64 K registers, 227 KB of shared memory, 2048 threads each.
double cuda_grid_cost(const CudaGrid &grid);

}  // namespace ingot
