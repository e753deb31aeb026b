// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sessions with several threads, their own or the app's.
#include "tests/parallel_box.h"
#include "tests/run_time_promise.h"
#include "tests/runtime_session.h"
#include <atomic>
#include <cerrno>
#include <csignal>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

std::atomic<int> threads_allowed = 1000;
std::atomic<int> threads_alive = 0;

}  // namespace

/// Refuses a thread where none is allowed.
extern "C" int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
                              void *argument) {
    static const auto real = reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));
    if (threads_allowed.fetch_sub(1) <= 0) {
        return EAGAIN;
    }
    ++threads_alive;
    return real(thread, attributes, body, argument);
}

extern "C" int pthread_join(pthread_t thread, void **result) {
    static const auto real = reinterpret_cast<decltype(&pthread_join)>(dlsym(RTLD_NEXT, "pthread_join"));
    --threads_alive;
    return real(thread, result);
}

namespace ingot {
namespace {

constexpr uint64_t long_image = 1'000'000, short_image = 10;
constexpr int thread_counts[] = {0, 1, 2, 3, 7};

ingot_options with_threads(int threads, ingot_options options = INGOT_OPTIONS_INIT) {
    options.threads = threads;
    return options;
}

/// Threads of an app; what it was asked for.
struct App {
    std::vector<size_t> counts;
    bool calls_all = true;

