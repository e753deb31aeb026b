// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/gpu_kit/device.h"
#include <algorithm>
#include <array>
#include <dlfcn.h>

namespace ingot::gpu_kit {

namespace {

// CU_DEVICE_ATTRIBUTE_CLOCK_RATE, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT
constexpr int clock_rate_attribute = 13;
constexpr int multiprocessor_attribute = 16;
constexpr int oldest_major = 8;  // the kit's PTX is for compute_80
constexpr unsigned quiet_nan = 0x7fc00000;

}  // namespace

DriverCalls::DriverCalls() {
    void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        const char *error = dlerror();
        throw NoDevice("no NVIDIA driver: " + std::string(error != nullptr ? error : "libcuda.so.1"));
    }
    DriverSymbol *const all[] = {&init,
                                 &get_error_name,
                                 &get_version,
                                 &device_get_count,
                                 &device_get,
                                 &device_get_name,
                                 &device_get_attribute,
                                 &device_total_memory,
                                 &primary_context_retain,
                                 &primary_context_release,
                                 &context_set_current,
                                 &context_synchronize,
                                 &module_load,
                                 &module_unload,
                                 &module_get_function,
                                 &active_blocks,
                                 &launch_kernel,
                                 &memory_allocate,
                                 &memory_free,
                                 &memory_get_info,
                                 &copy_to_device,
                                 &copy_to_host,
                                 &set_words,
                                 &stream_synchronize,
                                 &event_create,
                                 &event_destroy,
                                 &event_record,
                                 &event_synchronize,
                                 &event_elapsed};
    for (DriverSymbol *symbol : all) {
        symbol->address = dlsym(library, symbol->name);
        if (symbol->address == nullptr) {
            throw NoDevice(std::string("the NVIDIA driver has no ") + symbol->name +
                           "; install one of CUDA 11.4 or later");
        }
    }
}

void DriverCalls::check(const char *name, CUresult result) const {
    if (result != cuda_success) {
        const char *text = nullptr;
        get_error_name(result, &text);
        throw Error(std::string(name) + ": " + (text != nullptr ? text : std::to_string(result)));
    }
}

Device::Device() {
    int count = 0;
    try {
        calls_(calls_.init, 0U);
        calls_(calls_.device_get_count, &count);
    } catch (const Error &error) {
        throw NoDevice(std::string("no CUDA device: ") + error.what());
    }
    if (count == 0) {
        throw NoDevice("no CUDA device");
    }
    CUcontext context = nullptr;
    calls_(calls_.device_get, &device_, 0);
    if (attribute(cu_device_attribute_compute_capability_major) < oldest_major) {
        throw NoDevice("no CUDA device of compute capability 8.0 or newer: device 0 has " + compute_capability());
    }
    calls_(calls_.primary_context_retain, &context, device_);
    calls_(calls_.context_set_current, context);
}

Device::~Device() {
    calls_.context_set_current(nullptr);
    calls_.primary_context_release(device_);
}

int Device::attribute(int number) const {
    int value = 0;
    calls_(calls_.device_get_attribute, &value, number, device_);
    return value;
}

std::string Device::compute_capability() const {
    return std::to_string(attribute(cu_device_attribute_compute_capability_major)) + "." +
           std::to_string(attribute(cu_device_attribute_compute_capability_minor));
}

DeviceInfo Device::info() const {
    DeviceInfo info;
    std::array<char, 256> name{};
    int version = 0;
    calls_(calls_.device_get_name, name.data(), static_cast<int>(name.size()), device_);
    calls_(calls_.get_version, &version);
    info.name = name.data();
    info.compute_capability = compute_capability();
    info.driver_version = std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
    info.multiprocessors = attribute(multiprocessor_attribute);
    info.clock_khz = attribute(clock_rate_attribute);
    calls_(calls_.device_total_memory, &info.memory_bytes, device_);
    return info;
}

std::size_t Device::free_memory() const {
    std::size_t free = 0, total = 0;
    calls_(calls_.memory_get_info, &free, &total);
    return free;
}

DeviceFloats::DeviceFloats(const Device &device, std::size_t count) : device_(&device), count_(count) {
    device.calls()(device.calls().memory_allocate, &address_, count * sizeof(float));
}

DeviceFloats::~DeviceFloats() {
    device_->calls().memory_free(address_);
}

void DeviceFloats::write(const float *from, std::size_t count, std::size_t first) const {
    INGOT_CHECK(first + count <= count_, "within the memory");
    device_->calls()(device_->calls().copy_to_device, address_ + first * sizeof(float),
                     static_cast<const void *>(from), count * sizeof(float));
}

void DeviceFloats::read(float *to, std::size_t count, std::size_t first) const {
    INGOT_CHECK(first + count <= count_, "within the memory");
    device_->calls()(device_->calls().copy_to_host, static_cast<void *>(to), address_ + first * sizeof(float),
                     count * sizeof(float));
}

void DeviceFloats::repeat(const std::vector<float> &from) const {
    // In pieces of some megabytes: a copy costs some microseconds, whatever its size.
    constexpr std::size_t piece_floats = std::size_t{1} << 22;
    std::vector<float> piece;
    do {
        piece.insert(piece.end(), from.begin(), from.end());
    } while (piece.size() < std::min(piece_floats, count_));
    for (std::size_t first = 0; first < count_; first += piece.size()) {
        write(piece.data(), std::min(piece.size(), count_ - first), first);
    }
}

void DeviceFloats::poison() const {
    device_->calls()(device_->calls().set_words, address_, quiet_nan, count_, CUstream{nullptr});
}

EventTimer::EventTimer(const Device &device) : device_(&device) {
    device.calls()(device.calls().event_create, &start_, 0U);
    device.calls()(device.calls().event_create, &stop_, 0U);
}

EventTimer::~EventTimer() {
    device_->calls().event_destroy(start_);
    device_->calls().event_destroy(stop_);
}

void EventTimer::start() const {
    device_->calls()(device_->calls().event_record, start_, CUstream{nullptr});
}

double EventTimer::stop() const {
    const DriverCalls &calls = device_->calls();
    float milliseconds = 0;
    calls(calls.event_record, stop_, CUstream{nullptr});
    calls(calls.event_synchronize, stop_);
    calls(calls.event_elapsed, &milliseconds, start_, stop_);
    // The clock of events ticks every half microsecond.
    return std::max(static_cast<double>(milliseconds) / 1e3, 5e-7);
}

}  // namespace ingot::gpu_kit
