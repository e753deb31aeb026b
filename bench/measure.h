// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "bench/peak.h"
#include "bench/statistics.h"
#include <cstdint>
#include <functional>
#include <vector>

namespace ingot {

/// Something to be timed against others.
struct Contender {
    std::function<void()> call;
    /// Where set, it runs before each timed call, untimed: it puts the caches into the state that the call shall
    /// find. Each sample is then one call, less what reading the clock takes.
    std::function<void()> prepare;
    PeakLoop peak;     ///< of the call's target
    double flops = 0;  ///< of one call
    double bytes = 0;  ///< that one call must read and write at least
};

struct MeasureOptions {
    int rounds = 31;
    uint32_t seed = 1;  ///< of the order of the contenders in each round
    /// A call longer than `slow_seconds` takes part in the first `slow_rounds` rounds only.
    double slow_seconds = 0.02;
    int slow_rounds = 3;
    /// Told after each round. May be empty.
    std::function<void(int done, int rounds)> progress;
};

/// What the rounds told about one contender, a sample each; a slow contender has fewer.
struct Measurement {
    double flops = 0, bytes = 0;              ///< of one call, as the contender says
    std::vector<double> seconds = {};         ///< of one call
    std::vector<double> peak_flops = {};      ///< per second, of the peak loop, timed beside the call
    std::vector<double> adds_per_cycle = {};  ///< beside the call; fewer than usual: a busy neighbour
    std::vector<std::size_t> passes = {};  ///< how many of the samples each call of measure() took; empty: one did

    /// Puts the samples of another call of measure() behind these.
    void append(const Measurement &later);

    [[nodiscard]] double median_seconds() const;
    /// Seconds; see spread().
    [[nodiscard]] double spread_seconds() const;
    /// The call's flops per second by those of the peak loop beside it: median over the rounds.
    [[nodiscard]] double of_peak() const;
    /// The clock-free length of a call: the operations that the peak loop does meanwhile. Median over the rounds.
    [[nodiscard]] double peak_operations() const;
};

/// Times all contenders in one thread, by the time that this thread spends on a core. Each is called once to warm
/// up. Then each round takes a sample of each, in an order shuffled anew, and beside each sample one of the
/// contender's peak loop, before and after in turn: what slows one slows its neighbours. A sample is about a third
/// of a millisecond, or one call where that takes longer; of the peak loop as long, but at most 10 ms.
std::vector<Measurement> measure(const std::vector<Contender> &contenders, const MeasureOptions &options = {});

/// How many times as long `slower` takes as `faster`, paired round by round, in each pass those that both have.
struct Ratio {
    double median = 1;
    Interval interval;  ///< of the median; see median_interval()
    double spread = 0;
    std::size_t rounds = 0;  ///< that both took part in
};

/// Both must have at least one round.
Ratio time_ratio(const Measurement &slower, const Measurement &faster);

}  // namespace ingot
