// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the CUDA schedules share. The image is the innermost block: grid x is the only extent of a launch that
// depends on the batch.
#pragma once
#include "Halide.h"
#include <vector>

namespace ingot {

/// Threads of a block whose size nothing else decides: four warps, one for each scheduler of a multiprocessor.
constexpr int cuda_threads = 128;

/// A thread for each element of `out`: `picture` are its variables but the image `n`, innermost first, all of
/// constant extent. Returns the loop over the threads of a block, at which the stages before `out` are computed.
Halide::Var cuda_thread_per_element(Halide::Func &out, const std::vector<Halide::Var> &picture,
                                    const Halide::Var &n);

}  // namespace ingot
