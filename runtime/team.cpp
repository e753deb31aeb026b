// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/team.h"
#include <csignal>
#include <new>

namespace ingot {
namespace {

constexpr uint64_t ended = UINT64_MAX;
constexpr uint64_t open = uint64_t{1} << 63U;

/// Takes part in the work that is announced, unless it is over by now.
void help(ingot_team &team, size_t member) {
    if ((team.inside.fetch_add(1) & open) != 0 && member < team.wanted) {
        team.task(team.argument, member);
    }
    if (team.inside.fetch_sub(1) == 1) {
        team.left.ring();
    }
}

void *run_helper(void *argument) {
    const auto &helper = *static_cast<const Helper *>(argument);
    ingot_team &team = *helper.team;
    uint64_t known = 0;
    for (;;) {
        team.begun.wait([&] { return team.work.load() != known; });
        known = team.work.load();
        if (known == ended) {
            return nullptr;
        }
        help(team, helper.member);
    }
}

/// Signals are for the app's threads: a new thread blocks those that its maker blocks. One that tells of a fault is
/// for the thread at fault, and for the app's handler.
bool start_helpers(ingot_team &team) {
    sigset_t all, before;
    sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP}) {
        sigdelset(&all, fault);
    }
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (size_t member = 1; member < team.members; ++member) {
        Helper &helper = team.helpers[team.helper_count];
        helper = {&team, member, {}};
        if (pthread_create(&helper.thread, nullptr, run_helper, &helper) != 0) {
            break;
        }
        ++team.helper_count;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return team.helper_count + 1 == team.members;
}

}  // namespace

size_t team_bytes(size_t members) {
    return INGOT_ROUND_UP_64(sizeof(ingot_team) + (members - 1) * (sizeof(Helper) + sizeof(ingot_kernel_context)));
}

ingot_status create_team(const ingot_options &options, void *memory, ingot_team **result) {
    auto *team = new (memory) ingot_team();
    const auto members = static_cast<size_t>(options.threads);
    team->members = members;
    team->parallel_for = options.parallel_for;
    team->parallel_for_context = options.parallel_for_context;
    team->contexts = reinterpret_cast<ingot_kernel_context *>(team + 1);
    team->helpers = reinterpret_cast<Helper *>(team->contexts + (members - 1));
    for (size_t i = 0; i + 1 < members; ++i) {
        team->contexts[i] = ingot_kernel_context();
    }
    if (team->parallel_for == nullptr && !start_helpers(*team)) {
        destroy_team(*team);
        return INGOT_NO_THREADS;
    }
    *result = team;
    return INGOT_OK;
}

void destroy_team(ingot_team &team) {
    team.work.store(ended);
    team.begun.ring();
    for (size_t i = 0; i < team.helper_count; ++i) {
        pthread_join(team.helpers[i].thread, nullptr);
    }
    team.~ingot_team();
}

void run_team(ingot_team &team, size_t count, MemberTask task, void *argument) {
    const size_t wanted = count < team.members ? count : team.members;
    if (team.parallel_for != nullptr) {
        team.parallel_for(team.parallel_for_context, wanted, task, argument);
        task(argument, 0);  // finds nothing left, unless the app has called fewer than it was asked for
        return;
    }
    team.task = task;
    team.argument = argument;
    team.wanted = wanted;
    team.inside.fetch_or(open);
    team.work.fetch_add(1);
    team.begun.ring();
    task(argument, 0);
    team.inside.fetch_and(~open);
    team.left.wait([&] { return team.inside.load() == 0; });
}

}  // namespace ingot
