// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/kernel_support.h"
#include "tests/run_time_promise.h"
#include "tests/runtime_session.h"
#include <cstring>
#include <gtest/gtest.h>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

namespace ingot {
namespace {

class Run : public testing::TestWithParam<std::tuple<BoxModel::Halo, size_t>> {};

TEST_P(Run, WalksThePlanForEachImage) {
    const auto [halo, n] = GetParam();
    const BoxModel box(halo);
    CallersArena arena(ingot_session_bytes(&box.model(), nullptr));
    const ingot_options options = arena.options();
    const SessionHandle session = create(box.model(), &options);
    for (int repetition = 0; repetition < 2; ++repetition) {
        expect_right_run(session.get(), box, n, repetition);
    }
    EXPECT_TRUE(arena.fences_untouched());
}

INSTANTIATE_TEST_SUITE_P(Images, Run,
                         testing::Combine(testing::Values(BoxModel::Halo::once, BoxModel::Halo::every_run),
                                          testing::Values(0, 1, 3, 100)),
                         [](const auto &values) {
                             const bool once = std::get<0>(values.param) == BoxModel::Halo::once;
                             return std::string(once ? "halo_once_n" : "halo_every_run_n") +
                                    std::to_string(std::get<1>(values.param));
                         });

TEST(RunOf, NoImagesDoesNothing) {
    const BoxModel box;
    const SessionHandle session = create(box.model());
    EXPECT_EQ(ingot_session_run(session.get(), nullptr, nullptr, 0), INGOT_OK);
}

TEST(RunOf, SeveralInputsAndOutputs) {
    const MixModel mix;
    const SessionHandle session = create(mix.model());
    const size_t n = 3;
    std::vector<float> a(n * MixModel::size);
    std::vector<uint8_t> b(a.size());
    std::vector<float> sums(a.size());
    std::vector<uint8_t> odd(a.size() + 1, 99);
    std::iota(a.begin(), a.end(), 0.5F);
    std::iota(b.begin(), b.end(), uint8_t{100});
    const void *const inputs[] = {a.data(), b.data()};
    void *const outputs[] = {sums.data(), odd.data()};
    ASSERT_EQ(ingot_session_run(session.get(), inputs, outputs, n), INGOT_OK);
    for (size_t i = 0; i < a.size(); ++i) {
        EXPECT_EQ(sums[i], a[i] + static_cast<float>(b[i])) << i;
        EXPECT_EQ(odd[i], b[i] % 2) << i;
    }
    EXPECT_EQ(odd.back(), 99);
}

/// A session of MixModel and memory for two images.
class Arguments : public testing::Test {
protected:
    static constexpr size_t n = 2;

    ingot_status run(const void *a, const void *b, void *sums, void *odd, size_t images = n) {
        const void *const inputs[] = {a, b};
        void *const outputs[] = {sums, odd};
        return ingot_session_run(session_.get(), inputs, outputs, images);
    }

