// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cuda_session.h"
#include "runtime/cuda_support.h"
#include "runtime/weights.h"
#include <cstdio>
#include <cstring>

namespace ingot {
namespace {

static_assert(sizeof(CudaSession) <= INGOT_CUDA_SESSION_HEADER_BYTES);
static_assert(sizeof(CudaPort) <= INGOT_CUDA_SESSION_PORT_BYTES);
static_assert(sizeof(CudaPlan) <= INGOT_CUDA_SESSION_PLAN_BYTES);
static_assert(sizeof(CudaStep) <= INGOT_CUDA_SESSION_STEP_BYTES);
static_assert(sizeof(uint64_t) + sizeof(void *) <= INGOT_CUDA_SESSION_ARGUMENT_BYTES);
static_assert(alignof(CudaSession) <= 8 && alignof(CudaPort) == 8 && alignof(CudaPlan) == 8 &&
              alignof(CudaStep) == 8 && sizeof(void *) == 8);
static_assert(INGOT_CUDA_SESSION_HEADER_BYTES % 8 == 0);

// The compiler writes kernels as assembly: these layouts are part of the ABI version.
static_assert(sizeof(ingot_cuda_argument) == 12);
static_assert(offsetof(ingot_cuda_kernel, arguments) == 32 && offsetof(ingot_cuda_kernel, grid_x) == 44 &&
              offsetof(ingot_cuda_kernel, compute) == 80 && sizeof(ingot_cuda_kernel) == 88);

/// The part of a session's memory that is not given out yet.
struct Cursor {
    unsigned char *next;