    ingot_options options(int threads, ingot_parallel_for parallel_for) {
        ingot_options result = with_threads(threads);
        result.parallel_for = parallel_for;
        result.parallel_for_context = this;
        return result;
    }
};

using Task = void (*)(void *argument, size_t index);

void one_after_the_other(void *context, size_t count, Task task, void *argument) {
    static_cast<App *>(context)->counts.push_back(count);
    for (size_t i = 0; i < count; ++i) {
        task(argument, i);
    }
}

void backwards(void *context, size_t count, Task task, void *argument) {
    static_cast<App *>(context)->counts.push_back(count);
    for (size_t i = count; i-- > 0;) {
        task(argument, i);
    }
}

void on_threads(void *context, size_t count, Task task, void *argument) {
    static_cast<App *>(context)->counts.push_back(count);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < count; ++i) {
        threads.emplace_back(task, argument, i);
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
}

void not_at_all(void *context, size_t count, Task, void *) {
    static_cast<App *>(context)->counts.push_back(count);
}

class Team : public testing::TestWithParam<int> {};

TEST_P(Team, ComputesWhatOneThreadDoes) {
    for (const BoxModel::Halo halo : {BoxModel::Halo::once, BoxModel::Halo::every_run}) {
        for (const uint64_t image_time : {short_image, long_image}) {
            const ParallelBoxModel parallel(image_time, halo);
            BoxModel serial(halo);
            serial.plan(1).image_time = image_time;
            for (const BoxModel *box : {static_cast<const BoxModel *>(&parallel), &std::as_const(serial)}) {
                ingot_options options = with_threads(GetParam());
                CallersArena arena(ingot_session_bytes(&box->model(), &options));
                options = with_threads(GetParam(), arena.options());
                const SessionHandle session = create(box->model(), &options);
                for (const size_t n : {0, 1, 2, 3, 8, 100, 1}) {
                    expect_right_run(session.get(), *box, n, static_cast<int>(n));
                }
                EXPECT_TRUE(arena.fences_untouched());
            }
        }
    }
}

TEST_P(Team, LeavesNoThreadBehind) {
    const ParallelBoxModel box(long_image);
    const ingot_options options = with_threads(GetParam());
    const int before = threads_alive;
    {
        const SessionHandle session = create(box.model(), &options);
        EXPECT_EQ(threads_alive - before, std::max(0, GetParam() - 1));
    }
    EXPECT_EQ(threads_alive, before);
}

TEST_P(Team, AllocatesNothingInARun) {
    const ParallelBoxModel box(long_image);
    const ingot_options options = with_threads(GetParam());
    const SessionHandle session = create(box.model(), &options);
    const std::vector<float> images = make_images(9);
    std::vector<float> sums(images.size());
    const CallCounts calls = count_calls([&] { EXPECT_EQ(run(session.get(), images, sums), INGOT_OK); });
    EXPECT_EQ(calls.allocations, 0U);
}

INSTANTIATE_TEST_SUITE_P(Threads, Team, testing::ValuesIn(thread_counts));

TEST(OneThread, RunsParallelLoopsWithoutASystemCall) {
    const ParallelBoxModel box(long_image);
    const SessionHandle session = create(box.model());
    const std::vector<float> images = make_images(3);
    std::vector<float> sums(images.size());
    EXPECT_EQ(run_without_system_calls([&] { return run(session.get(), images, sums) == INGOT_OK; }), "");
    const CallCounts calls = count_calls([&] { EXPECT_EQ(run(session.get(), images, sums), INGOT_OK); });
    EXPECT_EQ(calls.allocations, 0U);
    EXPECT_EQ(calls.locks, 0U);
}

class AppThreads : public testing::TestWithParam<ingot_parallel_for> {};

TEST_P(AppThreads, MayTakePartInAnyOrder) {
    const ParallelBoxModel box(long_image);
    for (const int threads : {2, 3, 40}) {
        App app;
        const ingot_options options = app.options(threads, GetParam());
        const SessionHandle session = create(box.model(), &options);
        expect_right_run(session.get(), box, 1);
        EXPECT_EQ(app.counts, std::vector<size_t>{std::min<size_t>(12, static_cast<size_t>(threads))});
        expect_right_run(session.get(), box, 85);
        for (const size_t count : app.counts) {
            EXPECT_LE(count, static_cast<size_t>(threads));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Orders, AppThreads,
                         testing::Values(one_after_the_other, backwards, on_threads, not_at_all));

TEST(AppThreads, AreNotCalledForOneThread) {
    const ParallelBoxModel box(long_image);
    App app;
    const int before = threads_alive;
    for (const int threads : {0, 1}) {
        const ingot_options options = app.options(threads, one_after_the_other);
        expect_right_run(create(box.model(), &options).get(), box, 4);
    }
    const ingot_options options = app.options(5, one_after_the_other);
    expect_right_run(create(box.model(), &options).get(), box, 4);
    EXPECT_EQ(threads_alive, before);
    EXPECT_FALSE(app.counts.empty());
}

TEST(Images, OfShortRunsStayOnOneThread) {
    BoxModel box;
    box.plan(1).image_time = short_image;
    App app;
    const ingot_options options = app.options(4, one_after_the_other);
    const SessionHandle session = create(box.model(), &options);
    expect_right_run(session.get(), box, 100);
    EXPECT_TRUE(app.counts.empty());
    expect_right_run(session.get(), box, 10'000);
    EXPECT_EQ(app.counts, std::vector<size_t>{4});
}

TEST(Images, ThatAreTooFewForAllThreadsShareTheirLoops) {
    const ParallelBoxModel box(long_image);
    App app;
    const ingot_options options = app.options(3, one_after_the_other);
    const SessionHandle session = create(box.model(), &options);
    expect_right_run(session.get(), box, 8);
    EXPECT_EQ(app.counts, (std::vector<size_t>{3, 3, 3}));  // six images, then two by themselves
}

/// scale_in_parallel, but images that begin with a negative number fail in their fifth task.
int failing_kernel(void **argv) {
    if (at(buffer_argument(argv, 1), 0, 0) >= 0) {
        return scale_in_parallel(argv);
    }
    const auto task = [](void *, int index, uint8_t *) { return index == 5 ? -9 : 0; };
    const int result = ingot_kernel_do_par_for(context_argument(argv), task, 1, 12, nullptr);
    EXPECT_EQ(result, -9);
    EXPECT_EQ(context_argument(argv)->error, -9);
    return result;
}

TEST_P(Team, ReportsAFailureAndCanRunAgain) {
    ParallelBoxModel box(long_image);
    box.set_kernel(0, failing_kernel);
    const ingot_options options = with_threads(GetParam());
    const SessionHandle session = create(box.model(), &options);
    for (const size_t n : {1, 21}) {
        std::vector<float> images(n * BoxModel::size, 1);
        std::vector<float> sums(images.size());
        images[n / 2 * BoxModel::size] = -1;
        EXPECT_EQ(run(session.get(), images, sums), INGOT_KERNEL_FAILED);
        images[n / 2 * BoxModel::size] = 1;
        EXPECT_EQ(run(session.get(), images, sums), INGOT_OK);
        EXPECT_EQ(sums, box.expected(images));
    }
}

TEST_P(Team, ReportsATaskWithoutScratch) {
    ParallelBoxModel box(long_image);
    box.set_scratch(INGOT_SCRATCH_BYTES(100));
    const ingot_options options = with_threads(GetParam());
    const SessionHandle session = create(box.model(), &options);
    const std::vector<float> images = make_images(1);
    std::vector<float> sums(images.size());
    // A further thread has all of the scratch; the calling one has what is left beside the kernel's own.
    const ingot_status status = run(session.get(), images, sums);
    EXPECT_TRUE(status == INGOT_KERNEL_FAILED || GetParam() > 1);
    EXPECT_TRUE(status == INGOT_KERNEL_FAILED || sums == box.expected(images));
}

TEST(Creation, RefusesNumbersOfThreads) {
    const BoxModel box;
    for (const int threads : {-1, INGOT_MOST_THREADS + 1}) {
        const ingot_options options = with_threads(threads);
        ingot_session *session = nullptr;
        EXPECT_EQ(ingot_session_create(&box.model(), &options, &session), INGOT_INVALID_OPTION);
        EXPECT_EQ(ingot_session_bytes(&box.model(), &options), 0U);
    }
}

TEST(Creation, CountsTheMemoryOfAllThreads) {
    const BoxModel box;
    const auto bytes = [&](int threads) {
        const ingot_options options = with_threads(threads);
        return ingot_session_bytes(&box.model(), &options);
    };
    EXPECT_EQ(bytes(0), bytes(1));
    EXPECT_GT(bytes(2), 2 * bytes(1));
    EXPECT_GT(bytes(3), bytes(2) + bytes(1));
    EXPECT_EQ(bytes(3) % INGOT_ARENA_ALIGNMENT, 0U);
}

TEST(Creation, ThatGetsTooFewThreadsFails) {
    const BoxModel box;
    const ingot_options options = with_threads(5);
    const int before = threads_alive;
    for (const int allowed : {0, 1, 3}) {
        threads_allowed = allowed;
        ingot_session *session = nullptr;
        EXPECT_EQ(ingot_session_create(&box.model(), &options, &session), INGOT_NO_THREADS);
        EXPECT_EQ(session, nullptr);
        EXPECT_EQ(threads_alive, before);
    }
    threads_allowed = 1000;
    EXPECT_NE(std::string(ingot_status_message(INGOT_NO_THREADS)), "unknown status");
}

TEST(Threads, BlockSignals) {
    ParallelBoxModel box(long_image);
    static std::atomic<int> unblocked;
    unblocked = 0;
    // Each task waits until two threads have come, so that one of them is the session's.
    static std::atomic<int> arrived;
    arrived = 0;
    box.set_kernel(0, [](void **argv) {
        const auto task = [](void *, int, uint8_t *) {
            sigset_t blocked;
            pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
            unblocked += sigismember(&blocked, SIGTERM) == 0 ? 1 : 0;
            for (++arrived; arrived < 2;) {
                std::this_thread::yield();
            }
            return 0;
        };
        return ingot_kernel_do_par_for(context_argument(argv), task, 0, 2, nullptr);
    });
    const ingot_options options = with_threads(2);
    const SessionHandle session = create(box.model(), &options);
    const std::vector<float> images = make_images(1);
    std::vector<float> sums(images.size());
    EXPECT_EQ(run(session.get(), images, sums), INGOT_OK);
    EXPECT_EQ(unblocked, 1);
}

}  // namespace
}  // namespace ingot
