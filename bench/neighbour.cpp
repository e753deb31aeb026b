// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/neighbour.h"
#include "bench/thread_clock.h"

namespace ingot {

namespace {

constexpr double sample_seconds = 1.0 / 50000;

/// 64 additions an iteration, in eight chains.
void run_independent_adds(int64_t iterations) {
    asm volatile("1:\n"
                 ".rept 8\n"
                 "addq $3, %%rax\n"
                 "addq $3, %%rcx\n"
                 "addq $3, %%rdx\n"
                 "addq $3, %%rsi\n"
                 "addq $3, %%r8\n"
                 "addq $3, %%r9\n"
                 "addq $3, %%r10\n"
                 "addq $3, %%r11\n"
                 ".endr\n"
                 "decq %0\n"
                 "jnz 1b\n"
                 : "+r"(iterations)
                 :
                 : "rax", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "cc");
}

}  // namespace

void run_dependent_adds(int64_t iterations) {
    int64_t sum = 0;
    asm volatile("1:\n"
                 ".rept 64\n"
                 "addq %2, %0\n"
                 ".endr\n"
                 "decq %1\n"
                 "jnz 1b\n"
                 : "+r"(sum), "+r"(iterations)
                 : "r"(int64_t{3})
                 : "cc");
}

double adds_per_cycle() {
    static const int64_t chain = count_for(sample_seconds, run_dependent_adds);
    static const int64_t many = count_for(sample_seconds, run_independent_adds);
    const double per_second = static_cast<double>(many) / seconds_of(many, run_independent_adds);
    const double clock = static_cast<double>(chain) / seconds_of(chain, run_dependent_adds);
    return per_second / clock;
}

}  // namespace ingot
