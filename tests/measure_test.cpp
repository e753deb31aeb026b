// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the benchmark samples, and its statistics on made-up numbers. No time is judged.
#include "bench/machine.h"
#include "bench/measure.h"
#include <gtest/gtest.h>
#include <numeric>

namespace ingot {
namespace {

std::vector<double> one_to(int n) {
    std::vector<double> values(static_cast<std::size_t>(n));
    std::iota(values.begin(), values.end(), 1.0);
    return values;
}

TEST(Statistics, MedianIsInTheMiddle) {
    EXPECT_EQ(median({3, 1, 2}), 2);
    EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
    EXPECT_EQ(median({}), 0);
}

TEST(Statistics, SpreadIgnoresOutliers) {
    EXPECT_DOUBLE_EQ(spread({1, 2, 3, 4, 5}), 1.4826);
    EXPECT_DOUBLE_EQ(spread({1, 2, 3, 4, 5000}), 1.4826);
    EXPECT_EQ(spread({7}), 0);
}

TEST(Statistics, IntervalIsThatOfTheSignTest) {
    // Ranks from tables of the sign test at 95 %.
    const std::vector<std::pair<int, Interval>> table = {{1, {1, 1}},   {5, {1, 5}},    {6, {1, 6}},    {9, {2, 8}},
                                                         {20, {6, 15}}, {31, {10, 22}}, {100, {40, 61}}};
    for (const auto &[n, expected] : table) {
        const Interval interval = median_interval(one_to(n));
        EXPECT_EQ(interval.low, expected.low) << n;
        EXPECT_EQ(interval.high, expected.high) << n;
    }
    const Interval many = median_interval(one_to(10000));
    EXPECT_NEAR(many.low, 5000 - 98, 2);
    EXPECT_NEAR(many.high, 5001 + 98, 2);
}

TEST(Statistics, GeometricMean) {
    EXPECT_DOUBLE_EQ(geometric_mean({2, 8}), 4);
    EXPECT_EQ(geometric_mean({}), 1);
}

TEST(Measurement, ComparesWithThePeakOfTheSameRound) {
    // The core halves its speed in the second round: the share of the peak stays, the outlier does not count.
    const Measurement measurement{100, 0, {1, 2, 9}, {200, 100, 200}};
    EXPECT_DOUBLE_EQ(measurement.peak_operations(), 200);
    EXPECT_DOUBLE_EQ(measurement.of_peak(), 0.5);
    EXPECT_DOUBLE_EQ(measurement.median_seconds(), 2);
}

TEST(Measurement, RatioPairsRounds) {
    const Measurement slower{1, 1, {2, 4, 6, 8}, {1, 1, 1, 1}}, faster{1, 1, {1, 2, 3}, {1, 1, 1}};
    const Ratio ratio = time_ratio(slower, faster);
    EXPECT_EQ(ratio.median, 2);
    EXPECT_EQ(ratio.interval.low, 2);
    EXPECT_EQ(ratio.interval.high, 2);
    EXPECT_EQ(ratio.spread, 0);
    EXPECT_EQ(ratio.rounds, 3U);
}

TEST(Measurement, RatioPairsWithinAPass) {
    // A slow call takes part in the first round of each pass.
    const Measurement slow{1, 1, {10, 40}, {1, 1}, {}, {1, 1}}, quick{1, 1, {1, 2, 4, 2}, {1, 1, 1, 1}, {}, {2, 2}};
    EXPECT_EQ(time_ratio(slow, quick).rounds, 2U);
    EXPECT_EQ(time_ratio(slow, quick).median, 10);
    EXPECT_EQ(time_ratio(quick, quick).rounds, 4U);
}

TEST(Measurement, GrowsPassByPass) {
    Measurement all;
    all.append({5, 6, {1, 2}, {3, 4}, {9, 9}, {2}});
    all.append({5, 6, {7}, {8}, {4}, {1}});
    EXPECT_EQ(all.flops, 5);
    EXPECT_EQ(all.bytes, 6);
    EXPECT_EQ(all.seconds, (std::vector<double>{1, 2, 7}));
    EXPECT_EQ(all.peak_flops, (std::vector<double>{3, 4, 8}));
    EXPECT_EQ(all.adds_per_cycle, (std::vector<double>{9, 9, 4}));
    EXPECT_EQ(all.passes, (std::vector<std::size_t>{2, 1}));
}

/// Counts what measure() does with it.
struct Probe {
    int calls = 0, prepared = 0;

