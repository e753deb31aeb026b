// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "schedules/schedule.h"
#include <vector>

namespace ingot {

/// What a schedule of matmul is given.
struct MatmulStages {
    KernelSpec spec;                ///< constants of this kernel
    std::vector<Halide::Var> dims;  ///< as spec.dims: the batch's, m, n; no loop runs over the last, k
    Halide::RDom k;
    Halide::Func a, b;  ///< as the kernel reads them [those of dims whose stride is not 0, k the last]
    Halide::Func sum;   ///< of products [dims but k]
    Halide::Func out;   ///< the sum     [dims but k]
};

const std::vector<Schedule<MatmulStages>> &matmul_schedules();

}  // namespace ingot
