// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "schedules/schedule.h"
#include <vector>

namespace ingot {

/// What a schedule of map is given.
struct MapStages {
    KernelSpec spec;                    ///< constants of this kernel
    std::vector<Halide::Var> dims;      ///< as spec.dims, outermost first
    std::vector<Halide::Func> sources;  ///< as the kernel reads them [those of dims whose stride is not 0]
    Halide::Func out;                   ///< the expression           [dims]
};

const std::vector<Schedule<MapStages>> &map_schedules();

}  // namespace ingot
