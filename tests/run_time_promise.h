// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counts what a run promises not to do, allocations, locks, system calls, page faults, and what it uses of the
// stack. Include it in one file of a program: it defines malloc and its kin for that program.
#pragma once
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>

#include <dlfcn.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

/// A value that a child process hands to its parent: both see the same memory.
template<typename Value>
class SharedWithChild {
public:
    SharedWithChild()
        : value_(static_cast<Value *>(
              mmap(nullptr, sizeof(Value), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
    ~SharedWithChild() { munmap(value_, sizeof(Value)); }
    SharedWithChild(const SharedWithChild &) = delete;
    SharedWithChild &operator=(const SharedWithChild &) = delete;
    Value &operator*() const { return *value_; }
    Value *operator->() const { return value_; }

private:
    Value *value_;
};

/// Page faults of this thread, minor and major, while `body` runs.
template<typename Body>
long page_faults(const Body &body) {
    const auto count = [] {
        rusage usage{};
        getrusage(RUSAGE_THREAD, &usage);
        return usage.ru_minflt + usage.ru_majflt;
    };
    count();  // its own first call may fault
    const long before = count();
    body();
    return count() - before;
}

/// A stack of a known size, full of one pattern, on which a function runs.
class PaintedStack {
public:
    /// Bytes of the stack, counted from the frame that calls `body`, that `body` writes to.
    template<typename Body>
    size_t use(const Body &body) {
        call_ = [](const void *function) { (*static_cast<const Body *>(function))(); };
        function_ = &body;
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setstack(&attributes, memory_.get(), size);
        pthread_t thread{};
        if (pthread_create(&thread, &attributes, run, this) == 0) {
            pthread_join(thread, nullptr);
        }
        pthread_attr_destroy(&attributes);
        return used_;
    }

private:
    static constexpr size_t size = size_t{1} << 18U;
    static constexpr size_t red_zone = 128;  // System V ABI: a leaf function may use it below its frame
    static constexpr unsigned char pattern = 0xa5;

    static void *run(void *self) {
        static_cast<PaintedStack *>(self)->measure();
        return nullptr;
    }
    __attribute__((noinline)) void measure() {
        const auto *frame = static_cast<const unsigned char *>(__builtin_frame_address(0));
        paint();
        call_(function_);
        const unsigned char *lowest = memory_.get();
        while (*lowest == pattern) {
            ++lowest;
        }
        used_ = static_cast<size_t>(frame - lowest);
    }
    /// Paints all that lies below this frame.
    __attribute__((noinline)) void paint() {
        const auto *end = static_cast<unsigned char *>(__builtin_frame_address(0)) - 2 * red_zone;
        for (volatile unsigned char *at = memory_.get(); at != end; ++at) {
            *at = pattern;
        }
    }

    struct Free {
        void operator()(unsigned char *pointer) const { std::free(pointer); }
    };
    std::unique_ptr<unsigned char, Free> memory_{static_cast<unsigned char *>(std::aligned_alloc(4096, size))};
    void (*call_)(const void *function) = nullptr;
    const void *function_ = nullptr;
    size_t used_ = 0;
};

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
