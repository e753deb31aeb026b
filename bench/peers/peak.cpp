// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The FMA peak for bench/peers, which measures it in the process that runs what Ingot has compiled.
#include "bench/peak.h"
#include <algorithm>
#include <chrono>

/// What this core does per second at this CPU's best level, in GFLOP/s: the best of a few samples of a millisecond.
extern "C" __attribute__((visibility("default"))) double peers_peak_gflops() {
    using Clock = std::chrono::steady_clock;
    static const ingot::PeakLoop loop = ingot::peak_loop(ingot::find_target("host"));
    static const int64_t iterations = static_cast<int64_t>(1e8 / loop.flops);
    double best = 0;
    for (int sample = 0; sample < 7; ++sample) {
        const Clock::time_point started = Clock::now();
        loop.run(iterations);
        const std::chrono::duration<double> seconds = Clock::now() - started;
        best = std::max(best, static_cast<double>(iterations) * loop.flops / seconds.count() / 1e9);
    }
    return best;
}
