// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which steps a plan's time goes into, before anything runs.
#pragma once
#include "compiler/lowering/plan.h"
#include <string>
#include <vector>

namespace ingot {

/// Per step its part of the plan's predicted time; the sum is 1, unless there is no step.
///
///     time = flops / (efficiency * peak) + bytes / bandwidth
///
/// The peak is that of the target's vectors, the bandwidth that of a cache, and bytes are those of the step's
/// operands. The efficiency of a reference schedule is 0.01; that of another one is its measured share of the peak
/// where schedules/tuned holds a row of this kernel and choice for the plan's cpu, or any, else 0.8.
std::vector<double> predicted_shares(const Plan &plan);

/// Nanoseconds of one image on one thread, by the same formula, of a CPU of 3 GHz.
int64_t predicted_time(const Plan &plan);

/// A step that takes more than slow_share of the predicted time in plain loops, though nobody asked for them.
struct SlowStep {
    std::string step;                  ///< its name
    std::string kernel;                ///< shape_text
    std::vector<std::string> targets;  ///< where that is so
    double share = 0.0;                ///< the largest over these
};

inline constexpr double slow_share = 0.1;

/// Those of all plans, the largest share first.
std::vector<SlowStep> slow_steps(const LoweredModel &model);

}  // namespace ingot
