// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fake_cuda/driver_memory.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <sstream>

#include "tests/fake_cuda/driver_state.h"

namespace ingot::fake_cuda {
namespace {

constexpr uint64_t guard = 4096;
constexpr uint64_t kept_bytes = uint64_t(64) << 20;  ///< of freed memory
constexpr size_t kept_blocks = 4096;

std::string text_of(uint64_t begin, uint64_t bytes) {
    std::ostringstream text;
    text << "0x" << std::hex << begin << std::dec << ", " << bytes << " bytes";
    return text.str();
}

}  // namespace

uint64_t DeviceMemory::add(size_t bytes) {
    const size_t whole = bytes + 2 * guard + alignment;
    Block block;
    block.memory.reset(new std::byte[whole]);
    block.bytes = bytes;
    std::memset(block.memory.get(), 0xff, whole);
    const auto first = reinterpret_cast<uint64_t>(block.memory.get()) + guard;
    block.begin = (first + alignment - 1) / alignment * alignment;
    // Pages of zeros that nobody touches take no memory.
    block.uses.reset(static_cast<ptx::WordUse *>(std::calloc(bytes / 4 + 1, sizeof(ptx::WordUse))));
    if (block.uses == nullptr)
        throw std::bad_alloc();
    bytes_ += bytes;
    const uint64_t begin = block.begin;
    live_[begin] = std::move(block);
    return begin;
}

bool DeviceMemory::remove(uint64_t address) {
    const auto found = live_.find(address);
    if (found == live_.end())
        return false;
    bytes_ -= found->second.bytes;
    freed_bytes_ += found->second.bytes;
    found->second.uses.reset();
    freed_.push_back(std::move(found->second));
    live_.erase(found);
    while (freed_bytes_ > kept_bytes || freed_.size() > kept_blocks)
        forget_the_oldest();
    return true;
}

void DeviceMemory::forget_the_oldest() {
    freed_bytes_ -= freed_.front().bytes;
    freed_.pop_front();
}

void DeviceMemory::clear() {
    live_.clear();
    freed_.clear();
    bytes_ = freed_bytes_ = 0;
}

ptx::Extent DeviceMemory::extent_of(uint64_t address) const {
    auto found = live_.upper_bound(address);
    if (found == live_.begin())
        return {};
    --found;
    const Block &block = found->second;
    if (address - block.begin >= block.bytes)
        return {};
    return {block.begin, block.begin + block.bytes, block.uses.get()};
}

bool DeviceMemory::holds(uint64_t address, size_t bytes) const {
    const ptx::Extent extent = extent_of(address);
    return address < extent.end && bytes <= extent.end - address;
}

std::string DeviceMemory::describe(uint64_t address) const {
    const auto is_inside = [&](const Block &block) { return address - block.begin < block.bytes; };
    const auto freed = std::find_if(freed_.begin(), freed_.end(), is_inside);
    if (freed != freed_.end())
        return "inside the freed allocation " + text_of(freed->begin, freed->bytes);
    for (const auto &[begin, block] : live_) {
        if (is_inside(block))
            return std::to_string(address - begin) + " bytes into the allocation " + text_of(begin, block.bytes);
        if (address >= begin && address - begin - block.bytes < guard)
            return std::to_string(address - begin - block.bytes) + " bytes after the end of the allocation " +
                   text_of(begin, block.bytes);
        if (begin - address <= guard)
            return std::to_string(begin - address) + " bytes before the allocation " + text_of(begin, block.bytes);
    }
    return "no device memory";
}

std::byte *DeviceMemory::allocate(size_t bytes) {
    return reinterpret_cast<std::byte *>(add(bytes));
}

extern "C" {

CUresult cuMemAlloc_v2(CUdeviceptr *pointer, size_t bytes) {
    return run_call({"cuMemAlloc_v2"}, [&](Driver &d) {
        if (pointer == nullptr || bytes == 0)
            return CUDA_ERROR_INVALID_VALUE;
        if (bytes > d.settings.memory - std::min(d.settings.memory, d.memory.bytes()))
            return CUDA_ERROR_OUT_OF_MEMORY;
        try {
            *pointer = d.memory.add(bytes);
        } catch (const std::bad_alloc &) {
            return CUDA_ERROR_OUT_OF_MEMORY;
        }
        ++d.counters.allocations;
        d.counters.peak_bytes = std::max(d.counters.peak_bytes, d.memory.bytes());
        return CUDA_SUCCESS;
    });
}

CUresult cuMemFree_v2(CUdeviceptr pointer) {
    return run_call({.name = "cuMemFree_v2", .releases = true}, [&](Driver &d) {
        return pointer == 0 || d.memory.remove(pointer) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
    });
}

CUresult cuMemGetInfo_v2(size_t *free, size_t *total) {
    return run_call({"cuMemGetInfo_v2"}, [&](Driver &d) {
        if (free == nullptr || total == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        *total = d.settings.memory;
        *free = d.settings.memory - std::min(d.settings.memory, d.memory.bytes());
        return CUDA_SUCCESS;
    });
}

CUresult cuPointerGetAttribute(void *data, CUpointer_attribute attribute, CUdeviceptr pointer) {
    return run_call({"cuPointerGetAttribute"}, [&](Driver &d) {
        const ptx::Extent extent = d.memory.extent_of(pointer);
        if (data == nullptr || extent.end == 0)
            return CUDA_ERROR_INVALID_VALUE;
        const auto put = [&](const auto &value) {
            std::memcpy(data, &value, sizeof value);
            return CUDA_SUCCESS;
        };
        switch (attribute) {
        case CU_POINTER_ATTRIBUTE_CONTEXT:
            return put(d.current()->handle);
        case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
            return put(CU_MEMORYTYPE_DEVICE);
        case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
            return put(pointer);
        case CU_POINTER_ATTRIBUTE_IS_MANAGED:
            return put(0U);
        case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
            return put(d.current()->device);
        case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
            return put(CUdeviceptr(extent.begin));
        case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
            return put(size_t(extent.end - extent.begin));
        default:
            return CUDA_ERROR_INVALID_VALUE;
        }
    });
}

}  // extern "C"

}  // namespace ingot::fake_cuda
