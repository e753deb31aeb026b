// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "runtime/session.h"
#include <cstddef>

/// What session.cpp calls for models that hold CUDA kernels. Nothing else of the runtime refers to the CUDA part,
/// so that a linker takes it from the archive only where a model's tables do.
struct ingot_cuda_support {
    /// Bytes on the host of a session that runs `target`, or where that is null the largest over the model's
    /// targets; 0 where the model has no target of that name.
    size_t (*session_bytes)(const ingot_model &model, const char *target);
    /// Makes a session in `memory`, which has session_bytes(model, target) bytes and is aligned to
    /// INGOT_ARENA_ALIGNMENT. On failure nothing stays behind, and `detail`, of INGOT_DETAIL_BYTES, says why.
    ingot_status (*create)(const ingot_model &model, const ingot_options &options, const char *target, void *memory,
                           char *detail);
    /// Runs n images; the arguments have passed check_arguments.
    ingot_status (*run)(ingot_session *session, const void *const *inputs, void *const *outputs, size_t n);
    /// Gives back all but the session's memory on the host.
    void (*destroy)(ingot_session *session);
};
