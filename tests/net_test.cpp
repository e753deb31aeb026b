// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference network as an application gets it: compiled by ingot_add_model, linked, run at every level that
// this CPU has.
#include "compiler/onnx/import_onnx.h"
#include "reference/interpreter.h"
#include "spec/target.h"
#include "tests/mnist_images.h"
#include "tests/run_time_promise.h"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <digits_net.h>
#include <gtest/gtest.h>
#include <memory>

namespace ingot {

namespace {

using test::MnistImages;

constexpr std::size_t pixels = MnistImages::pixels, classes = MnistImages::classes;
static_assert(DIGITS_NET_IMAGE_SIZE == pixels && DIGITS_NET_LOGITS_SIZE == classes);
static_assert(DIGITS_NET_ARENA_ALIGNMENT == INGOT_ARENA_ALIGNMENT);

const MnistImages &mnist() {
    static const MnistImages images(INGOT_SOURCE_DIR "/models/mnist_cnn/data");
    return images;
}

/// Memory of the header's size, in which every float is NaN.
class Arena {
public:
    Arena() : memory_(static_cast<unsigned char *>(std::aligned_alloc(DIGITS_NET_ARENA_ALIGNMENT, bytes))) {
        std::memset(memory_.get(), 0xff, bytes);
    }
    [[nodiscard]] unsigned char *data() const { return memory_.get(); }

private:
    static constexpr std::size_t bytes = (DIGITS_NET_ARENA_BYTES + 63) / 64 * 64;
    struct Free {
        void operator()(void *pointer) const { std::free(pointer); }
    };
    std::unique_ptr<unsigned char, Free> memory_;
};

bool same_bits(const std::vector<float> &a, const std::vector<float> &b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/// A test for each level of the archive that this CPU runs.
class NetTest : public testing::TestWithParam<const Target *> {
protected:
    [[nodiscard]] Options options() const {
        Options result = default_options();
        result.level = level_.c_str();
        return result;
    }
    /// The logits of the first `n` test images, `chunk` of them at a time.
    [[nodiscard]] std::vector<float> classify(std::size_t n, std::size_t chunk) const {
        digits_net::Session session(options());
        std::vector<float> logits(n * classes, std::nanf(""));
        for (std::size_t i = 0; i < n; i += chunk) {
            const Status status = session.run(mnist().image(i), &logits[i * classes], std::min(chunk, n - i));
            EXPECT_TRUE(status) << status.message();
        }
        return logits;
    }

private:
    std::string level_ = std::string(GetParam()->name);
};

INSTANTIATE_TEST_SUITE_P(Levels, NetTest, testing::ValuesIn(host_targets()), [](const auto &test) {
    std::string name(test.param->name);
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

}  // namespace

TEST_P(NetTest, RunsTheLevelAskedFor) {
    digits_net::Session session(options());
    ASSERT_TRUE(session.status()) << session.status().message();
    EXPECT_EQ(session.level(), GetParam()->name);
}

TEST_P(NetTest, AgreesWithTheInterpreter) {
    constexpr std::size_t step = 50;
    const Graph graph = import_onnx(std::filesystem::path(INGOT_SOURCE_DIR "/models/mnist_cnn/mnist_cnn.onnx"));
    reference::Tensor<double> sample{{MnistImages::count / step, 1, 28, 28}, {}};
    for (std::size_t i = 0; i < MnistImages::count; i += step) {
        sample.data.insert(sample.data.end(), mnist().image(i), mnist().image(i) + pixels);
    }
    static const std::vector<double> expected = reference::interpret<double>(graph, {sample}).at(0).data;
    double largest = 0;
    for (const double value : expected) {
        largest = std::max(largest, std::abs(value));
    }
    ASSERT_GT(largest, 1);
    const std::vector<float> logits = classify(MnistImages::count, MnistImages::count);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const std::size_t image = i / classes * step;
        ASSERT_NEAR(logits[image * classes + i % classes], expected[i], 1e-5 * largest) << "image " << image;
    }
}

TEST_P(NetTest, ReadsDigits) {
    const std::vector<float> logits = classify(MnistImages::count, 256);
    std::size_t right = 0;
    for (std::size_t i = 0; i < MnistImages::count; ++i) {
        const auto first = logits.begin() + static_cast<std::ptrdiff_t>(i * classes);
        right += std::max_element(first, first + classes) - first == mnist().labels[i] ? 1U : 0U;
    }
    EXPECT_GE(static_cast<double>(right) / MnistImages::count, 0.989);
}

TEST_P(NetTest, GivesTheSameBitsForAnySplit) {
    constexpr std::size_t n = 1000;
    const std::vector<float> whole = classify(n, n);
    for (const std::size_t chunk : {1, 2, 7, 64, 256}) {
        EXPECT_TRUE(same_bits(classify(n, chunk), whole)) << chunk << " at a time";
    }
}

TEST_P(NetTest, LeavesNothingBehind) {
    Options in_arena = options();
    const Arena arena;
    in_arena.arena = arena.data();
    in_arena.arena_bytes = DIGITS_NET_ARENA_BYTES;
    ASSERT_LE(ingot_session_bytes(&digits_net_model, &in_arena), std::size_t{DIGITS_NET_ARENA_BYTES});
    digits_net::Session poisoned(in_arena), other(options());
    ASSERT_TRUE(poisoned.status()) << poisoned.status().message();
    constexpr std::size_t n = 20;
    std::vector<float> first(n * classes), again(n * classes), reversed(n * classes);
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t back = n - 1 - i;
        ASSERT_TRUE(poisoned.run(mnist().image(i), &first[i * classes]));
        ASSERT_TRUE(other.run(mnist().image(back), &reversed[back * classes]));
        ASSERT_TRUE(poisoned.run(mnist().image(i), &again[i * classes]));
    }
    EXPECT_TRUE(same_bits(first, classify(n, n)));
    EXPECT_TRUE(same_bits(again, first));
    EXPECT_TRUE(same_bits(reversed, first));
}

TEST_P(NetTest, NeedsOnlyNaturalAlignment) {
    digits_net::Session session(options());
    std::vector<float> image(pixels + 16), logits(classes + 16);
    const std::vector<float> expected = classify(1, 1);
    for (std::size_t shift = 0; shift < 16; ++shift) {
        std::copy_n(mnist().image(0), pixels, image.data() + shift);
        ASSERT_TRUE(session.run(image.data() + shift, logits.data() + shift));
        EXPECT_EQ(std::memcmp(logits.data() + shift, expected.data(), classes * sizeof(float)), 0) << shift;
    }
}

TEST_P(NetTest, WritesNoByteBesideItsOutput) {
    digits_net::Session session(options());
    constexpr std::size_t n = 3, guard = 64;
    std::vector<float> logits(n * classes + 2 * guard, 12345);
    ASSERT_TRUE(session.run(mnist().image(0), logits.data() + guard, n));
    for (std::size_t i = 0; i < guard; ++i) {
        EXPECT_EQ(logits[i], 12345);
        EXPECT_EQ(logits[guard + n * classes + i], 12345);
    }
}

TEST_P(NetTest, KeepsTheRunTimePromise) {
    digits_net::Session session(options());
    const MnistImages &images = mnist();
    std::vector<float> logits(256 * classes);
    for (const auto &[n, times] : {std::pair(1U, 100000U), std::pair(256U, 100U)}) {
        const SharedWithChild<CallCounts> calls;
        *calls = {1, 1};
        const auto run_many = [&, n = n, times = times] {
            bool succeeded = true;
            *calls = count_calls([&] {
                for (std::size_t i = 0; i < times && succeeded; ++i) {
                    succeeded = static_cast<bool>(session.run(images.image(i % 1000), logits.data(), n));
                }
            });
            return succeeded;
        };
        EXPECT_EQ(run_without_system_calls(run_many), "");
        EXPECT_EQ(calls->allocations, 0U);
        EXPECT_EQ(calls->locks, 0U);
    }
}

TEST_P(NetTest, FaultsNoPageAfterTheFirstRun) {
    std::vector<float> logits(classes);
    long faults = 1;
    // What the machine does to a process's pages counts as well: a run that faults by itself does so each time.
    for (int attempt = 0; attempt < 3 && faults != 0; ++attempt) {
        digits_net::Session session(options());
        ASSERT_TRUE(session.run(mnist().image(0), logits.data()));
        faults = page_faults([&] {
            for (int i = 0; i < 10000; ++i) {
                static_cast<void>(session.run(mnist().image(0), logits.data()));
            }
        });
    }
    EXPECT_EQ(faults, 0);
}

TEST_P(NetTest, StaysWithinTheStackOfTheHeader) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "the sanitizer's frames are larger";
#endif
    digits_net::Session session(options());
    std::vector<float> logits(classes);
    PaintedStack stack;
    // The dynamic linker, too, runs on this stack where it resolves a function at its first call.
    for (const char *time : {"first", "second"}) {
        bool succeeded = false;
        const std::size_t used =
            stack.use([&] { succeeded = static_cast<bool>(session.run(mnist().image(0), logits.data())); });
        EXPECT_TRUE(succeeded);
        EXPECT_GT(used, 256U) << time;
        EXPECT_LE(used, std::size_t{DIGITS_NET_STACK_BYTES}) << time;
    }
}

TEST_P(NetTest, RefusesBadArguments) {
    digits_net::Session session(options());
    std::vector<float> image(mnist().image(0), mnist().image(1)), logits(classes);
    EXPECT_EQ(session.run(nullptr, logits.data()).code(), INGOT_NULL_POINTER);
    EXPECT_EQ(session.run(image.data(), nullptr).code(), INGOT_NULL_POINTER);
    EXPECT_EQ(session.run(image.data(), image.data() + pixels - 1).code(), INGOT_OVERLAPPING_BUFFERS);
    EXPECT_EQ(session.run(image.data(), logits.data(), SIZE_MAX).code(), INGOT_TOO_MANY_IMAGES);
    EXPECT_TRUE(session.run(nullptr, nullptr, 0));
    EXPECT_TRUE(session.run(image.data(), logits.data()));
}

TEST_P(NetTest, RefusesABadArena) {
    const Arena arena;
    Options bad = options();
    bad.arena = arena.data();
    bad.arena_bytes = ingot_session_bytes(&digits_net_model, &bad) - 1;
    EXPECT_EQ(digits_net::Session(bad).status().code(), INGOT_ARENA_TOO_SMALL);
    bad.arena_bytes += 1;
    EXPECT_TRUE(digits_net::Session(bad).status());
    bad.arena = arena.data() + 32;
    EXPECT_EQ(digits_net::Session(bad).status().code(), INGOT_ARENA_MISALIGNED);
    bad.arena = nullptr;
    EXPECT_EQ(digits_net::Session(bad).status().code(), INGOT_NULL_POINTER);
}

TEST(Net, RunsTheBestLevelUnasked) {
    digits_net::Session session;
    ASSERT_TRUE(session.status()) << session.status().message();
    EXPECT_EQ(session.level(), host_targets().back()->name);
}

TEST(Net, RefusesALevelThatItLacks) {
    Options options = default_options();
    options.level = "x86-64-v9";
    digits_net::Session session(options);
    EXPECT_EQ(session.status().code(), INGOT_UNKNOWN_LEVEL);
    float logits[classes] = {};
    EXPECT_EQ(session.run(mnist().image(0), logits).code(), INGOT_UNKNOWN_LEVEL);
}

TEST(Net, RunsFromC) {
    ingot_session *session = nullptr;
    ASSERT_EQ(ingot_session_create(&digits_net_model, nullptr, &session), INGOT_OK);
    float logits[classes] = {}, expected[classes] = {};
    EXPECT_EQ(digits_net_run(session, mnist().image(3), logits, 1), INGOT_OK);
    ingot_session_destroy(session);
    digits_net::Session other;
    ASSERT_TRUE(other.run(std::span<const float, pixels>(mnist().image(3), pixels), expected));
    EXPECT_EQ(std::memcmp(logits, expected, sizeof(logits)), 0);
}

}  // namespace ingot
