// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loops are assembly, so that they are the same in every build type and need no -march flag. Each accumulator
// goes towards 1, far from denormals and infinities.
#include "bench/peak.h"
#include "bench/median.h"
#include "spec/error.h"
#include <algorithm>
#include <ctime>

namespace ingot {

namespace {

constexpr float half = 0.5f;

/// 28 accumulators: zmm = zmm * 1/2 + 1/2.
__attribute__((target("avx512f"))) void run_fma_zmm(int64_t iterations) {
    asm volatile("vbroadcastss %1, %%zmm31\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27\n"
                 "vmovaps %%zmm31, %%zmm\\i\n"
                 ".endr\n"
                 ".p2align 6\n"
                 "1:\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27\n"
                 "vfmadd213ps %%zmm31, %%zmm31, %%zmm\\i\n"
                 ".endr\n"
                 "dec %0\n"
                 "jnz 1b\n"
                 "vzeroupper\n"
                 : "+r"(iterations)
                 : "m"(half)
                 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                   "xmm12", "xmm13", "xmm14", "xmm15", "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21",
                   "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27", "xmm31", "cc");
}

/// 14 accumulators: ymm = ymm * 1/2 + 1/2.
__attribute__((target("avx2,fma"))) void run_fma_ymm(int64_t iterations) {
    asm volatile("vbroadcastss %1, %%ymm15\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13\n"
                 "vmovaps %%ymm15, %%ymm\\i\n"
                 ".endr\n"
                 ".p2align 6\n"
                 "1:\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13\n"
                 "vfmadd213ps %%ymm15, %%ymm15, %%ymm\\i\n"
                 ".endr\n"
                 "dec %0\n"
                 "jnz 1b\n"
                 "vzeroupper\n"
                 : "+r"(iterations)
                 : "m"(half)
                 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                   "xmm12", "xmm13", "xmm15", "cc");
}

/// 14 accumulators: xmm = xmm * 1/2, then xmm = xmm + 1/2.
void run_mul_add_xmm(int64_t iterations) {
    asm volatile("movss %1, %%xmm15\n"
                 "shufps $0, %%xmm15, %%xmm15\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13\n"
                 "movaps %%xmm15, %%xmm\\i\n"
                 ".endr\n"
                 ".p2align 6\n"
                 "1:\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13\n"
                 "mulps %%xmm15, %%xmm\\i\n"
                 ".endr\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13\n"
                 "addps %%xmm15, %%xmm\\i\n"
                 ".endr\n"
                 "dec %0\n"
                 "jnz 1b\n"
                 : "+r"(iterations)
                 : "m"(half)
                 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                   "xmm12", "xmm13", "xmm15", "cc");
}

/// Time that this thread has spent on a core: what other programs take from it does not count.
double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double seconds_of(int64_t count, const std::function<void(int64_t)> &run) {
    const double start = thread_seconds();
    run(count);
    return thread_seconds() - start;
}

constexpr double sample_seconds = 1.0 / 3000;
constexpr double longest_peak_sample = 0.01;

/// How often to do something at a stretch, and how long that takes.
struct Sample {
    int64_t count;
    double seconds;
};

/// Of short stretches the shortest of three: one that is interrupted would pass for a long one.
double stretch_seconds(int64_t count, const std::function<void(int64_t)> &run) {
    double seconds = seconds_of(count, run);
    for (int again = 0; again < 2 && seconds < longest_peak_sample; ++again) {
        seconds = std::min(seconds, seconds_of(count, run));
    }
    return seconds;
}

/// At least one call; about `wanted` seconds.
Sample sample_of(double wanted, const std::function<void(int64_t)> &run) {
    int64_t count = 1;
    double seconds = stretch_seconds(count, run);
    while (seconds < wanted / 2) {
        count *= 2;
        seconds = stretch_seconds(count, run);
    }
    const double single = seconds / static_cast<double>(count);
    count = std::max<int64_t>(1, static_cast<int64_t>(wanted / single));
    return {count, single * static_cast<double>(count)};
}

}  // namespace

PeakLoop peak_loop(const Target &target) {
    switch (target.vector_bytes) {
    case 64:
        return {run_fma_zmm, 28 * 2 * 16};
    case 32:
        return {run_fma_ymm, 14 * 2 * 8};
    case 16:
        return {run_mul_add_xmm, 14 * 2 * 4};
    default:
        throw Error("no peak loop for target " + std::string(target.name));
    }
}

PeakComparison compare_with_peak(const PeakLoop &peak, double flops, int pairs, const std::function<void()> &call) {
    const auto calls = [&](int64_t count) {
        for (int64_t i = 0; i < count; ++i) {
            call();
        }
    };
    const Sample sample = sample_of(sample_seconds, calls);
    const int64_t call_count = sample.count;
    const double peak_seconds_wanted = std::clamp(sample.seconds, sample_seconds, longest_peak_sample);
    const int64_t peak_count = sample_of(peak_seconds_wanted, peak.run).count;
    std::vector<double> seconds, peak_flops, ratios;
    for (int pair = 0; pair < pairs; ++pair) {
        double call_seconds = 0, peak_seconds = 0;
        if (pair % 2 == 0) {
            peak_seconds = seconds_of(peak_count, peak.run);
            call_seconds = seconds_of(call_count, calls);
        } else {
            call_seconds = seconds_of(call_count, calls);
            peak_seconds = seconds_of(peak_count, peak.run);
        }
        seconds.push_back(call_seconds / static_cast<double>(call_count));
        peak_flops.push_back(peak.flops * static_cast<double>(peak_count) / peak_seconds);
        ratios.push_back(flops / seconds.back() / peak_flops.back());
    }
    return {median(seconds), median(peak_flops), median(ratios)};
}

}  // namespace ingot
