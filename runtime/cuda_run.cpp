// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cuda_session.h"
#include <cstdio>

namespace ingot {
namespace {

/// A run and how far it is.
struct Run {
    const void *const *inputs;
    void *const *outputs;
    size_t first;  ///< image of the launch that is being made
};

CudaPlan &plan_for(CudaSession &session, size_t images) {
    CudaPlan *plan = session.plans;
    for (uint32_t i = 1; i < session.plan_count && session.plans[i].plan->min_images <= images; ++i) {
        plan = &session.plans[i];
    }
    return *plan;
}

/// Fails where `pointer`, unless it is the one that was checked last, is not memory of the session's device.
bool check_pointer(CudaSession &session, CudaPort &port, const char *kind, const char *name, const void *pointer) {
    if (pointer == port.checked) {
        return true;
    }
    const Driver &driver = *session.driver;
    const auto address = reinterpret_cast<CUdeviceptr>(pointer);
    unsigned type = 0;
    int device = -1;
    CUresult result = driver.pointer_get_attribute(&type, cu_pointer_attribute_memory_type, address);
    if (result == cuda_success && type == cu_memorytype_device) {
        result = driver.pointer_get_attribute(&device, cu_pointer_attribute_device_ordinal, address);
    }
    // The driver knows nothing of pointers that it did not give out.
    if (result != cuda_success && result != cuda_error_invalid_value) {
        session.record(driver.pointer_get_attribute.name, result);
        return false;
    }
    if (result != cuda_success || device != session.device) {
        char text[INGOT_DETAIL_BYTES];
        std::snprintf(text, sizeof(text), "%s '%s' is not memory of CUDA device %d", kind, name, session.device);
        session.fail(INGOT_NOT_DEVICE_MEMORY, text);
        return false;
    }
    port.checked = pointer;
    return true;
}

bool check_pointers(CudaSession &session, const Run &run) {
    const ingot_model &model = *session.model;
    for (uint32_t i = 0; i < model.input_count; ++i) {
        if (!check_pointer(session, session.ports[i], "input", model.inputs[i].name, run.inputs[i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < model.output_count; ++i) {
        if (!check_pointer(session, session.ports[model.input_count + i], "output", model.outputs[i].name,
                           run.outputs[i])) {
            return false;
        }
    }
    return true;
}

/// Points the ports at the caller's device memory.
void place_ports(CudaSession &session, const Run &run) {
    const ingot_model &model = *session.model;
    for (uint32_t i = 0; i < session.port_count; ++i) {
        const bool is_input = i < model.input_count;
        const ingot_port &port = is_input ? model.inputs[i] : model.outputs[i - model.input_count];
        const void *base = is_input ? run.inputs[i] : run.outputs[i - model.input_count];
        session.ports[i].base = reinterpret_cast<CUdeviceptr>(base) + run.first * port.bytes;
    }
}

bool copy_inputs(CudaSession &session, const Run &run, size_t images) {
    const ingot_model &model = *session.model;
    for (uint32_t i = 0; i < model.input_count; ++i) {
        const uint64_t bytes = model.inputs[i].bytes;
        const auto *from = static_cast<const unsigned char *>(run.inputs[i]) + run.first * bytes;
        if (!session.call(session.driver->copy_to_device, session.ports[i].staging, static_cast<const void *>(from),
                          size_t{images * bytes}, session.stream)) {
            return false;
        }
    }
    return true;
}

bool copy_outputs(CudaSession &session, const Run &run, size_t images) {
    const ingot_model &model = *session.model;
    for (uint32_t i = 0; i < model.output_count; ++i) {
        const uint64_t bytes = model.outputs[i].bytes;
        auto *to = static_cast<unsigned char *>(run.outputs[i]) + run.first * bytes;
        if (!session.call(session.driver->copy_to_host, static_cast<void *>(to),
                          session.ports[model.input_count + i].staging, size_t{images * bytes}, session.stream)) {
            return false;
        }
    }
    return true;
}

bool launch(CudaSession &session, CudaPlan &plan, size_t images) {
    return update_graph(session, plan, images) &&
           session.call(session.driver->graph_launch, plan.executable, session.stream);
}

/// Puts the work of n images on the stream, in launches of as many as the plan can take.
bool enqueue(CudaSession &session, Run run, size_t n) {
    while (run.first < n) {
        CudaPlan &plan = plan_for(session, n - run.first);
        const size_t left = n - run.first;
        const size_t images = left < plan.most_images ? left : plan.most_images;
        if (session.takes_device_pointers) {
            place_ports(session, run);
            if (!launch(session, plan, images)) {
                return false;
            }
        } else if (!copy_inputs(session, run, images) || !launch(session, plan, images) ||
                   !copy_outputs(session, run, images)) {
            return false;
        }
        run.first += images;
    }
    return true;
}

}  // namespace

ingot_status run_cuda_session(ingot_session *base, const void *const *inputs, void *const *outputs, size_t n) {
    auto &session = *static_cast<CudaSession *>(base);
    if (session.lost) {
        return INGOT_DEVICE_LOST;
    }
    session.error = INGOT_OK;
    const Run run = {inputs, outputs, 0};
    {
        const CurrentContext current(session);
        if (current.entered() && session.takes_device_pointers) {
            if (check_pointers(session, run)) {
                enqueue(session, run, n);
            }
        } else if (current.entered()) {
            enqueue(session, run, n);
            // After a failure too: the copies may still use the caller's memory.
            session.call(session.driver->stream_synchronize, session.stream);
        }
    }
    return session.error;
}

}  // namespace ingot
