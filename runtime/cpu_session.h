// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "runtime/session.h"
#include <cstddef>

namespace ingot {

/// Bytes of a session that runs `plan`.
size_t cpu_session_bytes(const ingot_plan &plan);

/// Makes a session in `memory`, which has cpu_session_bytes(plan) bytes and is aligned to INGOT_ARENA_ALIGNMENT.
ingot_session *create_cpu_session(const ingot_model &model, const ingot_plan &plan, const unsigned char *weights,
                                  void *memory);

/// Runs n images; the arguments have passed check_arguments.
ingot_status run_cpu_session(ingot_session *session, const void *const *inputs, void *const *outputs, size_t n);

}  // namespace ingot
