// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/kernel_support.h"
#include "runtime/team.h"
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

namespace {

/// Takes tasks until there are none, or one has failed.
void take_tasks(void *argument, size_t member) {
    auto &loop = *static_cast<ingot::ParallelLoop *>(argument);
    ingot_kernel_context *context = member == 0 ? loop.context : &loop.team->contexts[member - 1];
    const size_t used = member == 0 ? loop.used : 0;
    int error = 0;
    for (int i = loop.next.fetch_add(1); i < loop.count && loop.error.load() == 0; i = loop.next.fetch_add(1)) {
        context->used = used;
        context->error = 0;
        error = loop.task(context, loop.first + i, loop.closure);
        error = error != 0 ? error : context->error;
        if (error != 0) {
            loop.error.store(error);
        }
    }
}

}  // namespace

int ingot_kernel_do_par_for(void *user_context, halide_task_t task, int first, int count, uint8_t *closure) {
    auto *context = static_cast<ingot_kernel_context *>(user_context);
    const size_t used = context->used;
    int error = 0;
    if (context->team == nullptr) {
        for (int i = 0; i < count && error == 0; ++i) {
            context->used = used;
            error = task(context, first + i, closure);
        }
    } else {
        ingot::ParallelLoop loop = {context->team, context, task, closure, first, count, used, 0, 0};
        ingot::run_team(*context->team, static_cast<size_t>(count), take_tasks, &loop);
        error = loop.error.load();
    }
    context->used = used;
    return error != 0 ? ingot::record_error(context, error) : 0;
}

int ingot_kernel_error_out_of_memory(void *user_context) {
    return ingot::record_error(static_cast<ingot_kernel_context *>(user_context), halide_error_code_out_of_memory);
}