    MixModel mix_;
    SessionHandle session_ = create(mix_.model());
    float a_[n * MixModel::size + 1] = {};
    uint8_t b_[n * MixModel::size] = {};
    float sums_[n * MixModel::size + 1] = {};
    uint8_t odd_[n * MixModel::size + 1] = {};
};

TEST_F(Arguments, NullPointersAreRefused) {
    const void *const inputs[] = {a_, b_};
    void *const outputs[] = {sums_, odd_};
    EXPECT_EQ(ingot_session_run(nullptr, inputs, outputs, n), INGOT_NULL_POINTER);
    EXPECT_EQ(ingot_session_run(session_.get(), nullptr, outputs, n), INGOT_NULL_POINTER);
    EXPECT_EQ(ingot_session_run(session_.get(), inputs, nullptr, n), INGOT_NULL_POINTER);
    EXPECT_EQ(run(nullptr, b_, sums_, odd_), INGOT_NULL_POINTER);
    EXPECT_EQ(run(a_, nullptr, sums_, odd_), INGOT_NULL_POINTER);
    EXPECT_EQ(run(a_, b_, nullptr, odd_), INGOT_NULL_POINTER);
    EXPECT_EQ(run(a_, b_, sums_, nullptr), INGOT_NULL_POINTER);
}

TEST_F(Arguments, NaturalAlignmentIsNeededAndSuffices) {
    EXPECT_EQ(run(a_ + 1, b_, sums_ + 1, odd_ + 1), INGOT_OK);
    EXPECT_EQ(run(reinterpret_cast<char *>(a_) + 2, b_, sums_, odd_), INGOT_MISALIGNED_POINTER);
    EXPECT_EQ(run(a_, b_, reinterpret_cast<char *>(sums_) + 1, odd_), INGOT_MISALIGNED_POINTER);
}

TEST_F(Arguments, OverlapIsRefused) {
    float both[2 * n * MixModel::size] = {};
    float *const second = both + n * MixModel::size;
    EXPECT_EQ(run(both, b_, second, odd_), INGOT_OK);
    EXPECT_EQ(run(second, b_, both, odd_), INGOT_OK);
    EXPECT_EQ(run(both, b_, both, odd_), INGOT_OVERLAPPING_BUFFERS);
    EXPECT_EQ(run(both, b_, second - 1, odd_), INGOT_OVERLAPPING_BUFFERS);
    EXPECT_EQ(run(second - 1, b_, both, odd_), INGOT_OVERLAPPING_BUFFERS);
    EXPECT_EQ(run(both, b_, both + MixModel::size, odd_, 1), INGOT_OK);
    EXPECT_EQ(run(both, b_, both + MixModel::size, odd_, 2), INGOT_OVERLAPPING_BUFFERS);
    EXPECT_EQ(run(a_, b_, sums_, reinterpret_cast<uint8_t *>(sums_)), INGOT_OVERLAPPING_BUFFERS);
    EXPECT_EQ(run(a_, b_, sums_, b_), INGOT_OVERLAPPING_BUFFERS);
    EXPECT_EQ(run(a_, reinterpret_cast<uint8_t *>(a_), sums_, odd_), INGOT_OK) << "inputs may overlap";
}

TEST_F(Arguments, ImagesHaveToFitIntoTheAddressSpace) {
    EXPECT_EQ(run(a_, b_, sums_, odd_, SIZE_MAX), INGOT_TOO_MANY_IMAGES);
    EXPECT_EQ(run(a_, b_, sums_, odd_, SIZE_MAX / (MixModel::size * sizeof(float))), INGOT_TOO_MANY_IMAGES);
}

TEST(Kernels, FailByTheirResult) {
    BoxModel box;
    box.set_kernel(1, [](void **) { return -7; });
    const SessionHandle session = create(box.model());
    const std::vector<float> images = make_images(2);
    std::vector<float> sums(images.size());
    EXPECT_EQ(run(session.get(), images, sums), INGOT_KERNEL_FAILED);
}

TEST(Kernels, FailByTheirContextAndCanRunAgain) {
    BoxModel box;
    // Images that begin with a negative number are an error, which stops the run.
    box.set_kernel(1, [](void **argv) {
        if (at(buffer_argument(argv, 1), 0, 0) < 0) {
            context_argument(argv)->error = 5;
            return 0;
        }
        return box_kernel(argv);
    });
    const SessionHandle session = create(box.model());
    std::vector<float> images(3 * BoxModel::size, 1);
    std::vector<float> sums(images.size(), 99);
    images[BoxModel::size] = -1;
    EXPECT_EQ(run(session.get(), images, sums), INGOT_KERNEL_FAILED);
    EXPECT_NE(sums.front(), 99);
    EXPECT_EQ(sums.back(), 99);
    images[BoxModel::size] = 1;
    EXPECT_EQ(run(session.get(), images, sums), INGOT_OK);
    EXPECT_EQ(sums, box.expected(images));
}

/// Takes all of the scratch in two blocks, frees them in the order of their making, and goes on to box_kernel.
int scratch_kernel(void **argv) {
    ingot_kernel_context *context = context_argument(argv);
    void *first = ingot_kernel_malloc(context, 100);
    void *second = ingot_kernel_malloc(context, 1);
    if (first == nullptr || second == nullptr) {
        return ingot_kernel_error_out_of_memory(context);
    }
    std::memset(static_cast<char *>(first) - 64, 1, 64 + 128 + 64);  // guards included
    std::memset(static_cast<char *>(second) - 64, 2, 64 + 64 + 64);
    ingot_kernel_free(context, first);
    ingot_kernel_free(context, second);
    return context->used == context->size ? box_kernel(argv) : -1;
}

TEST(Kernels, EachStartsWithAllOfTheScratch) {
    BoxModel box;
    const uint64_t needed = INGOT_SCRATCH_BYTES(100) + INGOT_SCRATCH_BYTES(1);
    box.set_scratch(needed);
    box.set_kernel(0, [](void **argv) {
        ingot_kernel_malloc(context_argument(argv), 1);
        return scale_kernel(argv);
    });
    box.set_kernel(1, scratch_kernel);
    CallersArena arena(ingot_session_bytes(&box.model(), nullptr));
    const ingot_options options = arena.options();
    expect_right_run(create(box.model(), &options).get(), box, 3);
    EXPECT_TRUE(arena.fences_untouched());

    box.set_scratch(needed - 64);
    const SessionHandle session = create(box.model());
    const std::vector<float> images = make_images(1);
    std::vector<float> sums(images.size());
    EXPECT_EQ(run(session.get(), images, sums), INGOT_KERNEL_FAILED);
}

TEST(Promise, RunAllocatesNothingAndLocksNothing) {
    const BoxModel box(BoxModel::Halo::every_run);
    const SessionHandle session = create(box.model());
    const std::vector<float> images = make_images(100);
    std::vector<float> sums(images.size());
    ingot_status status = INGOT_EMPTY_SESSION;
    const CallCounts calls = count_calls([&] { status = run(session.get(), images, sums); });
    EXPECT_EQ(status, INGOT_OK);
    EXPECT_EQ(calls.allocations, 0U);
    EXPECT_EQ(calls.locks, 0U);
}

TEST(Promise, RunMakesNoSystemCall) {
    const BoxModel box(BoxModel::Halo::every_run);
    const SessionHandle session = create(box.model());
    const std::vector<float> images = make_images(3);
    std::vector<float> sums(images.size());
    EXPECT_EQ(run_without_system_calls([&] {
                  for (int i = 0; i < 1000; ++i) {
                      if (run(session.get(), images, sums) != INGOT_OK) {
                          return false;
                      }
                  }
                  return true;
              }),
              "");
}

TEST(Promise, BreachesAreSeen) {
    const BoxModel box;
    EXPECT_EQ(count_calls([&] { create(box.model()); }).allocations, 1U);
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    const CallCounts calls = count_calls([&] {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    });
    EXPECT_EQ(calls.locks, 1U);
    EXPECT_NE(run_without_system_calls([] { return syscall(SYS_getppid) >= 0; }), "");
    EXPECT_EQ(run_without_system_calls([] { return false; }), "the body failed");
    const SharedWithChild<CallCounts> in_child;
    const auto create_one = [&] {
        *in_child = count_calls([&] { create(box.model()); });
        return true;
    };
    EXPECT_EQ(run_without_system_calls(create_one), "");
    EXPECT_EQ(in_child->allocations, 1U);
}

TEST(Promise, PageFaultsAreSeen) {
    constexpr size_t pages = 16;
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    void *memory = mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(memory, pages * page, MADV_NOHUGEPAGE);
    const auto touch = [&] {
        for (size_t i = 0; i < pages; ++i) {
            static_cast<volatile char *>(memory)[i * page] = 1;
        }
    };
    EXPECT_GE(page_faults(touch), static_cast<long>(pages));
    munmap(memory, pages * page);
}

TEST(Promise, UseOfTheStackIsSeen) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "the sanitizer puts variables elsewhere";
#endif
    PaintedStack stack;
    for (const size_t bytes : {4000, 40000, 4000}) {
        const size_t used = stack.use([&] { *static_cast<volatile char *>(__builtin_alloca(bytes)) = 1; });
        EXPECT_GE(used, bytes);
        EXPECT_LE(used, bytes + 1000);
    }
}

}  // namespace
}  // namespace ingot
