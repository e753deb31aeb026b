// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How a test controls the libcuda.so.1 of tests/fake_cuda and reads what has been asked of it. Linked, or found by
// dlsym in the library. A `result` is a CUresult. Safe from several threads; the pointers returned are good until
// the next call of the control.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

/// Forgets everything: devices, contexts, objects, log, counters, errors; handles and addresses become invalid.
/// Contexts that are current in any thread no longer are.
void fake_cuda_reset(void);

/// What the driver says that it has. reset gives: driver 13000, one device of compute capability 8.6 with 82
/// multiprocessors and 1 GiB. A driver knows PTX up to its own version: 13000 knows 9.0, 11010 knows 7.1.
void fake_cuda_set_driver_version(int version);
void fake_cuda_set_device_count(int count);
void fake_cuda_set_compute_capability(int major, int minor);
void fake_cuda_set_multiprocessors(int count);
void fake_cuda_set_memory(uint64_t bytes);
/// Dynamic shared memory that a block may opt in to, at least 49152.
void fake_cuda_set_shared_memory(uint32_t bytes);

/// Call number `index` from now (0: the next one) fails with `result`: of all calls, or of those named `name`,
/// which is the name exported, unless it is null. Calls that free or destroy do so and return `result` all the
/// same, as the driver does with errors of work before them. One failure is planned at a time; result 0 plans none.
void fake_cuda_fail_call(uint64_t index, const char *name, int result);
/// As fake_cuda_fail_call; then every later call that uses the context fails with `result` too.
void fake_cuda_fail_call_for_good(uint64_t index, const char *name, int result);
/// Every call from now on that uses a context fails with `result`, until the primary context has been released by
/// all its users: CUDA_ERROR_LAUNCH_FAILED (719), CUDA_ERROR_CONTEXT_IS_DESTROYED (709).
void fake_cuda_set_sticky_error(int result);
/// Whether the failure that fake_cuda_fail_call planned last has happened.
int fake_cuda_has_failed_call(void);

/// A kernel's error is returned by the call after its launch, as by a device that runs behind; 0, the value after
/// reset: by the launch itself.
void fake_cuda_set_late_errors(int late);
/// Instructions of all threads together after which a launch fails; after reset, 4 000 000 000.
void fake_cuda_set_instruction_budget(uint64_t instructions);
/// From now on, module images that are no PTX text load as if they were `ptx`, which is copied; null, the value
/// after reset: they are refused with CUDA_ERROR_NO_BINARY_FOR_GPU.
void fake_cuda_accept_binaries_as(const char *ptx);

/// What was wrong with the last launch or PTX that failed: kernel, line, block, thread. Empty if none did.
const char *fake_cuda_error_text(void);

typedef struct fake_cuda_counters {
    uint64_t calls;  ///< since reset, as all up to dropped_objects
    uint64_t live_allocations;
    uint64_t live_bytes;
    uint64_t peak_bytes;
    uint64_t live_modules;
    uint64_t live_streams;
    uint64_t live_events;
    uint64_t live_graphs;
    uint64_t live_execs;
    uint64_t retains;           ///< of primary contexts, less the releases
    uint64_t dropped_objects;   ///< allocations, modules, ... that lived when their context ended: leaks
    uint64_t allocations;       ///< since fake_cuda_mark, as all below
    uint64_t synchronisations;  ///< of context, stream or event, and copies to or from the host that block
    uint64_t launches;          ///< of kernels, those of graphs included
    uint64_t graph_launches;
    uint64_t host_copies;   ///< to or from the host, blocking or not
    uint64_t instructions;  ///< executed by all threads of all kernels
} fake_cuda_counters;

void fake_cuda_mark(void);
void fake_cuda_count(fake_cuda_counters *counters);

typedef struct fake_cuda_call {
    const char *name;  ///< as exported; "kernel NAME" for each kernel that has run
    void *stream;      ///< where the call takes one
    int result;
} fake_cuda_call;

/// The calls since fake_cuda_mark or reset, in order; kernels appear before the call that launches them ends.
size_t fake_cuda_call_count(void);
fake_cuda_call fake_cuda_call_at(size_t index);
/// How many of them were of that name.
size_t fake_cuda_calls_of(const char *name);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop
