// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <ingot/plan.h>

const char *ingot_status_message(ingot_status status) {
    switch (status) {
    case INGOT_OK:
        return "ok";
    case INGOT_NULL_POINTER:
        return "a pointer argument is null";
    case INGOT_ABI_MISMATCH:
        return "model, options and runtime are of different versions";
    case INGOT_UNKNOWN_LEVEL:
        return "options.level names no level of this model";
    case INGOT_UNSUPPORTED_CPU:
        return "this CPU lacks a feature that the model needs; ingot_missing_cpu_feature() names it";
    case INGOT_OUT_OF_MEMORY:
        return "the arena could not be allocated";
    case INGOT_ARENA_TOO_SMALL:
        return "options.arena_bytes is below ingot_session_bytes()";
    case INGOT_ARENA_MISALIGNED:
        return "options.arena is not aligned to INGOT_ARENA_ALIGNMENT bytes";
    case INGOT_MISALIGNED_POINTER:
        return "an input or output is not aligned to its element type";
    case INGOT_OVERLAPPING_BUFFERS:
        return "an output overlaps an input or another output";
    case INGOT_TOO_MANY_IMAGES:
        return "the images do not fit into the address space";
    case INGOT_KERNEL_FAILED:
        return "a kernel reported an error";
    case INGOT_EMPTY_SESSION:
        return "the session was moved from";
    }
    return "unknown status";
}
