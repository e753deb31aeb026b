// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <atomic>
#include <cstdint>
#include <ctime>
#include <pthread.h>

namespace ingot {

/// Waits for what other threads do to atomic variables: for up to 50 microseconds awake, then asleep. All of it is
/// sequentially consistent: a thread that goes to sleep is seen by who rings, or sees what that has done.
class Doorbell {
public:
    Doorbell() {
        pthread_mutex_init(&mutex_, nullptr);
        pthread_cond_init(&rung_, nullptr);
    }
    ~Doorbell() {
        pthread_cond_destroy(&rung_);
        pthread_mutex_destroy(&mutex_);
    }
    Doorbell(const Doorbell &) = delete;
    Doorbell &operator=(const Doorbell &) = delete;

    /// Returns when `condition` holds.
    template<typename Condition>
    void wait(const Condition &condition) {
        if (holds_soon(condition)) {
            return;
        }
        pthread_mutex_lock(&mutex_);
        sleepers_.fetch_add(1);
        while (!condition()) {
            pthread_cond_wait(&rung_, &mutex_);
        }
        sleepers_.fetch_sub(1);
        pthread_mutex_unlock(&mutex_);
    }

    /// Wakes who is asleep; to be called after a change that makes a condition hold.
    void ring() {
        if (sleepers_.load() > 0) {
            pthread_mutex_lock(&mutex_);
            pthread_cond_broadcast(&rung_);
            pthread_mutex_unlock(&mutex_);
        }
    }

private:
    template<typename Condition>
    static bool holds_soon(const Condition &condition) {
        constexpr int64_t awake = 50'000;
        constexpr int between_clocks = 32;
        const int64_t start = nanoseconds();
        do {
            for (int i = 0; i < between_clocks; ++i) {
                if (condition()) {
                    return true;
                }
                pause();
            }
        } while (nanoseconds() - start < awake);
        return condition();
    }
    static int64_t nanoseconds() {
        timespec now{};
        clock_gettime(CLOCK_MONOTONIC, &now);
        return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
    }
    static void pause() {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        __asm__ volatile("yield");
#endif
    }

    pthread_mutex_t mutex_;
    pthread_cond_t rung_;
    std::atomic<uint32_t> sleepers_ = 0;
};

}  // namespace ingot
