// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "timing.h"
#include <algorithm>
#include <chrono>

std::vector<double> median_microseconds(const std::vector<std::function<void()>> &bodies) {
    using Clock = std::chrono::steady_clock;
    constexpr std::size_t rounds = 101, fewest = 5;
    constexpr std::chrono::seconds enough{1};
    std::vector<std::vector<double>> samples(bodies.size());
    const Clock::time_point begin = Clock::now();
    for (std::size_t round = 0; round < rounds && (round < fewest || Clock::now() - begin < enough); ++round) {
        for (std::size_t i = 0; i < bodies.size(); ++i) {
            const Clock::time_point start = Clock::now();
            bodies[i]();
            samples[i].push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
        }
    }
    std::vector<double> medians;
    for (std::vector<double> &values : samples) {
        const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
        std::nth_element(values.begin(), middle, values.end());
        medians.push_back(*middle);
    }
    return medians;
}
