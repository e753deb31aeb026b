// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The calls of ingot/runtime.h: which device and plan a session takes, and where its memory comes from.
#include "runtime/arguments.h"
#include "runtime/cpu.h"
#include "runtime/cpu_session.h"
#include "runtime/cuda_support.h"
#include "runtime/dispatch.h"
#include "runtime/weights.h"
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

/// What a model and options ask for, as far as no driver has to be asked.
struct Request {
    ingot_options options;
    const ingot_plan *plan;   ///< for the CPU; null where the CPU is not asked for or not able
    ingot_status cpu_status;  ///< INGOT_OK where there is a plan
    bool tries_cuda;
    const char *cuda_target;  ///< the one that is asked for, or null
    size_t bytes;             ///< of the session's memory
};

bool names_cuda_target(const char *level) {
    return level != nullptr && std::strncmp(level, "cuda-", 5) == 0;
}

ingot_status choose_cpu_plan(const ingot_model &model, const char *level, const ingot_plan **plan) {
    *plan = nullptr;
    if (model.plan_count == 0) {
        return INGOT_NO_CPU_KERNELS;
    }
    return ingot::choose_plan(model, level, ingot::decode_cpu_features(ingot::read_cpu_words()), plan);
}

ingot_status check_values(const ingot_options &options) {
    const bool device_memory = options.memory == INGOT_MEMORY_DEVICE;
    if (options.device > INGOT_DEVICE_AUTOMATIC || options.memory > INGOT_MEMORY_DEVICE ||
        (device_memory && options.device == INGOT_DEVICE_CPU) || options.threads < 0 ||
        options.threads > INGOT_MOST_THREADS) {
        return INGOT_INVALID_OPTION;
    }
    return options.detail == nullptr && options.detail_bytes > 0 ? INGOT_NULL_POINTER : INGOT_OK;
}

/// Adds to the request what a session on a CUDA device needs.
ingot_status add_cuda(const ingot_model &model, Request *request) {
    const ingot_options &options = request->options;
    const bool named = names_cuda_target(options.level);
    request->cuda_target = named || options.device == INGOT_DEVICE_CUDA ? options.level : nullptr;
    if (model.cuda == nullptr) {
        return named ? INGOT_UNKNOWN_LEVEL : INGOT_NO_CUDA_KERNELS;
    }
    request->bytes = model.cuda->session_bytes(model, request->cuda_target);
    request->tries_cuda = request->bytes > 0;
    return request->tries_cuda ? INGOT_OK : INGOT_UNKNOWN_LEVEL;
}

/// Adds to the request what a session on the CPU needs.
ingot_status add_cpu(const ingot_model &model, Request *request) {
    const char *level = request->options.level;
    const bool other_device = request->options.device == INGOT_DEVICE_AUTOMATIC && names_cuda_target(level);
    request->cpu_status = choose_cpu_plan(model, other_device ? nullptr : level, &request->plan);
    if (request->plan != nullptr) {
        const size_t bytes = ingot::cpu_session_bytes(*request->plan, request->options.threads);
        request->bytes = bytes > request->bytes ? bytes : request->bytes;
    }
    return request->cpu_status;
}

/// Checks model and options, `options` included, which may be null.
ingot_status prepare(const ingot_model *model, const ingot_options *options, Request *request) {
    *request = {INGOT_OPTIONS_INIT, nullptr, INGOT_OK, false, nullptr, 0};
    ingot_status status = ingot::check_versions(model, options);
    if (status != INGOT_OK) {
        return status;
    }
    if (options != nullptr) {
        request->options = *options;
    }
    status = check_values(request->options);
    if (status != INGOT_OK) {
        return status;
    }
    const ingot_device device = request->options.device;
    const bool needs_cuda = device == INGOT_DEVICE_CUDA || request->options.memory == INGOT_MEMORY_DEVICE;
    if (device != INGOT_DEVICE_CPU) {
        status = add_cuda(*model, request);
        if (needs_cuda || status == INGOT_UNKNOWN_LEVEL) {
            return status;
        }
    }
    status = add_cpu(*model, request);
    // Where CUDA may work, only a name that stands for nothing is an error by itself.
    return request->tries_cuda && status != INGOT_UNKNOWN_LEVEL ? INGOT_OK : status;
}

/// The memory of a session of `bytes` bytes: the caller's arena or the heap's.
ingot_status obtain_memory(const ingot_options &options, size_t bytes, void **memory) {
    if (options.arena == nullptr && options.arena_bytes == 0) {
        *memory = std::aligned_alloc(INGOT_ARENA_ALIGNMENT, bytes);
        return *memory != nullptr ? INGOT_OK : INGOT_OUT_OF_MEMORY;
    }
    if (options.arena == nullptr) {
        return INGOT_NULL_POINTER;
    }
    if (reinterpret_cast<uintptr_t>(options.arena) % INGOT_ARENA_ALIGNMENT != 0) {
        return INGOT_ARENA_MISALIGNED;
    }
    if (options.arena_bytes < bytes) {
        return INGOT_ARENA_TOO_SMALL;
    }
    *memory = options.arena;
    return INGOT_OK;
}

