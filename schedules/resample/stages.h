// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "schedules/schedule.h"
#include <vector>

namespace ingot {

/// What a schedule of resample is given.
struct ResampleStages {
    KernelSpec spec;                ///< constants of this kernel
    std::vector<Halide::Var> dims;  ///< as spec.dims, outermost first
    Halide::RDom taps;              ///< undefined where there is one
    Halide::Func sum;               ///< of weighted elements [dims]; undefined where there is one
    Halide::Func out;               ///< the sum, or the element [dims]
};

const std::vector<Schedule<ResampleStages>> &resample_schedules();

}  // namespace ingot
