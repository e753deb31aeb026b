// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/target.h"
#include <cstdint>
#include <functional>

namespace ingot {

/// A loop of multiplications and additions between registers, of a target's vector width: the most float32 work
/// that one core can do at that level.
struct PeakLoop {
    void (*run)(int64_t iterations);
    double flops;  ///< of one iteration
};

/// So many independent accumulators that no operation waits for another: 28 of the 32 registers of AVX-512, 14 of
/// the 16 below it. A latency of 5 cycles at 2 operations per cycle asks for 10. Without FMA an accumulator is
/// multiplied and added to in turn.
///
/// Throws Error where `target` is not of x86-64.
PeakLoop peak_loop(const Target &target);

/// A call against the peak loop, timed turn by turn in one thread, by the time that this thread spends on a core:
/// what slows one slows the other.
struct PeakComparison {
    double seconds = 0;     ///< of one call: the median of all samples
    double peak_flops = 0;  ///< per second: the median of all samples
    double of_peak = 0;     ///< the call's flops per second by the peak's: the median of the paired ratios
};

/// Takes `pairs` pairs of samples, each of about a third of a millisecond, in turns of A B and B A. A call that
/// takes longer is a sample by itself, beside as long a peak loop, of 10 milliseconds at most. `flops` are those of
/// one call.
PeakComparison compare_with_peak(const PeakLoop &peak, double flops, int pairs, const std::function<void()> &call);

}  // namespace ingot
