// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sessions side by side over one model, under ThreadSanitizer: this file and the runtime are built with it. A
// model's own kernels are machine code that it does not see into; the hand-made model's kernels it sees.
#include "spec/target.h"
#include "tests/parallel_box.h"
#include "tests/runtime_session.h"
#include <algorithm>
#include <barrier>
#include <digits_net.h>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

namespace ingot {
namespace {

constexpr std::size_t thread_count = 8;

/// Calls body(0) to body(thread_count - 1), each on a thread of its own, all at once.
template<typename Body>
void run_on_threads(const Body &body) {
    std::barrier start(static_cast<std::ptrdiff_t>(thread_count));
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < thread_count; ++i) {
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            body(i);
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
}

/// Images of digits_net, different from one another.
std::vector<float> digits(std::size_t n) {
    std::vector<float> images(n * DIGITS_NET_IMAGE_SIZE);
    for (std::size_t i = 0; i < images.size(); ++i) {
        images[i] = static_cast<float>(i * 37 % 101) / 100.0F;
    }
    return images;
}

/// The logits of all images by a session of its own, `chunk` images at a time; empty where a call fails.
std::vector<float> classify(const std::vector<float> &images, const char *level, std::size_t chunk) {
    const std::size_t n = images.size() / DIGITS_NET_IMAGE_SIZE;
    std::vector<float> logits(n * DIGITS_NET_LOGITS_SIZE);
    Options options = default_options();
    options.level = level;
    digits_net::Session session(options);
    for (std::size_t i = 0; i < n; i += chunk) {
        if (!session.run(&images[i * DIGITS_NET_IMAGE_SIZE], &logits[i * DIGITS_NET_LOGITS_SIZE],
                         std::min(chunk, n - i))) {
            return {};
        }
    }
    return logits;
}

TEST(Threads, OfOneModelGiveTheSameBits) {
    const std::vector<float> images = digits(40);
    for (const Target *target : host_targets()) {
        const std::string level(target->name);
        const std::vector<float> expected = classify(images, level.c_str(), 1);
        ASSERT_FALSE(expected.empty()) << level;
        std::vector<std::vector<float>> results(thread_count);
        run_on_threads([&](std::size_t thread) {
            for (int repetition = 0; repetition < 5; ++repetition) {
                results[thread] = classify(images, level.c_str(), thread + 1);
            }
        });
        for (std::size_t thread = 0; thread < thread_count; ++thread) {
            EXPECT_TRUE(std::ranges::equal(results[thread], expected)) << level << ", thread " << thread;
        }
    }
}

TEST(Threads, MayRunOtherLevelsOfTheModel) {
    const std::vector<float> images = digits(20);
    std::vector<std::string> levels;
    std::vector<std::vector<float>> expected, results(thread_count);
    for (const Target *target : host_targets()) {
        levels.emplace_back(target->name);
        expected.push_back(classify(images, levels.back().c_str(), 1));
    }
    ASSERT_FALSE(levels.empty());
    run_on_threads(
        [&](std::size_t thread) { results[thread] = classify(images, levels[thread % levels.size()].c_str(), 3); });
    for (std::size_t thread = 0; thread < thread_count; ++thread) {
        EXPECT_EQ(results[thread], expected[thread % levels.size()]) << "thread " << thread;
    }
}

TEST(Threads, MayHandASessionOn) {
    const std::vector<float> images = digits(1);
    digits_net::Session session;
    std::vector<float> here(DIGITS_NET_LOGITS_SIZE), there(DIGITS_NET_LOGITS_SIZE);
    ASSERT_TRUE(session.run(images.data(), here.data()));
    std::thread([&] { EXPECT_TRUE(session.run(images.data(), there.data())); }).join();
    EXPECT_EQ(here, there);
}

TEST(Threads, OfAModelWithVisibleKernelsDoNotRace) {
    for (const BoxModel::Halo halo : {BoxModel::Halo::once, BoxModel::Halo::every_run}) {
        const BoxModel box(halo);
        run_on_threads([&](std::size_t thread) {
            for (int repetition = 0; repetition < 20; ++repetition) {
                const SessionHandle session = create(box.model());
                expect_right_run(session.get(), box, 5, static_cast<int>(thread) + repetition);
            }
        });
    }
}

TEST(Threads, OfSessionsSideBySideDoNotRace) {
    constexpr uint64_t short_image = 10, long_image = 1'000'000;
    for (const uint64_t image_time : {short_image, long_image}) {
        const ParallelBoxModel box(image_time, BoxModel::Halo::every_run);
        run_on_threads([&](std::size_t thread) {
            Options options = default_options();
            options.threads = 1 + static_cast<int>(thread % 4);
            const SessionHandle session = create(box.model(), &options);
            for (int repetition = 0; repetition < 20; ++repetition) {
                expect_right_run(session.get(), box, 1 + static_cast<size_t>(repetition) % 7, repetition);
            }
        });
    }
}

TEST(ThreadsDeathTest, ASharedSessionIsSeenToRace) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto race = [] {
        const BoxModel box;
        const SessionHandle session = create(box.model());
        run_on_threads([&](std::size_t) {
            const std::vector<float> images = make_images(1);
            std::vector<float> sums(images.size());
            static_cast<void>(run(session.get(), images, sums));
        });
        std::exit(0);  // the sanitizer makes it the code of a process that raced
    };
    EXPECT_EXIT(
        race(), [](int status) { return WIFEXITED(status) && WEXITSTATUS(status) != 0; }, "data race");
}

}  // namespace
}  // namespace ingot
