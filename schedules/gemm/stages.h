// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "schedules/schedule.h"
#include <vector>

namespace ingot {

/// What a schedule of gemm is given.
struct GemmStages {
    KernelSpec spec;       ///< constants of this kernel
    Halide::Var c, n;      ///< output feature, image
    Halide::RDom r;        ///< r.x input feature
    Halide::Func src;      ///< as the kernel reads it [n, i]
    Halide::Func weights;  ///< as the kernel reads them [i, c]
    Halide::Func sum;      ///< bias + sum of products [n, c]
    Halide::Func out;      ///< epilogue(sum)          [n, c]
};

const std::vector<Schedule<GemmStages>> &gemm_schedules();

}  // namespace ingot
