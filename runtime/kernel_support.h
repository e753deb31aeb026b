// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What emitted kernels call: Halide's names, renamed when a kernel is archived. `user_context` is the
// ingot_kernel_context of the call.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <ingot/plan.h>

extern "C" {

/// Takes INGOT_SCRATCH_BYTES(bytes) of the context's scratch: 64-byte aligned, 64 guard bytes on each side. Null,
/// with the error recorded, where they are not left.
void *ingot_kernel_malloc(void *user_context, size_t bytes);

/// Does nothing: kernels free out of order, and each kernel starts with all of its scratch.
void ingot_kernel_free(void *user_context, void *pointer);

/// Runs a parallel loop: task(context, i, closure) for each of the `count` values of i from `first` on, by the
/// context's team; each with all of the scratch that is free before the loop, or that of its thread. Returns an
/// error of a task, recorded in the context; 0 where there is none.
int ingot_kernel_do_par_for(void *user_context, int (*task)(void *user_context, int index, uint8_t *closure),
                            int first, int count, uint8_t *closure);

/// Records the error and returns its code.
int ingot_kernel_error_out_of_memory(void *user_context);
}

namespace ingot {

/// What the members of a team are given of a parallel loop; each takes tasks until there are none.
struct ParallelLoop {
    ingot_team *team;
    ingot_kernel_context *context;  ///< of the calling thread
    int (*task)(void *user_context, int index, uint8_t *closure);
    uint8_t *closure;
    int first, count;
    size_t used;  ///< of the calling thread's scratch, before the loop
    std::atomic<int> next;
    std::atomic<int> error;
};

/// Records `code` unless an earlier error stands in the context; returns `code`.
int record_error(ingot_kernel_context *context, int code);

}  // namespace ingot
