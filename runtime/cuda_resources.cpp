// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cuda_session.h"
#include <cstdio>

namespace ingot {
namespace {

/// More dynamic shared memory than every device gives a kernel has to be asked for.
constexpr uint32_t shared_bytes_of_all = 48 * 1024;

bool start_driver(CudaSession &session) {
    const char *reason = nullptr;
    session.driver = find_driver(&reason);
    if (session.driver == nullptr) {
        session.fail(INGOT_NO_CUDA_DRIVER, reason);
        return false;
    }
    const CUresult result = session.driver->init(0);
    if (result != cuda_success) {
        session.record(session.driver->init.name, result);
        session.error = result == cuda_error_no_device ? INGOT_NO_CUDA_DEVICE : INGOT_NO_CUDA_DRIVER;
    }
    return result == cuda_success;
}

bool open_device(CudaSession &session, int index) {
    int count = 0;
    if (!session.call(session.driver->device_get_count, &count)) {
        return false;
    }
    if (index < 0 || index >= count) {
        char text[INGOT_DETAIL_BYTES];
        std::snprintf(text, sizeof(text), "device_index %d is not below the number of CUDA devices, %d", index,
                      count);
        session.fail(INGOT_NO_CUDA_DEVICE, text);
        return false;
    }
    return session.call(session.driver->device_get, &session.device, index);
}

/// 90 for compute capability 9.0.
bool read_capability(CudaSession &session, uint32_t *capability) {
    const Driver &driver = *session.driver;
    int major = 0;
    int minor = 0;
    const bool known = session.call(driver.device_get_attribute, &major,
                                    cu_device_attribute_compute_capability_major, session.device) &&
                       session.call(driver.device_get_attribute, &minor,
                                    cu_device_attribute_compute_capability_minor, session.device);
    *capability = static_cast<uint32_t>(10 * major + minor);
    return known;
}

bool allocate(CudaSession &session, uint64_t bytes) {
    if (bytes == 0 || session.call(session.driver->memory_allocate, &session.memory, size_t{bytes})) {
        return true;
    }
    session.memory = 0;
    if (session.error == INGOT_OUT_OF_DEVICE_MEMORY) {
        char more[48];
        std::snprintf(more, sizeof(more), " for %llu bytes", static_cast<unsigned long long>(bytes));
        session.describe(session.detail, session.driver->memory_allocate.name, cuda_error_out_of_memory, more);
    }
    return false;
}

/// Loads machine code, or PTX where there is none or the driver does not take it.
bool load_module(CudaSession &session, const ingot_cuda_kernel &kernel, CUmodule *module) {
    const Driver &driver = *session.driver;
    if (session.takes_cubin && kernel.cubin != nullptr) {
        const CUresult result = driver.module_load(module, kernel.cubin);
        if (result == cuda_success) {
            return true;
        }
        if (is_sticky(result) || result == cuda_error_out_of_memory) {
            session.record(driver.module_load.name, result);
            *module = nullptr;
            return false;
        }
        session.describe(session.detail, driver.module_load.name, result,
                         " for machine code; the driver compiles the PTX beside it");
    }
    if (session.call(driver.module_load, module, kernel.ptx)) {
        return true;
    }
    *module = nullptr;
    return false;
}

bool load_kernel(CudaSession &session, CudaStep &step) {
    const Driver &driver = *session.driver;
    const ingot_cuda_kernel &kernel = *step.step->kernel;
    if (!load_module(session, kernel, &step.module) ||
        !session.call(driver.module_get_function, &step.function, step.module, kernel.entry)) {
        return false;
    }
    if (kernel.shared_bytes > shared_bytes_of_all &&
        !session.call(driver.function_set_attribute, step.function, cu_func_attribute_max_dynamic_shared_size_bytes,
                      static_cast<int>(kernel.shared_bytes))) {
        return false;
    }
    return driver.function_load.address == nullptr || session.call(driver.function_load, step.function);
}

/// The function of an earlier step with the same kernel; null where there is none.
CUfunction find_loaded(const CudaSession &session, const CudaStep &step) {
    for (uint32_t i = 0; i < session.plan_count; ++i) {
        const CudaPlan &plan = session.plans[i];
        for (uint32_t j = 0; j < plan.plan->step_count; ++j) {
            if (&plan.steps[j] == &step) {
                return nullptr;
            }
            if (plan.steps[j].step->kernel == step.step->kernel) {
                return plan.steps[j].function;
            }
        }
    }
    return nullptr;
}

}  // namespace

bool find_device(CudaSession &session, const ingot_options &options, const char *target_name, CudaTarget *target) {
    uint32_t capability = 0;
    if (!start_driver(session) || !open_device(session, options.device_index) ||
        !read_capability(session, &capability)) {
        return false;
    }
    const ingot_status status = choose_target(*session.model, target_name, capability, target);
    if (status != INGOT_OK) {
        const uint32_t needed = lowest_capability(*session.model, target_name);
        char text[INGOT_DETAIL_BYTES];
        std::snprintf(text, sizeof(text),
                      "CUDA device %d has compute capability %u.%u; the model needs %u.%u or higher",
                      options.device_index, capability / 10, capability % 10, needed / 10, needed % 10);
        session.fail(status, text);
    }
    return status == INGOT_OK;
}

bool fill_memory(CudaSession &session, const CudaTarget &target) {
    const ingot_model &model = *session.model;
    const uint64_t arena_bytes = largest_arena(target);
    const uint64_t before_staging = INGOT_CUDA_DEVICE_BYTES(model.weights_bytes, arena_bytes, uint64_t{0});
    uint64_t bytes = before_staging;
    for (uint32_t i = 0; i < session.port_count && !session.takes_device_pointers; ++i) {
        const ingot_port &port = i < model.input_count ? model.inputs[i] : model.outputs[i - model.input_count];
        session.ports[i].staging = bytes;
        bytes += INGOT_CUDA_STAGING_BYTES(port.bytes, largest_batch(target));
    }
    if (!allocate(session, bytes)) {
        return false;
    }
    session.arena = session.memory + INGOT_ROUND_UP_256(model.weights_bytes);
    for (uint32_t i = 0; i < session.port_count && !session.takes_device_pointers; ++i) {
        session.ports[i].staging += session.memory;
        session.ports[i].base = session.ports[i].staging;
    }
    return model.weights_bytes == 0 || session.call(session.driver->copy_to_device, session.memory, session.weights,
                                                    size_t{model.weights_bytes}, session.stream);
}

bool load_kernels(CudaSession &session) {
    for (uint32_t i = 0; i < session.plan_count; ++i) {
        CudaPlan &plan = session.plans[i];
        for (uint32_t j = 0; j < plan.plan->step_count; ++j) {
            plan.steps[j].function = find_loaded(session, plan.steps[j]);
            if (plan.steps[j].function == nullptr && !load_kernel(session, plan.steps[j])) {
                return false;
            }
        }
    }
    return true;
}

}  // namespace ingot
