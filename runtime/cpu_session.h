// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "runtime/session.h"
#include <cstddef>

namespace ingot {

/// Bytes of a session that runs `plan` on `threads` threads; 0 stands for 1.
size_t cpu_session_bytes(const ingot_plan &plan, int threads);

/// Makes a session in `memory`, which has cpu_session_bytes(plan, options.threads) bytes and is aligned to
/// INGOT_ARENA_ALIGNMENT.
ingot_status create_cpu_session(const ingot_model &model, const ingot_plan &plan, const ingot_options &options,
                                void *memory);

/// Ends the session's threads.
void destroy_cpu_session(ingot_session *session);

/// Runs n images; the arguments have passed check_arguments.
ingot_status run_cpu_session(ingot_session *session, const void *const *inputs, void *const *outputs, size_t n);

}  // namespace ingot
