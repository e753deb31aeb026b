/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Preloaded, it counts the calls of glibc's allocator. An allocator that a peer brings along is not seen. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>

/* NOLINTBEGIN(readability-identifier-naming) */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
/* NOLINTEND(readability-identifier-naming) */

static unsigned long count;

unsigned long peers_mallocs(void) {
    return __atomic_load_n(&count, __ATOMIC_RELAXED);
}

static void add_one(void) {
    __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
}

void *malloc(size_t size) {
    add_one();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    add_one();
    return __libc_calloc(number, size);
}

void *realloc(void *block, size_t size) {
    add_one();
    return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
    add_one();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    *block = memalign(alignment, size);
    return *block == NULL ? ENOMEM : 0;
}
