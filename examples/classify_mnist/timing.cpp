// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "timing.h"
#include <algorithm>
#include <chrono>

std::vector<double> median_microseconds(const std::vector<std::function<void()>> &bodies) {
    using Clock = std::chrono::steady_clock;
    constexpr std::size_t rounds = 101;
    std::vector<std::vector<double>> samples(bodies.size());
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < bodies.size(); ++i) {
            const Clock::time_point start = Clock::now();
            bodies[i]();
            samples[i].push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
        }
    }
    std::vector<double> medians;
    for (std::vector<double> &values : samples) {
        std::nth_element(values.begin(), values.begin() + rounds / 2, values.end());
        medians.push_back(values[rounds / 2]);
    }
    return medians;
}
