// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which steps the predicted time goes into, and which of them are to be warned of.
#include "compiler/lowering/predicted_share.h"
#include "spec/buffer_dims.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>

namespace ingot {

namespace {

constexpr const char *large_conv = "conv2d n=1 h=56 w=56 ci=64 co=64 k=3x3 s=1x1 p=1,1,1,1 src=nhwc dst=nhwc";
constexpr const char *small_conv = "conv2d n=1 h=8 w=8 ci=16 co=16 k=1x1 s=1x1 p=0,0,0,0 src=nhwc dst=nhwc";
constexpr const char *reference = "conv2d_direct/cpu_reference", *tiled = "conv2d_direct/cpu_tiled";

Step step(const std::string &name, const std::string &kernel, const std::string &choice,
          const std::string &why = "rule") {
    Step result;
    result.name = name;
    result.spec = parse_kernel_spec(kernel);
    result.choice = parse_choice(choice);
    result.why = why;
    for (const KernelBuffer &buffer : kernel_buffers(*result.spec)) {
        result.operands.push_back({Region::arena, 0, 0, buffer});
    }
    return result;
}

Step copy(const std::string &name, int64_t elements) {
    Step result;
    result.name = name;
    for (const char *operand : {"src", "dst"}) {
        result.operands.push_back({Region::arena, 0, 0, {operand, DataType::f32, {}, elements, 0}});
    }
    return result;
}

Plan plan(const char *target, std::vector<Step> steps) {
    Plan result;
    result.target = &find_target(target);
    result.steps = std::move(steps);
    return result;
}

LoweredModel model(std::vector<Plan> plans) {
    LoweredModel result;
    result.plans = std::move(plans);
    return result;
}

}  // namespace

TEST(PredictedShares, AddUpToOne) {
    const std::vector<double> shares = predicted_shares(
        plan("x86-64-v3", {step("a", large_conv, tiled), step("b", small_conv, reference), copy("c", 1000)}));
    ASSERT_EQ(shares.size(), 3U);
    EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1.0, 1e-12);
    for (const double share : shares) {
        EXPECT_GT(share, 0.0);
    }
    EXPECT_TRUE(predicted_shares(plan("x86-64-v3", {})).empty());
}

TEST(PredictedShares, CountAReferenceScheduleAsSlow) {
    const Step fast = step("fast", large_conv, tiled), slow = step("slow", large_conv, reference);
    const std::vector<double> shares = predicted_shares(plan("x86-64-v3", {fast, slow}));
    // 80 % of the peak against 1 %, and the same bytes.
    EXPECT_GT(shares[1], 50.0 * shares[0]);
    EXPECT_LT(shares[1], 80.0 * shares[0]);
}

TEST(PredictedShares, CountTheBytesOfACopy) {
    const std::vector<double> shares = predicted_shares(plan("x86-64-v3", {copy("a", 1000), copy("b", 3000)}));
    EXPECT_NEAR(shares[1], 0.75, 1e-12);
}

TEST(PredictedShares, TakeTheMeasuredShareOfThePeak) {
    const auto rows = built_in_table().rows();
    const auto measured = [](const TunedRow &row) {
        return row.cpu == generic_cpu && row.chain.value_or(row.hot.value_or(0.0)) > 0.0 &&
               !row.choice.schedule.ends_with("_reference");
    };
    const auto row = std::find_if(rows.begin(), rows.end(), measured);
    ASSERT_NE(row, rows.end());
    Step tuned = step("tuned", to_text(row->spec), to_text(row->choice)), other = tuned;
    other.choice.params.clear();
    other.choice.schedule = "cpu_another";
    tuned.operands.clear();
    other.operands.clear();
    const std::vector<double> shares = predicted_shares(plan(row->target.c_str(), {tuned, other}));
    const double efficiency = row->chain.value_or(row->hot.value_or(0.0)) / 100.0;
    EXPECT_NEAR(shares[0] / shares[1], 0.8 / efficiency, 1e-9);
}

TEST(SlowSteps, AreThoseOverATenthInPlainLoops) {
    const std::vector<SlowStep> slow = slow_steps(model({
        plan("x86-64-v2",
             {step("a", large_conv, reference), step("b", small_conv, reference), step("c", large_conv, tiled)}),
        plan("x86-64-v3", {step("a", large_conv, reference), step("c", large_conv, tiled)}),
    }));
    ASSERT_EQ(slow.size(), 1U);
    EXPECT_EQ(slow[0].step, "a");
    EXPECT_EQ(slow[0].kernel, shape_text(parse_kernel_spec(large_conv)));
    EXPECT_EQ(slow[0].targets, (std::vector<std::string>{"x86-64-v2", "x86-64-v3"}));
    EXPECT_GT(slow[0].share, 0.9);
}

TEST(SlowSteps, BeginWithTheLargest) {
    const std::vector<SlowStep> slow = slow_steps(model({
        plan("x86-64-v2", {step("small", small_conv, reference)}),
        plan("x86-64-v3", {step("small", small_conv, tiled), step("a", large_conv, reference),
                           step("b", large_conv, reference)}),
    }));
    ASSERT_EQ(slow.size(), 3U);
    EXPECT_EQ(slow[0].step, "small");
    EXPECT_EQ(slow[0].share, 1.0);
    EXPECT_EQ(slow[1].step, "a");
    EXPECT_EQ(slow[2].step, "b");
}

TEST(SlowSteps, AreNotThoseThatWereAskedFor) {
    EXPECT_TRUE(slow_steps(model({plan("x86-64-v3", {step("a", large_conv, reference, "asked for")})})).empty());
    const char *pair = "asked for; two kernels take 0.02 x the time";
    EXPECT_TRUE(slow_steps(model({plan("x86-64-v3", {step("a", large_conv, reference, pair)})})).empty());
    EXPECT_TRUE(slow_steps(model({plan("x86-64-v3", {copy("a", 1000000)})})).empty());
}

}  // namespace ingot
