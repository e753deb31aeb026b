// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counts what a run promises not to do: allocations, locks, system calls. Include it in one file of a program: it
// defines malloc and its kin for that program.
#pragma once
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <string>

#include <dlfcn.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ingot {

inline std::atomic<size_t> allocations = 0;
inline std::atomic<size_t> locks = 0;

struct CallCounts {
    size_t allocations = 0;
    size_t locks = 0;
};

/// What this program calls while `body` runs, on whichever thread.
template<typename Body>
CallCounts count_calls(const Body &body) {
    const CallCounts before = {allocations, locks};
    body();
    return {allocations - before.allocations, locks - before.locks};
}

/// Runs `body`, which returns whether it succeeded, in a child process that the kernel kills at any system call but
/// read, write and exit. Returns an empty text where the child came through, else what became of it.
template<typename Body>
std::string run_without_system_calls(const Body &body) {
    enum Exit { succeeded, failed, not_confined };
    const pid_t child = fork();
    if (child == 0) {
        const bool confined = prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0;
        const Exit code = !confined ? not_confined : body() ? succeeded : failed;
        syscall(SYS_exit, code);
    }
    int state = 0;
    if (child < 0 || waitpid(child, &state, 0) != child) {
        return "no child process";
    }
    if (WIFSIGNALED(state)) {
        return "killed by signal " + std::to_string(WTERMSIG(state));
    }
    switch (WEXITSTATUS(state)) {
    case succeeded:
        return "";
    case not_confined:
        return "this system has no strict seccomp mode";
    default:
        return "the body failed";
    }
}

template<typename Function>
Function *next_definition(const char *name) {
    return reinterpret_cast<Function *>(dlsym(RTLD_NEXT, name));
}

}  // namespace ingot

extern "C" {

#ifdef __SANITIZE_ADDRESS__

// The sanitizer owns malloc and tells of each call.
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                              void (*on_free)(const volatile void *));

inline const int ingot_malloc_hooks = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void *, size_t) { ++ingot::allocations; }, [](const volatile void *) {});

#else

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *pointer, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

void *malloc(size_t bytes) {
    ++ingot::allocations;
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
    ++ingot::allocations;
    return __libc_calloc(count, bytes);
}

void *realloc(void *pointer, size_t bytes) {
    ++ingot::allocations;
    return __libc_realloc(pointer, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    ++ingot::allocations;
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **pointer, size_t alignment, size_t bytes) {
    ++ingot::allocations;
    *pointer = __libc_memalign(alignment, bytes);
    return *pointer != nullptr ? 0 : ENOMEM;
}

#endif

int pthread_mutex_lock(pthread_mutex_t *mutex) {
    static const auto lock = ingot::next_definition<int(pthread_mutex_t *)>("pthread_mutex_lock");
    ++ingot::locks;
    return lock(mutex);
}

int pthread_rwlock_rdlock(pthread_rwlock_t *rwlock) {
    static const auto lock = ingot::next_definition<int(pthread_rwlock_t *)>("pthread_rwlock_rdlock");
    ++ingot::locks;
    return lock(rwlock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *rwlock) {
    static const auto lock = ingot::next_definition<int(pthread_rwlock_t *)>("pthread_rwlock_wrlock");
    ++ingot::locks;
    return lock(rwlock);
}

}  // extern "C"
