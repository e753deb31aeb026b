// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/target.h"
#include <cstdint>

namespace ingot {

/// A loop of multiplications and additions between registers, of a target's vector width: the most float32 work
/// that one core can do at that level.
struct PeakLoop {
    void (*run)(int64_t iterations) = nullptr;
    double flops = 0;  ///< of one iteration
};

/// So many independent accumulators that no operation waits for another: 28 of the 32 registers of AVX-512, 14 of
/// the 16 below it. A latency of 5 cycles at 2 operations per cycle asks for 10. Without FMA an accumulator is
/// multiplied and added to in turn.
///
/// Throws Error where `target` is not of x86-64.
PeakLoop peak_loop(const Target &target);

}  // namespace ingot
