// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/schedule.h"
#include <string_view>
#include <vector>

namespace ingot {

/// A way to compute an op: one generator, with the schedules that order its loops.
struct Algorithm {
    std::string_view
        name;     ///< of the generator and of its folder in schedules/, where both sizes of Winograd are one
    Op op;        ///< the op it answers
    bool exact;   ///< on small whole numbers, see docs/numerics.md, its result has no rounding error
    bool direct;  ///< does every multiplication that KernelSpec::flops counts, in sums of the op's formula
    std::vector<const ScheduleInfo *> schedules;
};

/// All algorithms and their schedules: what production, tests and benchmark iterate over.
const std::vector<Algorithm> &algorithms();

/// Throws Error that lists the known algorithms, or the schedules of that one.
const Algorithm &find_algorithm(std::string_view name);
const ScheduleInfo &find_schedule(const Algorithm &algorithm, std::string_view name);

}  // namespace ingot
