// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What emitted kernels call: Halide's names, renamed when a kernel is archived. `user_context` is the
// ingot_kernel_context of the call.
#pragma once
#include <cstddef>
#include <ingot/plan.h>

extern "C" {

/// Takes INGOT_SCRATCH_BYTES(bytes) of the context's scratch: 64-byte aligned, 64 guard bytes on each side. Null,
/// with the error recorded, where they are not left.
void *ingot_kernel_malloc(void *user_context, size_t bytes);

/// Does nothing: kernels free out of order, and each kernel starts with all of its scratch.
void ingot_kernel_free(void *user_context, void *pointer);

/// Records the error and returns its code.
int ingot_kernel_error_out_of_memory(void *user_context);
}

namespace ingot {

/// Records `code` unless an earlier error stands in the context; returns `code`.
int record_error(ingot_kernel_context *context, int code);

}  // namespace ingot
