// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "runtime/cuda_driver.h"
#include "spec/error.h"
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ingot::gpu_kit {

using CUevent = struct CUevent_st *;

/// There is no driver, or no device of compute capability 8.0 or newer: the kit ends with exit code 3.
class NoDevice : public Error {
public:
    using Error::Error;
};

struct DeviceInfo {
    std::string name, compute_capability, driver_version;
    int multiprocessors = 0, clock_khz = 0;
    std::size_t memory_bytes = 0;
};

/// The functions of the driver that the kit calls beside the runtime; all that fails throws Error with the driver's
/// name of it.
struct DriverCalls {
    DriverFunction<unsigned> init{{"cuInit"}};
    DriverFunction<CUresult, const char **> get_error_name{{"cuGetErrorName"}};
    DriverFunction<int *> get_version{{"cuDriverGetVersion"}};
    DriverFunction<int *> device_get_count{{"cuDeviceGetCount"}};
    DriverFunction<CUdevice *, int> device_get{{"cuDeviceGet"}};
    DriverFunction<char *, int, CUdevice> device_get_name{{"cuDeviceGetName"}};
    DriverFunction<int *, int, CUdevice> device_get_attribute{{"cuDeviceGetAttribute"}};
    DriverFunction<size_t *, CUdevice> device_total_memory{{"cuDeviceTotalMem_v2"}};
    DriverFunction<CUcontext *, CUdevice> primary_context_retain{{"cuDevicePrimaryCtxRetain"}};
    DriverFunction<CUdevice> primary_context_release{{"cuDevicePrimaryCtxRelease_v2"}};
    DriverFunction<CUcontext> context_set_current{{"cuCtxSetCurrent"}};
    DriverFunction<> context_synchronize{{"cuCtxSynchronize"}};
    DriverFunction<CUmodule *, const void *> module_load{{"cuModuleLoadData"}};
    DriverFunction<CUmodule> module_unload{{"cuModuleUnload"}};
    DriverFunction<CUfunction *, CUmodule, const char *> module_get_function{{"cuModuleGetFunction"}};
    DriverFunction<int *, CUfunction, int, size_t> active_blocks{{"cuOccupancyMaxActiveBlocksPerMultiprocessor"}};
    DriverFunction<CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUstream,
                   void **, void **>
        launch_kernel{{"cuLaunchKernel"}};
    DriverFunction<CUdeviceptr *, size_t> memory_allocate{{"cuMemAlloc_v2"}};
    DriverFunction<CUdeviceptr> memory_free{{"cuMemFree_v2"}};
    DriverFunction<size_t *, size_t *> memory_get_info{{"cuMemGetInfo_v2"}};
    DriverFunction<CUdeviceptr, const void *, size_t> copy_to_device{{"cuMemcpyHtoD_v2"}};
    DriverFunction<void *, CUdeviceptr, size_t> copy_to_host{{"cuMemcpyDtoH_v2"}};
    DriverFunction<CUdeviceptr, unsigned, size_t, CUstream> set_words{{"cuMemsetD32Async"}};
    DriverFunction<CUstream> stream_synchronize{{"cuStreamSynchronize"}};
    DriverFunction<CUevent *, unsigned> event_create{{"cuEventCreate"}};
    DriverFunction<CUevent> event_destroy{{"cuEventDestroy_v2"}};
    DriverFunction<CUevent, CUstream> event_record{{"cuEventRecord"}};
    DriverFunction<CUevent> event_synchronize{{"cuEventSynchronize"}};
    DriverFunction<float *, CUevent, CUevent> event_elapsed{{"cuEventElapsedTime"}};

    /// Looks them up. Throws NoDevice.
    DriverCalls();
    /// Calls and throws Error where that fails.
    template<typename... Parameters, typename... Arguments>
    void operator()(const DriverFunction<Parameters...> &function, Arguments... arguments) const {
        check(function.name, function(arguments...));
    }
    void check(const char *name, CUresult result) const;
};

/// Device 0 with its primary context current in this thread. One object at a time, as long as all that it made.
class Device {
public:
    /// Throws NoDevice.
    Device();
    ~Device();
    Device(const Device &) = delete;
    Device &operator=(const Device &) = delete;

    [[nodiscard]] const DriverCalls &calls() const { return calls_; }
    [[nodiscard]] DeviceInfo info() const;
    [[nodiscard]] std::size_t free_memory() const;
    /// True where a kernel has faulted: every later call of this process fails.
    [[nodiscard]] bool is_lost() const { return calls_.context_synchronize() != cuda_success; }
    void synchronize() const { calls_(calls_.context_synchronize); }

private:
    [[nodiscard]] int attribute(int number) const;
    [[nodiscard]] std::string compute_capability() const;
    DriverCalls calls_;
    CUdevice device_ = 0;
};

/// Memory of the device for floats.
class DeviceFloats {
public:
    DeviceFloats(const Device &device, std::size_t count);
    ~DeviceFloats();
    DeviceFloats(const DeviceFloats &) = delete;
    DeviceFloats &operator=(const DeviceFloats &) = delete;

    [[nodiscard]] float *data() const { return reinterpret_cast<float *>(address_); }
    [[nodiscard]] std::size_t size() const { return count_; }
    /// Of `count` floats from `first` on.
    void write(const float *from, std::size_t count, std::size_t first = 0) const;
    void read(float *to, std::size_t count, std::size_t first = 0) const;
    /// Fills it with the images in `from` again and again.
    void repeat(const std::vector<float> &from) const;
    /// NaN everywhere: what is not computed after it is seen.
    void poison() const;

private:
    const Device *device_;
    CUdeviceptr address_ = 0;
    std::size_t count_;
};

/// Time between two points of the legacy default stream.
class EventTimer {
public:
    explicit EventTimer(const Device &device);
    ~EventTimer();
    EventTimer(const EventTimer &) = delete;
    EventTimer &operator=(const EventTimer &) = delete;
    void start() const;
    /// Waits. Seconds since start(), above zero.
    [[nodiscard]] double stop() const;

private:
    const Device *device_;
    CUevent start_ = nullptr, stop_ = nullptr;
};

}  // namespace ingot::gpu_kit
