// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "schedules/schedule.h"
#include <vector>

namespace ingot {

/// A part of dst, outermost dimension first.
struct PadBox {
    std::vector<int64_t> extents;
    Halide::RDom r;  ///< the loops over it, innermost dimension first
};

/// What a schedule of pad is given.
struct PadStages {
    KernelSpec spec;            ///< constants of this kernel
    std::vector<PadBox> boxes;  ///< that dst is made of: update i of out writes box i
    Halide::Func out;           ///< [dims]
};

const std::vector<Schedule<PadStages>> &pad_schedules();

}  // namespace ingot