    template<typename Value>
    Value *take(size_t count) {
        auto *values = reinterpret_cast<Value *>(next);
        next += count * sizeof(Value);
        for (size_t i = 0; i < count; ++i) {
            values[i] = Value();
        }
        return values;
    }
};

/// Gives the steps of a plan the memory of their arguments.
void lay_out_plan(CudaPlan *plan, Cursor &at) {
    void **parameters = at.take<void *>(plan->plan->argument_count);
    uint64_t *values = at.take<uint64_t>(plan->plan->argument_count);
    plan->steps = at.take<CudaStep>(plan->plan->step_count);
    for (uint32_t i = 0; i < plan->plan->step_count; ++i) {
        CudaStep &step = plan->steps[i];
        step.step = &plan->plan->steps[i];
        step.parameters = parameters;
        step.values = values;
        for (uint32_t j = 0; j < step.step->kernel->argument_count; ++j) {
            *parameters++ = values++;
        }
    }
}

void lay_out(CudaSession *session, const CudaTarget &target) {
    Cursor at = {reinterpret_cast<unsigned char *>(session) + INGOT_CUDA_SESSION_HEADER_BYTES};
    session->level = target.plans->target;
    session->takes_cubin = target.takes_cubin;
    session->port_count = session->model->input_count + session->model->output_count;
    session->ports = at.take<CudaPort>(session->port_count);
    session->plan_count = target.count;
    session->plans = at.take<CudaPlan>(target.count);
    for (uint32_t i = 0; i < target.count; ++i) {
        session->plans[i].plan = &target.plans[i];
        lay_out_plan(&session->plans[i], at);
    }
}

size_t session_bytes(const ingot_model &model, const char *target_name) {
    uint64_t largest = 0;
    for (CudaTarget target = next_target(model, {}); target.count > 0; target = next_target(model, target)) {
        const uint64_t bytes = host_bytes(model, target);
        const bool counts = target_name == nullptr || std::strcmp(target.plans->target, target_name) == 0;
        largest = counts && bytes > largest ? bytes : largest;
    }
    return largest;
}

/// Takes from the driver what the session holds.
bool acquire(CudaSession &session, const CudaTarget &target) {
    const Driver &driver = *session.driver;
    if (!session.call(driver.primary_context_retain, &session.context, session.device)) {
        session.context = nullptr;
        return false;
    }
    const CurrentContext current(session);
    // The stream still reads the weights and writes the graphs when these calls return.
    return current.entered() && fill_memory(session, target) && load_kernels(session) && build_graphs(session) &&
           session.call(driver.stream_synchronize, session.stream);
}

void release_plan(CudaSession &session, CudaPlan &plan) {
    const Driver &driver = *session.driver;
    if (plan.executable != nullptr) {
        session.call(driver.graph_exec_destroy, plan.executable);
    }
    if (plan.graph != nullptr) {
        session.call(driver.graph_destroy, plan.graph);
    }
    for (uint32_t i = 0; i < plan.plan->step_count; ++i) {
        if (plan.steps[i].module != nullptr) {
            session.call(driver.module_unload, plan.steps[i].module);
        }
    }
}

/// Gives back all that acquire took, whether or not the context still works: what is lost with it is given back.
void release(CudaSession &session) {
    if (session.context == nullptr) {
        return;
    }
    const Driver &driver = *session.driver;
    {
        // A first attempt may return what went wrong in earlier work.
        const CurrentContext current(session, 2);
        // Where that context is gone so is all in it; another one of the application's may be current.
        if (current.entered()) {
            session.call(driver.context_synchronize);
            for (uint32_t i = 0; i < session.plan_count; ++i) {
                release_plan(session, session.plans[i]);
            }
            if (session.memory != 0) {
                session.call(driver.memory_free, session.memory);
            }
        }
    }
    session.call(driver.primary_context_release, session.device);
    session.context = nullptr;
}

ingot_status create(const ingot_model &model, const ingot_options &options, const char *target_name, void *memory,
                    char *detail) {
    auto *session = static_cast<CudaSession *>(memory);
    *session = CudaSession();
    session->model = &model;
    session->weights = weights_of(model, options);
    session->cuda = &ingot_cuda;
    session->stream = static_cast<CUstream>(options.stream);
    session->takes_device_pointers = options.memory == INGOT_MEMORY_DEVICE;
    CudaTarget target;
    if (find_device(*session, options, target_name, &target)) {
        lay_out(session, target);
        acquire(*session, target);
    }
    const ingot_status status = session->error;
    if (status != INGOT_OK) {
        release(*session);
        std::memcpy(detail, session->detail, INGOT_DETAIL_BYTES);
    }
    return status;
}

void destroy(ingot_session *session) {
    release(*static_cast<CudaSession *>(session));
}

}  // namespace

void CudaSession::fail(ingot_status status, const char *text) {
    if (error == INGOT_OK) {
        error = status;
        std::snprintf(detail, sizeof(detail), "%s", text);
    }
}

void CudaSession::describe(char *text, const char *function, CUresult result, const char *more) const {
    const char *name = nullptr;
    char number[32];
    if (driver->get_error_name(result, &name) != cuda_success || name == nullptr) {
        std::snprintf(number, sizeof(number), "CUDA error %d", result);
        name = number;
    }
    // The names that the library exports end in _v2 where a function has changed.
    const char *suffix = std::strstr(function, "_v2");
    const size_t length = suffix != nullptr ? static_cast<size_t>(suffix - function) : std::strlen(function);
    std::snprintf(text, INGOT_DETAIL_BYTES, "%.*s: %s%s", static_cast<int>(length), function, name, more);
}

void CudaSession::record(const char *function, CUresult result) {
    char text[INGOT_DETAIL_BYTES];
    describe(text, function, result, "");
    lost = lost || is_sticky(result);
    fail(lost                                 ? INGOT_DEVICE_LOST
         : result == cuda_error_out_of_memory ? INGOT_OUT_OF_DEVICE_MEMORY
                                              : INGOT_DEVICE_CALL_FAILED,
         text);
}

}  // namespace ingot

const ingot_cuda_support ingot_cuda = {ingot::session_bytes, ingot::create, ingot::run_cuda_session,
                                       ingot::destroy};
