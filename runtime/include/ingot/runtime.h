// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ingot's runtime: sessions that run a compiled model. C99 and C++17; the C++ part is header-only.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define INGOT_EXTERN_C extern "C"
extern "C" {
#else
#define INGOT_EXTERN_C extern
#endif

/// Version of the binary interface between a model's archive and the runtime.
#define INGOT_ABI_VERSION 4

typedef enum ingot_status {
    INGOT_OK = 0,
    INGOT_NULL_POINTER = 1,         ///< a pointer argument is null
    INGOT_ABI_MISMATCH = 2,         ///< model, options and runtime are of different versions
    INGOT_UNKNOWN_LEVEL = 3,        ///< options.level names no level of this model
    INGOT_UNSUPPORTED_CPU = 4,      ///< this CPU lacks a feature; ingot_missing_cpu_feature() names it
    INGOT_OUT_OF_MEMORY = 5,        ///< the arena could not be allocated
    INGOT_ARENA_TOO_SMALL = 6,      ///< options.arena_bytes is below ingot_session_bytes()
    INGOT_ARENA_MISALIGNED = 7,     ///< options.arena is not aligned to INGOT_ARENA_ALIGNMENT bytes
    INGOT_MISALIGNED_POINTER = 8,   ///< an input or output is not aligned to its element type
    INGOT_OVERLAPPING_BUFFERS = 9,  ///< an output overlaps an input or another output
    INGOT_TOO_MANY_IMAGES = 10,     ///< n images do not fit into the address space
    INGOT_KERNEL_FAILED = 11,       ///< a kernel reported an error
    INGOT_EMPTY_SESSION = 12,       ///< the C++ session was moved from
    INGOT_INVALID_OPTION = 13,  ///< device, memory or threads of the options has no valid value, or they contradict
    INGOT_NO_CPU_KERNELS = 14,  ///< the model was compiled for CUDA only
    INGOT_NO_CUDA_KERNELS = 15,       ///< the model was compiled without a CUDA target
    INGOT_NO_CUDA_DRIVER = 16,        ///< libcuda.so.1 is missing, too old or does not start; the detail says which
    INGOT_NO_CUDA_DEVICE = 17,        ///< no CUDA device, or none with options.device_index
    INGOT_UNSUPPORTED_DEVICE = 18,    ///< the device is older than every CUDA target of the model
    INGOT_OUT_OF_DEVICE_MEMORY = 19,  ///< the device has too little free memory
    INGOT_DEVICE_CALL_FAILED = 20,    ///< a call of the CUDA driver failed; the session can run again
    INGOT_DEVICE_LOST = 21,           ///< the device or its context failed; the session cannot run any more
    INGOT_NOT_DEVICE_MEMORY = 22,     ///< an input or output is no memory of the device, as options.memory says
    INGOT_WEIGHTS_MISSING = 23,       ///< the model was compiled with --weights=file; options.weights is null
    INGOT_WEIGHTS_LINKED = 24,        ///< options.weights is given to a model that is linked with its weights
    INGOT_WEIGHTS_MISALIGNED = 25,    ///< options.weights is not aligned to INGOT_WEIGHTS_ALIGNMENT bytes
    INGOT_WEIGHTS_WRONG_SIZE = 26,    ///< options.weights_bytes is not the size of the model's weights file
    INGOT_WEIGHTS_OF_ANOTHER_MODEL = 27,  ///< no weights file, or that of another model or version
    INGOT_WEIGHTS_DAMAGED = 28,           ///< the weights are not those of their hash: ingot_verify_weights()
    INGOT_NO_THREADS = 29                 ///< the operating system refused a thread of options.threads
} ingot_status;

/// One line in English; never null.
const char *ingot_status_message(ingot_status status);

#define INGOT_ARENA_ALIGNMENT 64
#define INGOT_WEIGHTS_ALIGNMENT 64

/// A compiled model: constant, shared by all of its sessions, defined by the model's archive.
typedef struct ingot_model ingot_model;

/// State of one run at a time: used by one thread at a time. Several sessions of a model run side by side.
typedef struct ingot_session ingot_session;

/// What a session runs on.
typedef enum ingot_device {
    INGOT_DEVICE_CPU = 0,
    INGOT_DEVICE_CUDA = 1,
    INGOT_DEVICE_AUTOMATIC = 2  ///< CUDA where that works, else the CPU; the detail says why
} ingot_device;

/// Where the inputs and outputs of a run lie.
typedef enum ingot_memory {
    INGOT_MEMORY_HOST = 0,
    INGOT_MEMORY_DEVICE = 1  ///< memory of the session's CUDA device; the CPU does not take it
} ingot_memory;

/// An app's own threads: calls task(argument, i) once for each i < count, on any threads, in any order, side by
/// side or one after the other, and returns when all of them have returned. `context` is
/// options.parallel_for_context.
typedef void (*ingot_parallel_for)(void *context, size_t count, void (*task)(void *argument, size_t index),
                                   void *argument);

#define INGOT_MOST_THREADS 1024

/// Zero-initialise and set struct_size, or start from INGOT_OPTIONS_INIT.
typedef struct ingot_options {
    size_t struct_size;  ///< sizeof(ingot_options); any other size is an INGOT_ABI_MISMATCH
    /// Forces a level such as "x86-64-v3", or a CUDA target such as "cuda-sm_80"; null: the best that runs here.
    /// Where `device` is automatic, it binds the device that it names and leaves the other free.
    const char *level;
    void *arena;          ///< caller's memory for the session, aligned to INGOT_ARENA_ALIGNMENT; null: allocated
    size_t arena_bytes;   ///< size of `arena`; 0 where that is null, else an INGOT_NULL_POINTER
    ingot_device device;  ///< where INGOT_MEMORY_DEVICE is asked for, automatic does not fall back to the CPU
    int device_index;     ///< of the CUDA device, as the driver counts them
    void *stream;         ///< CUstream or cudaStream_t of its context; null: the legacy default stream
    ingot_memory memory;
    char *detail;         ///< null, or memory for one line, which create writes: see ingot_session_detail
    size_t detail_bytes;  ///< size of `detail`, the final zero included; INGOT_DETAIL_BYTES holds any line
    /// For models compiled with --weights=file, else null: the whole of <name>.weights in memory, mapped or read,
    /// aligned to INGOT_WEIGHTS_ALIGNMENT. Sessions read it in place and may share it; it stays the caller's, and
    /// unchanged for as long as a session lives. create compares its first 64 bytes with the model, no more of it.
    const void *weights;
    uint64_t weights_bytes;  ///< size of the file: <NAME>_WEIGHTS_BYTES or it is refused; 0 where `weights` is null
    /// Threads of a run on the CPU, the calling one among them: at most INGOT_MOST_THREADS; 0 and 1: that one
    /// alone. Each has an arena. Any number gives the same bits. A session on a CUDA device takes no notice.
    int threads;
    /// Null: the session makes threads - 1 of its own, which sleep between runs. Else these are the app's, and
    /// `threads` is the largest count that it is called with; it may be called several times in a run.
    ingot_parallel_for parallel_for;
    void *parallel_for_context;  ///< what `parallel_for` gets
} ingot_options;

#define INGOT_DETAIL_BYTES 192

#define INGOT_OPTIONS_INIT                                                                                       \
    {                                                                                                            \
        sizeof(ingot_options), NULL, NULL, 0, INGOT_DEVICE_CPU, 0, NULL, INGOT_MEMORY_HOST, NULL, 0, NULL, 0, 0, \
            NULL, NULL                                                                                           \
    }

/// Bytes of the arena that a session with these options needs; 0 where it cannot be created. It asks neither driver
/// nor device, and looks at no weights: where `options->device` is automatic, the arena suits both. `options` may
/// be null.
size_t ingot_session_bytes(const ingot_model *model, const ingot_options *options);

/// Creates a session. The only call that allocates: the arena, where `options->arena` is null, and on a CUDA device
/// its memory. It starts the session's threads, which block all signals but those of faults and keep the calling
/// thread's floating-point mode. On failure `*session` is null. `options` may be null. For CUDA it opens
/// libcuda.so.1, retains the device's primary context, loads the kernels, copies the weights and builds the graphs;
/// the calling thread's current context stays as it is, here and in all other calls.
ingot_status ingot_session_create(const ingot_model *model, const ingot_options *options, ingot_session **session);

/// Frees what create allocated, after the device has done all of its work and the session's threads have ended; the
/// caller's arena stays the caller's.
/// Accepts null. Any thread may call it.
void ingot_session_destroy(ingot_session *session);

/// Runs n images. inputs[i] holds n of the model's input i one after the other, outputs[i] likewise; both in graph
/// order, of natural alignment. No output overlaps an input or another output. n == 0 does nothing.
/// On the CPU it allocates nothing; with one thread it takes no lock and makes no system call. After
/// INGOT_KERNEL_FAILED the outputs hold no results; the session can run again. On a CUDA device, with host pointers
/// it copies them in and out and returns when the outputs are there. With device pointers it puts its work on
/// options.stream and returns: no allocation, no synchronisation; inputs, outputs and session have to live until
/// the stream has done it. An error of the kernels shows in a later call.
ingot_status ingot_session_run(ingot_session *session, const void *const *inputs, void *const *outputs, size_t n);

/// The level that the session runs, e.g. "x86-64-v4" or "cuda-sm_90"; null for a null session.
const char *ingot_session_level(const ingot_session *session);

/// "cpu" or "cuda"; null for a null session.
const char *ingot_session_device(const ingot_session *session);

/// What failed last on the device, with the CUDA driver's name of the error, e.g.
/// "cuGraphLaunch: CUDA_ERROR_LAUNCH_FAILED"; or why `automatic` took the CPU; or that the driver refused the
/// machine code and compiles the PTX beside it; empty where there is nothing to say. One line in English; never
/// null.
const char *ingot_session_detail(const ingot_session *session);

/// Reads all of `options->weights` and compares it with the hash that the model was compiled with; before that
/// checks it as create does. For files that may have been damaged on their way; it takes the time of reading them.
/// A model that is linked with its weights has none to verify: INGOT_OK where options->weights is null. `options`
/// may be null.
ingot_status ingot_verify_weights(const ingot_model *model, const ingot_options *options);

/// The first CPU feature that the model's lowest level (or options->level) needs and this CPU or its operating
/// system lacks, e.g. "avx2"; null where none is missing.
const char *ingot_missing_cpu_feature(const ingot_model *model, const ingot_options *options);

#ifdef __cplusplus
}  // extern "C"

