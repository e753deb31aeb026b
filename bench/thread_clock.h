// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <algorithm>
#include <cstdint>
#include <ctime>

namespace ingot {

/// Time that this thread has spent on a core: what other programs take from it does not count.
inline double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Of `run(count)`, by thread_seconds().
template<typename Run>
double seconds_of(int64_t count, const Run &run) {
    const double start = thread_seconds();
    run(count);
    return thread_seconds() - start;
}

/// How often something must be done at a stretch to take `wanted` seconds: at least once. Of short stretches the
/// shortest of three counts, since one that is interrupted would pass for a long one.
template<typename Run>
int64_t count_for(double wanted, const Run &run) {
    constexpr double long_stretch = 0.01;
    for (int64_t count = 1;; count *= 2) {
        double seconds = seconds_of(count, run);
        for (int again = 0; again < 2 && seconds < long_stretch; ++again) {
            seconds = std::min(seconds, seconds_of(count, run));
        }
        if (seconds >= wanted / 2) {
            return std::max<int64_t>(1, static_cast<int64_t>(wanted / seconds * static_cast<double>(count)));
        }
    }
}

}  // namespace ingot