void copy_text(char *to, size_t bytes, const char *from) {
    if (bytes > 0) {
        const size_t length = strnlen(from, bytes - 1);
        std::memcpy(to, from, length);
        to[length] = '\0';
    }
}

/// Makes a session in `memory` on the first device that is asked for and works. `detail` has INGOT_DETAIL_BYTES.
ingot_status build(const ingot_model &model, const Request &request, void *memory, char *detail) {
    const bool may_use_cpu =
        request.options.device != INGOT_DEVICE_CUDA && request.options.memory == INGOT_MEMORY_HOST;
    ingot_status status = INGOT_NO_CUDA_KERNELS;
    if (request.tries_cuda) {
        status = model.cuda->create(model, request.options, request.cuda_target, memory, detail);
        if (status == INGOT_OK || !may_use_cpu) {
            return status;
        }
    }
    if (request.plan == nullptr) {
        return request.cpu_status;
    }
    if (request.options.device == INGOT_DEVICE_AUTOMATIC && detail[0] == '\0') {
        copy_text(detail, INGOT_DETAIL_BYTES, ingot_status_message(status));
    }
    status = ingot::create_cpu_session(model, *request.plan, request.options, memory);
    if (status == INGOT_OK) {
        copy_text(static_cast<ingot_session *>(memory)->detail, INGOT_DETAIL_BYTES, detail);
    }
    return status;
}

}  // namespace

size_t ingot_session_bytes(const ingot_model *model, const ingot_options *options) {
    Request request = {};
    return prepare(model, options, &request) == INGOT_OK ? request.bytes : 0;
}

ingot_status ingot_session_create(const ingot_model *model, const ingot_options *options, ingot_session **session) {
    if (session == nullptr) {
        return INGOT_NULL_POINTER;
    }
    *session = nullptr;
    Request request = {};
    char detail[INGOT_DETAIL_BYTES] = "";
    void *memory = nullptr;
    ingot_status status = prepare(model, options, &request);
    if (status == INGOT_OK) {
        status = ingot::check_weights(*model, request.options);
    }
    if (status == INGOT_OK) {
        status = obtain_memory(request.options, request.bytes, &memory);
    }
    const bool owns_memory = request.options.arena == nullptr;
    if (status == INGOT_OK) {
        status = build(*model, request, memory, detail);
    }
    if (status == INGOT_OK) {
        *session = static_cast<ingot_session *>(memory);
        (*session)->owns_memory = owns_memory;
    } else if (owns_memory) {
        std::free(memory);
    }
    if (request.options.detail != nullptr) {
        const char *text = status == INGOT_OK ? (*session)->detail : detail;
        copy_text(request.options.detail, request.options.detail_bytes, text);
    }
    return status;
}

void ingot_session_destroy(ingot_session *session) {
    if (session == nullptr) {
        return;
    }
    if (session->cuda != nullptr) {
        session->cuda->destroy(session);
    } else {
        ingot::destroy_cpu_session(session);
    }
    if (session->owns_memory) {
        std::free(session);
    }
}

ingot_status ingot_session_run(ingot_session *session, const void *const *inputs, void *const *outputs, size_t n) {
    if (session == nullptr) {
        return INGOT_NULL_POINTER;
    }
    if (n == 0) {
        return INGOT_OK;
    }
    const ingot_status status = ingot::check_arguments(*session->model, inputs, outputs, n);
    if (status != INGOT_OK) {
        return status;
    }
    return session->cuda != nullptr ? session->cuda->run(session, inputs, outputs, n)
                                    : ingot::run_cpu_session(session, inputs, outputs, n);
}

const char *ingot_session_level(const ingot_session *session) {
    return session != nullptr ? session->level : nullptr;
}

const char *ingot_session_device(const ingot_session *session) {
    if (session == nullptr) {
        return nullptr;
    }
    return session->cuda != nullptr ? "cuda" : "cpu";
}

const char *ingot_session_detail(const ingot_session *session) {
    return session != nullptr ? session->detail : "";
}

const char *ingot_missing_cpu_feature(const ingot_model *model, const ingot_options *options) {
    if (ingot::check_versions(model, options) != INGOT_OK) {
        return nullptr;
    }
    const char *level = options != nullptr ? options->level : nullptr;
    const ingot_plan *plan = nullptr;
    if (choose_cpu_plan(*model, level, &plan) != INGOT_UNSUPPORTED_CPU) {
        return nullptr;
    }
    return ingot::missing_cpu_feature(*model, level, ingot::decode_cpu_features(ingot::read_cpu_words()));
}
