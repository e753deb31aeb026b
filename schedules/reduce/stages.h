// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "schedules/schedule.h"
#include <vector>

namespace ingot {

/// What a schedule of reduce is given.
struct ReduceStages {
    KernelSpec spec;                    ///< constants of this kernel
    std::vector<Halide::Var> dims;      ///< as spec.dims, outermost first; those that dst has are loops
    Halide::RDom r;                     ///< the others, innermost first; undefined where there are none
    std::vector<Halide::Func> results;  ///< [kept dims]: the reduction; of an arg one the extreme, then its index
    Halide::Func out;  ///< the mean's division, the index' type, or the result as it is [kept dims]
};

const std::vector<Schedule<ReduceStages>> &reduce_schedules();

}  // namespace ingot
