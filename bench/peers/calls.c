/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Times sequences of calls to C functions that take words and return a status. Python prepares the sequence once;
 * the runs are then free of it. */
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { max_arguments = 8 };

typedef intptr_t word;

/** A function whose arguments are all integers or pointers; one of fewer arguments ignores the rest. Its status is
 * an int, or a pointer to an error; 0 is none. */
struct call {
    word (*function)(word, word, word, word, word, word, word, word);
    word arguments[max_arguments];
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/** Makes all calls `runs` times; seconds[i] is the length of run i. Returns 0, or 1 behind the first call that
 * fails. */
int peers_time(const struct call *calls, size_t count, size_t runs, double *seconds) {
    for (size_t run = 0; run < runs; ++run) {
        const double started = now();
        for (size_t i = 0; i < count; ++i) {
            const word *a = calls[i].arguments;
            if ((int)calls[i].function(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]) != 0) {
                return 1;
            }
        }
        seconds[run] = now() - started;
    }
    return 0;
}