namespace ingot {

using Options = ingot_options;

/// Options at their defaults.
inline Options default_options() noexcept {
    return INGOT_OPTIONS_INIT;
}

/// Result of a call; true where it succeeded.
class [[nodiscard]] Status {
public:
    constexpr Status(ingot_status code) noexcept : code_(code) {}
    constexpr explicit operator bool() const noexcept { return code_ == INGOT_OK; }
    [[nodiscard]] constexpr ingot_status code() const noexcept { return code_; }
    [[nodiscard]] const char *message() const noexcept { return ingot_status_message(code_); }

private:
    ingot_status code_;
};

/// Owns a session. Movable; used by one thread at a time. Base of the classes that model headers define.
class Session {
public:
    Session(const ingot_model &model, const Options &options) noexcept
        : code_(ingot_session_create(&model, &options, &session_)) {}
    Session(Session &&other) noexcept : session_(other.session_), code_(other.code_) { other.release(); }
    Session &operator=(Session &&other) noexcept {
        if (this != &other) {
            ingot_session_destroy(session_);
            session_ = other.session_;
            code_ = other.code_;
            other.release();
        }
        return *this;
    }
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;
    ~Session() { ingot_session_destroy(session_); }

    /// Why the session cannot run; INGOT_OK where it can.
    [[nodiscard]] Status status() const noexcept { return code_; }
    /// The level that it runs; null where it cannot.
    [[nodiscard]] const char *level() const noexcept { return ingot_session_level(session_); }
    /// "cpu" or "cuda"; null where it cannot run.
    [[nodiscard]] const char *device() const noexcept { return ingot_session_device(session_); }
    /// What failed last on the device, or why `automatic` took the CPU; see ingot_session_detail.
    [[nodiscard]] const char *detail() const noexcept { return ingot_session_detail(session_); }
    /// Runs n images; see ingot_session_run.
    Status run(const void *const *inputs, void *const *outputs, size_t n) noexcept {
        return session_ == nullptr ? Status(code_) : Status(ingot_session_run(session_, inputs, outputs, n));
    }

private:
    void release() noexcept {
        session_ = nullptr;
        code_ = INGOT_EMPTY_SESSION;
    }

    ingot_session *session_ = nullptr;
    ingot_status code_;
};

}  // namespace ingot
#endif
