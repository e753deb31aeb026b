// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/kernel_support.h"
#include <HalideRuntime.h>

int ingot::record_error(ingot_kernel_context *context, int code) {
    if (context->error == 0) {
        context->error = code;
    }
    return code;
}

void *ingot_kernel_malloc(void *user_context, size_t bytes) {
    auto *context = static_cast<ingot_kernel_context *>(user_context);
    const size_t left = context->size - context->used;
    if (bytes > left || INGOT_SCRATCH_BYTES(bytes) > left) {
        ingot_kernel_error_out_of_memory(context);
        return nullptr;
    }
    unsigned char *block = context->scratch + context->used;
    context->used += INGOT_SCRATCH_BYTES(bytes);
    return block + INGOT_SCRATCH_GUARD_BYTES;
}

void ingot_kernel_free(void * /*user_context*/, void * /*pointer*/) {}

int ingot_kernel_error_out_of_memory(void *user_context) {
    return ingot::record_error(static_cast<ingot_kernel_context *>(user_context), halide_error_code_out_of_memory);
}
