// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/target.h"
#include <optional>
#include <string>

namespace ingot {

/// Cycles of one iteration of a loop in the steady state, as `llvm-mca` predicts them for a core whose widest
/// vectors are the target's: skylake-avx512 for x86-64-v4, haswell for v3, nehalem for v2. It assumes that every
/// load hits L1 and every branch is foreseen. `text` is the loop as LLVM prints x86, with its label and its jump.
/// Nothing where llvm-mca is not installed or does not know an instruction.
std::optional<double> mca_cycles(const std::string &text, const Target &target);

}  // namespace ingot
