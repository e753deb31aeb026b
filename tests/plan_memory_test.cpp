// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/plan_memory.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace ingot {

namespace {

/// Buffers of a network of `steps` steps; lives are short or long.
std::vector<BufferLife> random_buffers(uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](uint64_t end) { return static_cast<int>(random() % end); };
    const int steps = below(30) + 1;
    const uint64_t largest = uint64_t{1} << (5U + random() % 18);
    std::vector<BufferLife> buffers;
    for (int i = 0; i < steps; ++i) {
        const int last = std::min(steps, i + (below(4) == 0 ? below(12) : 1));
        buffers.push_back({static_cast<int64_t>(random() % largest) + 1, i, last, below(3) == 0});
    }
    return buffers;
}

bool share_memory(const MemoryPlan &plan, const std::vector<BufferLife> &buffers, std::size_t a, std::size_t b) {
    return plan.offsets[a] < plan.offsets[b] + buffers[b].bytes &&
           plan.offsets[b] < plan.offsets[a] + buffers[a].bytes;
}

class PlanMemoryTest : public testing::TestWithParam<uint64_t> {};

}  // namespace

TEST_P(PlanMemoryTest, KeepsLiveBuffersApart) {
    const std::vector<BufferLife> buffers = random_buffers(GetParam());
    const MemoryPlan plan = plan_memory(buffers);
    ASSERT_EQ(plan.offsets.size(), buffers.size());
    EXPECT_EQ(plan.bytes % 64, 0);
    for (std::size_t a = 0; a < buffers.size(); ++a) {
        EXPECT_EQ(plan.offsets[a] % 64, 0);
        EXPECT_GE(plan.offsets[a], 0);
        EXPECT_LE(plan.offsets[a] + buffers[a].bytes, plan.bytes);
        for (std::size_t b = 0; b < a; ++b) {
            const bool alive_together = buffers[a].first <= buffers[b].last && buffers[b].first <= buffers[a].last;
            const bool halo_alone = plan.halos_alone && (buffers[a].halo || buffers[b].halo);
            EXPECT_FALSE((alive_together || halo_alone) && share_memory(plan, buffers, a, b)) << a << " and " << b;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PlanMemoryTest, testing::Range<uint64_t>(0, 300));

TEST(PlanMemory, ReusesMemoryOfTheDead) {
    const MemoryPlan plan = plan_memory({{1000, 0, 1, false}, {500, 1, 2, false}, {1000, 2, 3, false}});
    EXPECT_EQ(plan.bytes, 1024 + 512);
    EXPECT_EQ(plan.offsets, (std::vector<int64_t>{0, 1024, 0}));
}

TEST(PlanMemory, KeepsHalosAloneInASmallArena) {
    const MemoryPlan plan = plan_memory({{6400, 0, 1, true}, {6400, 1, 2, true}, {6400, 2, 3, true}});
    EXPECT_TRUE(plan.halos_alone);
    EXPECT_EQ(plan.bytes, 3 * 6400);
}

TEST(PlanMemory, SharesMemoryOfHalosInALargeArena) {
    constexpr int64_t bytes = 640000;
    const MemoryPlan plan = plan_memory({{bytes, 0, 1, true}, {bytes, 1, 2, true}, {bytes, 2, 3, true}});
    EXPECT_FALSE(plan.halos_alone);
    EXPECT_EQ(plan.bytes, 2 * bytes);
}

TEST(PlanMemory, PlacesNothing) {
    EXPECT_EQ(plan_memory({}).bytes, 0);
}

}  // namespace ingot
