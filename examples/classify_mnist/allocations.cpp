// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Takes the place of glibc's allocation functions for the whole program, and counts.
#include "allocations.h"
#include <atomic>
#include <cerrno>

namespace {

std::atomic<std::size_t> count = 0;

}  // namespace

std::size_t allocation_count() {
    return count;
}

extern "C" {

#ifdef __SANITIZE_ADDRESS__

// The sanitizer owns malloc and tells of each call.
int install_hooks(void (*on_malloc)(const volatile void *, std::size_t),
                  void (*on_free)(const volatile void *)) asm("__sanitizer_install_malloc_and_free_hooks");

[[maybe_unused]] static const int hooks =
    install_hooks([](const volatile void *, std::size_t) { ++count; }, [](const volatile void *) {});

#else

// glibc's own names for what is replaced here.
void *libc_malloc(std::size_t bytes) asm("__libc_malloc");
void *libc_calloc(std::size_t elements, std::size_t bytes) asm("__libc_calloc");
void *libc_realloc(void *pointer, std::size_t bytes) asm("__libc_realloc");
void *libc_memalign(std::size_t alignment, std::size_t bytes) asm("__libc_memalign");

void *malloc(std::size_t bytes) {
    ++count;
    return libc_malloc(bytes);
}

void *calloc(std::size_t elements, std::size_t bytes) {
    ++count;
    return libc_calloc(elements, bytes);
}

void *realloc(void *pointer, std::size_t bytes) {
    ++count;
    return libc_realloc(pointer, bytes);
}

void *memalign(std::size_t alignment, std::size_t bytes) {
    ++count;
    return libc_memalign(alignment, bytes);
}

void *aligned_alloc(std::size_t alignment, std::size_t bytes) {
    ++count;
    return libc_memalign(alignment, bytes);
}

int posix_memalign(void **pointer, std::size_t alignment, std::size_t bytes) {
    ++count;
    *pointer = libc_memalign(alignment, bytes);
    return *pointer != nullptr ? 0 : ENOMEM;
}

#endif

}  // extern "C"
