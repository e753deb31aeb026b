// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/run_time_promise.h"
#include "tests/runtime_c99.h"
#include "tests/runtime_cxx17.h"
#include "tests/runtime_session.h"
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <thread>
#include <vector>

/// Lets an allocation that is too large return null under AddressSanitizer too.
extern "C" const char *__asan_default_options() {
    return "allocator_may_return_null=1";
}

namespace ingot {
namespace {

/// The status of creating a session, which is destroyed at once.
ingot_status creation_status(const ingot_model *model, const ingot_options *options) {
    auto *session = reinterpret_cast<ingot_session *>(&model);  // create sets it in any case
    const ingot_status status = ingot_session_create(model, options, &session);
    EXPECT_EQ(session == nullptr, status != INGOT_OK);
    ingot_session_destroy(session);
    return status;
}

TEST(Session, AllocatesItsOwnMemory) {
    const BoxModel box;
    const SessionHandle session = create(box.model());
    expect_right_run(session.get(), box, 3);
}

TEST(Session, SessionsOfAModelAreApart) {
    const BoxModel box;
    const SessionHandle first = create(box.model());
    const SessionHandle second = create(box.model());
    expect_right_run(first.get(), box, 2, 1);
    expect_right_run(second.get(), box, 3, 2);
    expect_right_run(first.get(), box, 1, 3);
    std::thread other([&] { expect_right_run(second.get(), box, 100, 4); });
    expect_right_run(first.get(), box, 100, 5);
    other.join();
}

TEST(Session, TakesTheHighestLevelOrTheForcedOne) {
    const BoxModel box;
    ingot_options options = INGOT_OPTIONS_INIT;
    EXPECT_STREQ(ingot_session_level(create(box.model(), &options).get()), "high");
    options.level = "low";
    EXPECT_STREQ(ingot_session_level(create(box.model(), &options).get()), "low");
    EXPECT_EQ(ingot_session_level(nullptr), nullptr);
    options.level = "medium";
    EXPECT_EQ(creation_status(&box.model(), &options), INGOT_UNKNOWN_LEVEL);
    EXPECT_EQ(ingot_session_bytes(&box.model(), &options), 0U);
    EXPECT_EQ(ingot_missing_cpu_feature(&box.model(), &options), nullptr);
}

TEST(Session, SaysWhatTheCpuLacks) {
    BoxModel box;
    box.plan(1).cpu_features = UINT64_C(1) << 63;
    ingot_options options = INGOT_OPTIONS_INIT;
    EXPECT_STREQ(ingot_session_level(create(box.model(), &options).get()), "low");
    EXPECT_EQ(ingot_missing_cpu_feature(&box.model(), nullptr), nullptr);
    options.level = "high";
    EXPECT_EQ(creation_status(&box.model(), &options), INGOT_UNSUPPORTED_CPU);
    EXPECT_EQ(ingot_session_bytes(&box.model(), &options), 0U);
    EXPECT_STREQ(ingot_missing_cpu_feature(&box.model(), &options), "a feature that this runtime does not know");
    box.plan(0).cpu_features = UINT64_C(1) << 63;
    EXPECT_EQ(creation_status(&box.model(), nullptr), INGOT_UNSUPPORTED_CPU);
    EXPECT_NE(ingot_missing_cpu_feature(&box.model(), nullptr), nullptr);
}

TEST(Session, SizeIsThatOfTheChosenPlan) {
    BoxModel box;
    box.plan(0).scratch_bytes = 4096;
    ingot_options options = INGOT_OPTIONS_INIT;
    const size_t high = ingot_session_bytes(&box.model(), &options);
    const ingot_plan &plan = box.plan(1);
    EXPECT_EQ(high, INGOT_SESSION_BYTES(plan.step_count, plan.operand_count, plan.dim_count, plan.arena_bytes,
                                        plan.scratch_bytes));
    options.level = "low";
    EXPECT_EQ(ingot_session_bytes(&box.model(), &options), high + 4096);
}

TEST(Arena, IsCheckedBeforeUse) {
    const BoxModel box;
    const size_t bytes = ingot_session_bytes(&box.model(), nullptr);
    CallersArena arena(bytes + 64);
    ingot_options options = arena.options();
    options.arena_bytes = bytes;
    EXPECT_EQ(creation_status(&box.model(), &options), INGOT_OK);
    options.arena_bytes = bytes - 1;
    EXPECT_EQ(creation_status(&box.model(), &options), INGOT_ARENA_TOO_SMALL);
    options.arena_bytes = 0;
    EXPECT_EQ(creation_status(&box.model(), &options), INGOT_ARENA_TOO_SMALL);
    options.arena_bytes = bytes;
    options.arena = arena.data() + 32;
    EXPECT_EQ(creation_status(&box.model(), &options), INGOT_ARENA_MISALIGNED);
    options.arena = nullptr;
    EXPECT_EQ(creation_status(&box.model(), &options), INGOT_NULL_POINTER);
}

TEST(Arena, StaysTheCallers) {
    const BoxModel box;
    CallersArena arena(ingot_session_bytes(&box.model(), nullptr));
    const ingot_options options = arena.options();
    for (int repetition = 0; repetition < 2; ++repetition) {
        const CallCounts calls = count_calls([&] {
            ingot_session *session = nullptr;
            EXPECT_EQ(ingot_session_create(&box.model(), &options, &session), INGOT_OK);
            ingot_session_destroy(session);
        });
        EXPECT_EQ(calls.allocations, 0U);
    }
    EXPECT_TRUE(arena.fences_untouched());
}

TEST(Arena, ThatCannotBeAllocatedIsAStatus) {
    BoxModel box;
    box.set_scratch(UINT64_C(1) << 62);
    EXPECT_EQ(creation_status(&box.model(), nullptr), INGOT_OUT_OF_MEMORY);
}

TEST(Create, RefusesNullPointersAndOtherVersions) {
    BoxModel box;
    EXPECT_EQ(ingot_session_create(&box.model(), nullptr, nullptr), INGOT_NULL_POINTER);
    EXPECT_EQ(creation_status(nullptr, nullptr), INGOT_NULL_POINTER);
    EXPECT_EQ(ingot_session_bytes(nullptr, nullptr), 0U);
    EXPECT_EQ(ingot_missing_cpu_feature(nullptr, nullptr), nullptr);
    ingot_session_destroy(nullptr);
    ingot_options options = INGOT_OPTIONS_INIT;
    for (const size_t size : {size_t{0}, sizeof(options) - 1, sizeof(options) + 8}) {
        options.struct_size = size;
        EXPECT_EQ(creation_status(&box.model(), &options), INGOT_ABI_MISMATCH) << size;
    }
    box.model().abi_version += 1;
    EXPECT_EQ(creation_status(&box.model(), nullptr), INGOT_ABI_MISMATCH);
    box.model().abi_version -= 1;
    box.model().struct_size += 8;
    EXPECT_EQ(creation_status(&box.model(), nullptr), INGOT_ABI_MISMATCH);
}

TEST(StatusMessage, IsOneLinePerStatus) {
    std::set<std::string> seen;
    for (int code = INGOT_OK; code <= INGOT_WEIGHTS_DAMAGED + 1; ++code) {
        const std::string message = ingot_status_message(static_cast<ingot_status>(code));
        EXPECT_FALSE(message.empty());
        EXPECT_EQ(message.find('\n'), std::string::npos);
        EXPECT_TRUE(seen.insert(message).second) << message;
    }
    EXPECT_STREQ(ingot_status_message(INGOT_OK), "ok");
}

TEST(CppSession, MovesAndTellsItsStatus) {
    const BoxModel box;
    const std::vector<float> images = make_images(1);
    std::vector<float> sums(images.size());
    const void *const inputs[] = {images.data()};
    void *const outputs[] = {sums.data()};
    Options options = default_options();

    Session first(box.model(), options);
    EXPECT_TRUE(first.status());
    EXPECT_STREQ(first.level(), "high");
    EXPECT_STREQ(first.device(), "cpu");
    EXPECT_STREQ(first.detail(), "");
    Session second(std::move(first));
    EXPECT_EQ(first.status().code(), INGOT_EMPTY_SESSION);
    EXPECT_EQ(first.run(inputs, outputs, 1).code(), INGOT_EMPTY_SESSION);
    EXPECT_EQ(first.level(), nullptr);
    EXPECT_EQ(first.device(), nullptr);
    EXPECT_STREQ(first.detail(), "");
    EXPECT_TRUE(second.run(inputs, outputs, 1));
    EXPECT_EQ(sums, box.expected(images));

    options.level = "medium";
    Session third(box.model(), options);
    EXPECT_FALSE(third.status());
    EXPECT_EQ(third.run(inputs, outputs, 1).code(), INGOT_UNKNOWN_LEVEL);
    EXPECT_STREQ(third.status().message(), ingot_status_message(INGOT_UNKNOWN_LEVEL));
    third = std::move(second);
    EXPECT_EQ(second.status().code(), INGOT_EMPTY_SESSION);
    EXPECT_TRUE(third.run(inputs, outputs, 1));
    first = std::move(third);
    EXPECT_TRUE(first.run(inputs, outputs, 1));
}

TEST(Languages, C99AndCxx17AppsRun) {
    const BoxModel box;
    const std::vector<float> images = make_images(3);
    std::vector<float> sums(images.size());
    EXPECT_EQ(run_from_c99(&box.model(), images.data(), sums.data(), 3), INGOT_OK);
    EXPECT_EQ(sums, box.expected(images));
    EXPECT_EQ(run_from_c99(&box.model(), nullptr, sums.data(), 3), INGOT_NULL_POINTER);
    sums.assign(sums.size(), 0);
    EXPECT_EQ(run_from_cxx17(box.model(), images.data(), sums.data(), 3), INGOT_OK);
    EXPECT_EQ(sums, box.expected(images));
}

}  // namespace
}  // namespace ingot
