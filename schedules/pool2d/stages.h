// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "schedules/schedule.h"
#include <vector>

namespace ingot {

/// What a schedule of pool2d is given.
struct Pool2dStages {
    KernelSpec spec;         ///< constants of this kernel
    Halide::Var c, x, y, n;  ///< channel, column, row, image
    Halide::RDom r;          ///< r.x window column, r.y window row
    Halide::Func src;        ///< as the kernel reads it, padded; a copy where columns lie side by side
    Halide::Func pool;       ///< maximum or sum over the window       [n, y, x, c]
    Halide::Func out;        ///< epilogue(pool), or of the average    [n, y, x, c]
};

const std::vector<Schedule<Pool2dStages>> &pool2d_schedules();

}  // namespace ingot
