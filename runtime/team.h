// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The threads of a session: its own, or the app's.
#pragma once
#include "runtime/doorbell.h"
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <ingot/plan.h>
#include <pthread.h>

namespace ingot {

/// Called with the number of a member; 0 is the calling thread's.
using MemberTask = void (*)(void *argument, size_t member);

/// A thread that belongs to a session.
struct Helper {
    ingot_team *team;
    size_t member;
    pthread_t thread;
};

}  // namespace ingot

struct alignas(64) ingot_team {
    size_t members;  ///< the calling thread included
    ingot_parallel_for parallel_for;
    void *parallel_for_context;
    ingot_kernel_context *contexts;  ///< of the members but the calling thread, for tasks of parallel loops

    // Of the session's own threads. A piece of work is announced by its number; who comes while it is open takes
    // part.
    ingot::Helper *helpers;
    size_t helper_count;
    ingot::MemberTask task;
    void *argument;
    size_t wanted;  ///< members that the work is for
    ingot::Doorbell begun, left;
    alignas(64) std::atomic<uint64_t> work;  ///< number of the last one announced; `ended` when the team is
    std::atomic<uint64_t> inside;            ///< helpers at work, and the bit `open`
};

namespace ingot {

/// Bytes of a team, its helpers and its contexts: a multiple of 64.
size_t team_bytes(size_t members);

/// Makes a team of options.threads members in `memory`, aligned to 64 bytes; starts the session's own threads where
/// the app brings none. INGOT_NO_THREADS where that fails: then none is left. The caller sets the contexts'
/// scratch.
ingot_status create_team(const ingot_options &options, void *memory, ingot_team **team);

/// Ends the session's own threads.
void destroy_team(ingot_team &team);

/// Calls task(argument, 0) on this thread, and side by side task(argument, i) for some or all of the other members
/// i < count: each is to take what is left to do, since a member may be called again, or late, or not at all.
/// Returns when all calls have.
void run_team(ingot_team &team, size_t count, MemberTask task, void *argument);

}  // namespace ingot
