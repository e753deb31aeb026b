// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/measure.h"
#include "bench/neighbour.h"
#include "bench/thread_clock.h"
#include "spec/error.h"
#include <algorithm>
#include <numeric>
#include <random>

namespace ingot {

namespace {

constexpr double sample_seconds = 1.0 / 3000;
constexpr double longest_peak_sample = 0.01;
constexpr double long_warm_up = 0.1;

/// What reading the thread's clock twice takes.
double clock_seconds() {
    double least = 1;
    for (int i = 0; i < 101; ++i) {
        least = std::min(least, seconds_of(0, [](int64_t) {}));
    }
    return least;
}

/// A contender with the lengths of its samples.
class Runner {
public:
    Runner(const Contender &contender, double clock, const MeasureOptions &options)
        : contender_(contender), clock_(clock) {
        prepare();
        double seconds = seconds_of(1, [&](int64_t n) { call(n); });
        if (seconds < long_warm_up) {  // without what only a first call meets
            prepare();
            seconds = seconds_of(1, [&](int64_t n) { call(n); });
        }
        rounds_ = seconds > options.slow_seconds ? std::min(options.slow_rounds, options.rounds) : options.rounds;
        calls_ = contender.prepare || seconds > options.slow_seconds
                     ? 1
                     : count_for(sample_seconds, [&](int64_t n) { call(n); });
        const double peak_seconds = std::clamp(seconds, sample_seconds, longest_peak_sample);
        peak_count_ = count_for(peak_seconds, contender.peak.run);
    }

    void sample(Measurement &result, int round) const {
        if (round >= rounds_) {
            return;
        }
        double seconds = 0, peak_seconds = 0;
        if (round % 2 == 0) {
            peak_seconds = time_peak();
            seconds = time_call();
        } else {
            seconds = time_call();
            peak_seconds = time_peak();
        }
        result.adds_per_cycle.push_back(adds_per_cycle());
        result.seconds.push_back(seconds);
        result.peak_flops.push_back(contender_.peak.flops * static_cast<double>(peak_count_) / peak_seconds);
    }

private:
    void prepare() const {
        if (contender_.prepare) {
            contender_.prepare();
        }
    }
    void call(int64_t count) const {
        for (int64_t i = 0; i < count; ++i) {
            contender_.call();
        }
    }
    [[nodiscard]] double time_call() const {
        prepare();
        const double seconds = seconds_of(calls_, [&](int64_t n) { call(n); });
        return std::max(seconds - (contender_.prepare ? clock_ : 0.0), 1e-9) / static_cast<double>(calls_);
    }
    [[nodiscard]] double time_peak() const { return seconds_of(peak_count_, contender_.peak.run); }

    const Contender &contender_;
    double clock_;
    int rounds_ = 0;
    int64_t calls_ = 1, peak_count_ = 1;
};

}  // namespace

void Measurement::append(const Measurement &later) {
    flops = later.flops;
    bytes = later.bytes;
    seconds.insert(seconds.end(), later.seconds.begin(), later.seconds.end());
    peak_flops.insert(peak_flops.end(), later.peak_flops.begin(), later.peak_flops.end());
    adds_per_cycle.insert(adds_per_cycle.end(), later.adds_per_cycle.begin(), later.adds_per_cycle.end());
    passes.insert(passes.end(), later.passes.begin(), later.passes.end());
}

double Measurement::median_seconds() const {
    return median(seconds);
}

double Measurement::spread_seconds() const {
    return spread(seconds);
}

double Measurement::peak_operations() const {
    std::vector<double> operations;
    for (std::size_t i = 0; i < seconds.size(); ++i) {
        operations.push_back(seconds[i] * peak_flops[i]);
    }
    return median(operations);
}

double Measurement::of_peak() const {
    const double operations = peak_operations();
    return operations > 0 ? flops / operations : 0;
}

std::vector<Measurement> measure(const std::vector<Contender> &contenders, const MeasureOptions &options) {
    const double clock = clock_seconds();
    std::vector<Runner> runners;
    std::vector<Measurement> results;
    for (const Contender &contender : contenders) {
        INGOT_CHECK(contender.peak.run != nullptr, "a contender without the peak loop of its target");
        runners.emplace_back(contender, clock, options);
        results.push_back({contender.flops, contender.bytes});
    }
    std::vector<std::size_t> order(contenders.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::mt19937 random(options.seed);
    for (int round = 0; round < options.rounds; ++round) {
        std::shuffle(order.begin(), order.end(), random);
        for (std::size_t i : order) {
            runners[i].sample(results[i], round);
        }
        if (options.progress) {
            options.progress(round + 1, options.rounds);
        }
    }
    for (Measurement &result : results) {
        result.passes = {result.seconds.size()};
    }
    return results;
}

Ratio time_ratio(const Measurement &slower, const Measurement &faster) {
    const auto passes_of = [](const Measurement &measurement) {
        return measurement.passes.empty() ? std::vector{measurement.seconds.size()} : measurement.passes;
    };
    const std::vector<std::size_t> a = passes_of(slower), b = passes_of(faster);
    std::vector<double> ratios;
    std::size_t first_a = 0, first_b = 0;  // of the pass
    for (std::size_t pass = 0; pass < std::min(a.size(), b.size()); ++pass) {
        for (std::size_t i = 0; i < std::min(a[pass], b[pass]); ++i) {
            ratios.push_back(slower.seconds[first_a + i] / faster.seconds[first_b + i]);
        }
        first_a += a[pass];
        first_b += b[pass];
    }
    return {median(ratios), median_interval(ratios), spread(ratios), ratios.size()};
}

}  // namespace ingot
