// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <ingot/plan.h>

namespace ingot {

/// Sets `*plan` to the highest plan of `model` that a CPU with `cpu_features` (INGOT_CPU_* bits) can run, or to the
/// one that `level` names. Otherwise returns INGOT_UNKNOWN_LEVEL or INGOT_UNSUPPORTED_CPU and sets it to null.
/// `level` may be null.
ingot_status choose_plan(const ingot_model &model, const char *level, uint64_t cpu_features,
                         const ingot_plan **plan);

/// The first feature outside of `cpu_features` that the plan called `level`, or without one the lowest plan, needs;
/// null where none is missing or no plan has that name.
const char *missing_cpu_feature(const ingot_model &model, const char *level, uint64_t cpu_features);

}  // namespace ingot
