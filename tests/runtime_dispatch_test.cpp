// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cpu.h"
#include "runtime/dispatch.h"
#include "spec/target.h"
#include "tests/runtime_model.h"
#include <algorithm>
#include <bit>
#include <cctype>
#include <gtest/gtest.h>
#include <set>
#include <string>

namespace ingot {
namespace {

constexpr uint64_t avx = INGOT_CPU_AVX;
constexpr uint64_t avx2 = INGOT_CPU_AVX | INGOT_CPU_AVX2;
constexpr uint64_t unknown_feature = UINT64_C(1) << 63;

constexpr uint32_t all_bits = 0xffffffff;
constexpr uint64_t every_feature = (INGOT_CPU_AVX512VL << 1) - 1;
constexpr uint64_t avx512_features =
    INGOT_CPU_AVX512F | INGOT_CPU_AVX512BW | INGOT_CPU_AVX512CD | INGOT_CPU_AVX512DQ | INGOT_CPU_AVX512VL;
constexpr uint64_t avx_features = INGOT_CPU_AVX | INGOT_CPU_F16C | INGOT_CPU_FMA | INGOT_CPU_AVX2;

TEST(CpuFeatures, CountOnlyWhereTheSystemSavesTheRegisters) {
    CpuWords words = {all_bits, all_bits, all_bits, 0b1110'0111};
    EXPECT_EQ(decode_cpu_features(words), every_feature);
    words.xcr0 = 0b0000'0111;
    EXPECT_EQ(decode_cpu_features(words), every_feature & ~avx512_features);
    words.xcr0 = 0b0110'0111;  // no ZMM16 to ZMM31
    EXPECT_EQ(decode_cpu_features(words), every_feature & ~avx512_features);
    words.xcr0 = 0b0000'0011;
    EXPECT_EQ(decode_cpu_features(words), every_feature & ~avx512_features & ~avx_features);
    words.xcr0 = 0;
    EXPECT_EQ(decode_cpu_features(words), every_feature & ~avx512_features & ~avx_features);
}

TEST(CpuFeatures, AreBitsOfTheirOwnWord) {
    const uint64_t state = 0b1110'0111;
    const uint64_t basic = decode_cpu_features({all_bits, 0, 0, state});
    const uint64_t structured = decode_cpu_features({0, all_bits, 0, state});
    const uint64_t extended = decode_cpu_features({0, 0, all_bits, state});
    EXPECT_EQ(extended, INGOT_CPU_LAHF | INGOT_CPU_LZCNT);
    EXPECT_EQ(structured, INGOT_CPU_BMI1 | INGOT_CPU_BMI2 | INGOT_CPU_AVX2 | avx512_features);
    EXPECT_EQ(basic, every_feature & ~structured & ~extended);
    EXPECT_EQ(decode_cpu_features({0, 0, 0, state}), 0U);
}

TEST(CpuFeatures, EachIsOneBit) {
    std::set<uint64_t> seen;
    for (int word = 0; word < 3; ++word) {
        for (int bit = 0; bit < 32; ++bit) {
            uint32_t words[3] = {};
            words[word] = uint32_t{1} << bit;
            const uint64_t features = decode_cpu_features({words[0], words[1], words[2], 0b1110'0111});
            EXPECT_LE(std::popcount(features), 1) << "word " << word << ", bit " << bit;
            EXPECT_TRUE(features == 0 || seen.insert(features).second) << "word " << word << ", bit " << bit;
        }
    }
    EXPECT_EQ(seen.size(), static_cast<size_t>(std::popcount(every_feature)));
}

TEST(CpuFeatures, AgreeWithTheCompilersOwnDetection) {
    __builtin_cpu_init();
    const uint64_t features = decode_cpu_features(read_cpu_words());
    const auto has = [features](uint64_t feature) { return (features & feature) != 0; };
    EXPECT_EQ(has(INGOT_CPU_SSE3), __builtin_cpu_supports("sse3") != 0);
    EXPECT_EQ(has(INGOT_CPU_SSSE3), __builtin_cpu_supports("ssse3") != 0);
    EXPECT_EQ(has(INGOT_CPU_SSE4_1), __builtin_cpu_supports("sse4.1") != 0);
    EXPECT_EQ(has(INGOT_CPU_SSE4_2), __builtin_cpu_supports("sse4.2") != 0);
    EXPECT_EQ(has(INGOT_CPU_POPCNT), __builtin_cpu_supports("popcnt") != 0);
    EXPECT_EQ(has(INGOT_CPU_CX16), __builtin_cpu_supports("cmpxchg16b") != 0);
    EXPECT_EQ(has(INGOT_CPU_LAHF), __builtin_cpu_supports("lahf_lm") != 0);
    EXPECT_EQ(has(INGOT_CPU_AVX), __builtin_cpu_supports("avx") != 0);
    EXPECT_EQ(has(INGOT_CPU_F16C), __builtin_cpu_supports("f16c") != 0);
    EXPECT_EQ(has(INGOT_CPU_FMA), __builtin_cpu_supports("fma") != 0);
    EXPECT_EQ(has(INGOT_CPU_MOVBE), __builtin_cpu_supports("movbe") != 0);
    EXPECT_EQ(has(INGOT_CPU_LZCNT), __builtin_cpu_supports("lzcnt") != 0);
    EXPECT_EQ(has(INGOT_CPU_BMI1), __builtin_cpu_supports("bmi") != 0);
    EXPECT_EQ(has(INGOT_CPU_BMI2), __builtin_cpu_supports("bmi2") != 0);
    EXPECT_EQ(has(INGOT_CPU_AVX2), __builtin_cpu_supports("avx2") != 0);
    EXPECT_EQ(has(INGOT_CPU_AVX512F), __builtin_cpu_supports("avx512f") != 0);
    EXPECT_EQ(has(INGOT_CPU_AVX512BW), __builtin_cpu_supports("avx512bw") != 0);
    EXPECT_EQ(has(INGOT_CPU_AVX512CD), __builtin_cpu_supports("avx512cd") != 0);
    EXPECT_EQ(has(INGOT_CPU_AVX512DQ), __builtin_cpu_supports("avx512dq") != 0);
    EXPECT_EQ(has(INGOT_CPU_AVX512VL), __builtin_cpu_supports("avx512vl") != 0);
}

TEST(CpuFeatures, AgreeWithTheTargetsOfTheCompiler) {
    std::set<std::string> present;
    for (uint64_t features = decode_cpu_features(read_cpu_words()); features != 0; features &= features - 1) {
        std::string name = first_cpu_feature_name(features);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        present.insert(name);
    }
    std::vector<const Target *> expected;
    for (const Target &target : cpu_targets()) {
        if (std::all_of(target.cpu_features.begin(), target.cpu_features.end(),
                        [&](std::string_view feature) { return present.contains(std::string(feature)); })) {
            expected.push_back(&target);
        }
    }
    EXPECT_EQ(host_targets(), expected);
}

TEST(CpuFeatures, HaveNames) {
    EXPECT_EQ(first_cpu_feature_name(0), nullptr);
    EXPECT_STREQ(first_cpu_feature_name(INGOT_CPU_SSE3), "sse3");
    EXPECT_STREQ(first_cpu_feature_name(INGOT_CPU_AVX2 | INGOT_CPU_AVX512F), "avx2");
    EXPECT_STREQ(first_cpu_feature_name(INGOT_CPU_AVX512VL), "avx512vl");
    EXPECT_STREQ(first_cpu_feature_name(unknown_feature), "a feature that this runtime does not know");
    std::set<std::string> names;
    for (uint64_t feature = 1; feature <= INGOT_CPU_AVX512VL; feature <<= 1) {
        names.insert(first_cpu_feature_name(feature));
    }
    EXPECT_EQ(names.size(), static_cast<size_t>(std::popcount(every_feature)));
}

/// Levels "low", which needs AVX, and "high", which needs AVX2 too.
class Dispatch : public testing::Test {
protected:
    Dispatch() {
        box_.plan(0).cpu_features = avx;
        box_.plan(1).cpu_features = avx2;
    }
    /// The chosen level, or the text of the status.
    std::string choose(const char *level, uint64_t cpu_features) {
        const ingot_plan *plan = &box_.plan(0);
        const ingot_status status = choose_plan(box_.model(), level, cpu_features, &plan);
        EXPECT_EQ(plan == nullptr, status != INGOT_OK);
        return plan != nullptr ? plan->level : ingot_status_message(status);
    }
    BoxModel box_;
};

TEST_F(Dispatch, TakesTheHighestLevelThatTheCpuCanRun) {
    EXPECT_EQ(choose(nullptr, avx2), "high");
    EXPECT_EQ(choose(nullptr, every_feature), "high");
    EXPECT_EQ(choose(nullptr, avx), "low");
    EXPECT_EQ(choose(nullptr, INGOT_CPU_AVX2), ingot_status_message(INGOT_UNSUPPORTED_CPU));
}

TEST_F(Dispatch, TakesTheLevelThatIsForced) {
    EXPECT_EQ(choose("low", avx2), "low");
    EXPECT_EQ(choose("high", avx2), "high");
    EXPECT_EQ(choose("high", avx), ingot_status_message(INGOT_UNSUPPORTED_CPU));
    EXPECT_EQ(choose("highest", avx2), ingot_status_message(INGOT_UNKNOWN_LEVEL));
    EXPECT_EQ(choose("", avx2), ingot_status_message(INGOT_UNKNOWN_LEVEL));
}

TEST_F(Dispatch, NamesWhatIsMissing) {
    EXPECT_EQ(missing_cpu_feature(box_.model(), nullptr, avx), nullptr);
    EXPECT_STREQ(missing_cpu_feature(box_.model(), nullptr, 0), "avx");
    EXPECT_STREQ(missing_cpu_feature(box_.model(), "high", 0), "avx");
    EXPECT_STREQ(missing_cpu_feature(box_.model(), "high", avx), "avx2");
    EXPECT_EQ(missing_cpu_feature(box_.model(), "highest", 0), nullptr);
}

TEST_F(Dispatch, RefusesAModelWithoutPlans) {
    box_.model().plan_count = 0;
    EXPECT_EQ(choose(nullptr, every_feature), ingot_status_message(INGOT_UNSUPPORTED_CPU));
    EXPECT_EQ(choose("low", every_feature), ingot_status_message(INGOT_UNKNOWN_LEVEL));
    EXPECT_EQ(missing_cpu_feature(box_.model(), nullptr, 0), nullptr);
}

}  // namespace
}  // namespace ingot
