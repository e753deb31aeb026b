// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cuda_driver.h"
#include <cstdio>
#include <dlfcn.h>
#include <ingot/runtime.h>
#include <pthread.h>

namespace ingot {
namespace {

// The runtime's only variables: written once, under the guard of pthread_once.
Driver driver;
pthread_once_t driver_once = PTHREAD_ONCE_INIT;
char driver_reason[INGOT_DETAIL_BYTES];

DriverSymbol *const required[] = {&driver.init,
                                  &driver.get_error_name,
                                  &driver.device_get_count,
                                  &driver.device_get,
                                  &driver.device_get_attribute,
                                  &driver.primary_context_retain,
                                  &driver.primary_context_release,
                                  &driver.context_push,
                                  &driver.context_pop,
                                  &driver.context_synchronize,
                                  &driver.module_load,
                                  &driver.module_unload,
                                  &driver.module_get_function,
                                  &driver.function_set_attribute,
                                  &driver.memory_allocate,
                                  &driver.memory_free,
                                  &driver.copy_to_device,
                                  &driver.copy_to_host,
                                  &driver.pointer_get_attribute,
                                  &driver.stream_synchronize,
                                  &driver.graph_create,
                                  &driver.graph_destroy,
                                  &driver.graph_add_kernel_node,
                                  &driver.graph_instantiate,
                                  &driver.graph_set_kernel_node,
                                  &driver.graph_upload,
                                  &driver.graph_launch,
                                  &driver.graph_exec_destroy};

void load_driver() {
    void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        const char *error = dlerror();
        std::snprintf(driver_reason, sizeof(driver_reason), "%s", error != nullptr ? error : "libcuda.so.1");
        library = dlopen("libcuda.so", RTLD_NOW | RTLD_LOCAL);
    }
    if (library == nullptr) {
        return;
    }
    driver_reason[0] = '\0';
    for (DriverSymbol *symbol : required) {
        symbol->address = dlsym(library, symbol->name);
        if (symbol->address == nullptr) {
            std::snprintf(driver_reason, sizeof(driver_reason),
                          "libcuda.so.1 has no %s; install a driver of CUDA 11.4 or later", symbol->name);
            return;
        }
    }
    driver.function_load.address = dlsym(library, driver.function_load.name);
}

}  // namespace

const Driver *find_driver(const char **reason) {
    pthread_once(&driver_once, load_driver);
    *reason = driver_reason;
    return driver_reason[0] == '\0' ? &driver : nullptr;
}

bool is_sticky(CUresult error) {
    switch (error) {
    case 3:    // CUDA_ERROR_NOT_INITIALIZED
    case 4:    // CUDA_ERROR_DEINITIALIZED
    case 46:   // CUDA_ERROR_DEVICE_UNAVAILABLE
    case 201:  // CUDA_ERROR_INVALID_CONTEXT
    case 214:  // CUDA_ERROR_ECC_UNCORRECTABLE
    case 220:  // CUDA_ERROR_NVLINK_UNCORRECTABLE
    case 226:  // CUDA_ERROR_CONTAINED
    case 700:  // CUDA_ERROR_ILLEGAL_ADDRESS
    case 702:  // CUDA_ERROR_LAUNCH_TIMEOUT
    case 709:  // CUDA_ERROR_CONTEXT_IS_DESTROYED
    case 710:  // CUDA_ERROR_ASSERT
    case 714:  // CUDA_ERROR_HARDWARE_STACK_ERROR
    case 715:  // CUDA_ERROR_ILLEGAL_INSTRUCTION
    case 716:  // CUDA_ERROR_MISALIGNED_ADDRESS
    case 717:  // CUDA_ERROR_INVALID_ADDRESS_SPACE
    case 718:  // CUDA_ERROR_INVALID_PC
    case 719:  // CUDA_ERROR_LAUNCH_FAILED
    case 999:  // CUDA_ERROR_UNKNOWN
        return true;
    default:
        return false;
    }
}

}  // namespace ingot