    Contender contender(bool prepares) {
        Contender contender;
        contender.call = [this] { ++calls; };
        if (prepares) {
            contender.prepare = [this] { ++prepared; };
        }
        contender.peak = {[](int64_t iterations) {
                              for (int64_t i = 0; i < iterations; ++i) {
                                  asm volatile("");
                              }
                          },
                          1};
        return contender;
    }
};

TEST(Measure, TakesASampleOfEachInEveryRound) {
    Probe a, b;
    MeasureOptions options;
    options.rounds = 7;
    std::vector<int> told;
    options.progress = [&](int done, int rounds) {
        told.push_back(done);
        EXPECT_EQ(rounds, 7);
    };
    const std::vector<Measurement> result = measure({a.contender(false), b.contender(true)}, options);
    ASSERT_EQ(result.size(), 2U);
    for (const Measurement &measurement : result) {
        EXPECT_EQ(measurement.seconds.size(), 7U);
        EXPECT_EQ(measurement.peak_flops.size(), 7U);
        EXPECT_EQ(measurement.adds_per_cycle.size(), 7U);
        EXPECT_EQ(measurement.passes, std::vector<std::size_t>{7});
    }
    EXPECT_EQ(told, (std::vector<int>{1, 2, 3, 4, 5, 6, 7}));
    EXPECT_GT(a.calls, 7 * 10);  // a sample of a short call is many calls
    EXPECT_EQ(b.calls, 7 + 2);   // but one where something must be prepared; two warm up
    EXPECT_EQ(b.prepared, b.calls);
}

TEST(Measure, ASlowCallTakesPartInTheFirstRounds) {
    Probe probe;
    MeasureOptions options;
    options.rounds = 9;
    options.slow_seconds = -1;
    options.slow_rounds = 4;
    EXPECT_EQ(measure({probe.contender(false)}, options)[0].seconds.size(), 4U);
    options.rounds = 2;
    EXPECT_EQ(measure({probe.contender(false)}, options)[0].seconds.size(), 2U);
}

TEST(MemoryLevels, GrowAndEndWithMemory) {
    const std::vector<MemoryLevel> &levels = memory_levels();
    ASSERT_FALSE(levels.empty());
    EXPECT_EQ(levels.back().name, "memory");
    for (std::size_t i = 1; i < levels.size(); ++i) {
        EXPECT_GT(levels[i].bytes, levels[i - 1].bytes);
    }
}

TEST(MemoryLevels, TheSmallestThatHolds) {
    const std::vector<MemoryLevel> levels = {{"L1", 100}, {"L2", 1000}, {"memory", 1 << 30}};
    EXPECT_EQ(level_holding(levels, 100), 0U);
    EXPECT_EQ(level_holding(levels, 101), 1U);
    EXPECT_EQ(level_holding(levels, 1e12), 2U);
}

TEST(MachineLimits, AreMeasuredOfEveryLevel) {
    const MachineLimits limits = measure_limits(*host_targets().front());
    EXPECT_GT(limits.peak_flops, 0);
    EXPECT_GT(limits.flops_per_cycle, 0);
    ASSERT_EQ(limits.bandwidth.size(), memory_levels().size());
    for (double rate : limits.bandwidth) {
        EXPECT_GT(rate, 0);
    }
}

}  // namespace
}  // namespace ingot
