// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Start, devices and contexts.
#include <algorithm>
#include <cstring>

#include "tests/fake_cuda/driver_state.h"

namespace ingot::fake_cuda {
namespace {

std::optional<int> attribute_value(const Settings &settings, CUdevice_attribute attribute) {
    switch (attribute) {
    case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X:
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y:
        return 1024;
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z:
        return 64;
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X:
        return INT32_MAX;
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y:
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z:
        return 65535;
    case CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK:
    case CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR:
        return 65536;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK:
        return 49152;
    case CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY:
        return 65536;
    case CU_DEVICE_ATTRIBUTE_WARP_SIZE:
        return 32;
    case CU_DEVICE_ATTRIBUTE_CLOCK_RATE:
        return 1695000;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
        return settings.multiprocessors;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_MODE:
        return 0;
    case CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE:
        return 9751000;
    case CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH:
        return 384;
    case CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE:
        return 6 << 20;
    case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR:
        return 1536;
    case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING:
        return 1;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
        return settings.major;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
        return settings.minor;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR:
        return static_cast<int>(settings.shared_optin) + 1024;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN:
        return static_cast<int>(settings.shared_optin);
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR:
        return 16;
    }
    return std::nullopt;
}

CUcontext new_context_handle() {
    static uintptr_t last = 0xc0de0000;
    return reinterpret_cast<CUcontext>(last += 16);
}

}  // namespace

extern "C" {

CUresult cuInit(unsigned flags) {
    return run_call({"cuInit", Needs::nothing}, [&](Driver &d) {
        if (flags != 0)
            return CUDA_ERROR_INVALID_VALUE;
        if (d.settings.devices == 0)
            return CUDA_ERROR_NO_DEVICE;
        d.is_initialised = true;
        return CUDA_SUCCESS;
    });
}

CUresult cuDriverGetVersion(int *version) {
    return run_call({"cuDriverGetVersion", Needs::nothing}, [&](Driver &d) {
        if (version == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        *version = d.settings.driver_version;
        return CUDA_SUCCESS;
    });
}

CUresult cuDeviceGetCount(int *count) {
    return run_call({"cuDeviceGetCount", Needs::initialisation}, [&](Driver &d) {
        if (count == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        *count = d.settings.devices;
        return CUDA_SUCCESS;
    });
}

CUresult cuDeviceGet(CUdevice *device, int ordinal) {
    return run_call({"cuDeviceGet", Needs::initialisation}, [&](Driver &d) {
        if (device == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        if (!d.is_device(ordinal))
            return CUDA_ERROR_INVALID_DEVICE;
        *device = ordinal;
        return CUDA_SUCCESS;
    });
}

CUresult cuDeviceGetName(char *name, int bytes, CUdevice device) {
    return run_call({"cuDeviceGetName", Needs::initialisation}, [&](Driver &d) {
        if (name == nullptr || bytes <= 0)
            return CUDA_ERROR_INVALID_VALUE;
        if (!d.is_device(device))
            return CUDA_ERROR_INVALID_DEVICE;
        std::snprintf(name, static_cast<size_t>(bytes), "Interpreter of PTX");
        return CUDA_SUCCESS;
    });
}

CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device) {
    return run_call({"cuDeviceGetAttribute", Needs::initialisation}, [&](Driver &d) {
        if (!d.is_device(device))
            return CUDA_ERROR_INVALID_DEVICE;
        const std::optional<int> known = attribute_value(d.settings, attribute);
        if (value == nullptr || !known)
            return CUDA_ERROR_INVALID_VALUE;
        *value = *known;
        return CUDA_SUCCESS;
    });
}

CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice device) {
    return run_call({"cuDeviceTotalMem_v2", Needs::initialisation}, [&](Driver &d) {
        if (bytes == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        if (!d.is_device(device))
            return CUDA_ERROR_INVALID_DEVICE;
        *bytes = d.settings.memory;
        return CUDA_SUCCESS;
    });
}

CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
    return run_call({"cuDevicePrimaryCtxRetain", Needs::initialisation}, [&](Driver &d) {
        if (context == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        if (!d.is_device(device))
            return CUDA_ERROR_INVALID_DEVICE;
        auto found = std::find_if(d.contexts.begin(), d.contexts.end(),
                                  [&](const Context &candidate) { return candidate.device == device; });
        if (found == d.contexts.end())
            found = d.contexts.insert(found, {new_context_handle(), device, 0, CUDA_SUCCESS});
        ++found->retains;
        *context = found->handle;
        return CUDA_SUCCESS;
    });
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
    return run_call(
        {.name = "cuDevicePrimaryCtxRelease_v2", .needs = Needs::initialisation, .releases = true}, [&](Driver &d) {
            if (!d.is_device(device))
                return CUDA_ERROR_INVALID_DEVICE;
            const auto found = std::find_if(d.contexts.begin(), d.contexts.end(),
                                            [&](const Context &candidate) { return candidate.device == device; });
            if (found == d.contexts.end())
                return CUDA_ERROR_INVALID_CONTEXT;
            if (--found->retains == 0)
                d.release(*found);
            return CUDA_SUCCESS;
        });
}

CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned *flags, int *active) {
    return run_call({"cuDevicePrimaryCtxGetState", Needs::initialisation}, [&](Driver &d) {
        if (flags == nullptr || active == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        if (!d.is_device(device))
            return CUDA_ERROR_INVALID_DEVICE;
        *flags = 0;
        *active = std::any_of(d.contexts.begin(), d.contexts.end(),
                              [&](const Context &candidate) { return candidate.device == device; })
                      ? 1
                      : 0;
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxPushCurrent_v2(CUcontext context) {
    return run_call({"cuCtxPushCurrent_v2", Needs::initialisation}, [&](Driver &d) {
        if (d.find(context) == nullptr)
            return CUDA_ERROR_INVALID_CONTEXT;
        context_stack().push_back(context);
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxPopCurrent_v2(CUcontext *context) {
    return run_call({.name = "cuCtxPopCurrent_v2", .needs = Needs::initialisation, .releases = true},
                    [&](Driver &) {
                        if (context_stack().empty())
                            return CUDA_ERROR_INVALID_CONTEXT;
                        if (context != nullptr)
                            *context = context_stack().back();
                        context_stack().pop_back();
                        return CUDA_SUCCESS;
                    });
}

CUresult cuCtxGetCurrent(CUcontext *context) {
    return run_call({"cuCtxGetCurrent", Needs::initialisation}, [&](Driver &) {
        if (context == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        *context = context_stack().empty() ? nullptr : context_stack().back();
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxSetCurrent(CUcontext context) {
    return run_call({"cuCtxSetCurrent", Needs::initialisation}, [&](Driver &d) {
        if (context != nullptr && d.find(context) == nullptr)
            return CUDA_ERROR_INVALID_CONTEXT;
        if (!context_stack().empty())
            context_stack().pop_back();
        if (context != nullptr)
            context_stack().push_back(context);
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxGetDevice(CUdevice *device) {
    return run_call({"cuCtxGetDevice"}, [&](Driver &d) {
        if (device == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        *device = d.current()->device;
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxSynchronize() {
    return run_call({"cuCtxSynchronize"}, [&](Driver &d) {
        ++d.counters.synchronisations;
        return CUDA_SUCCESS;
    });
}

}  // extern "C"

}  // namespace ingot::fake_cuda
