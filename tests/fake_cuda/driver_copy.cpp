// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Copies and fills. Host memory is memory of no allocation.
#include <cstring>

#include "tests/fake_cuda/driver_state.h"

namespace ingot::fake_cuda {
namespace {

bool is_host(const Driver &d, const void *pointer) {
    return pointer != nullptr && d.memory.extent_of(reinterpret_cast<uint64_t>(pointer)).end == 0;
}

CUresult to_device(const Call &call, CUdeviceptr dst, const void *src, size_t bytes) {
    return run_call(call, [&](Driver &d) {
        if (call.has_stream && !d.is_stream(call.stream))
            return CUDA_ERROR_INVALID_HANDLE;
        if (bytes == 0)
            return CUDA_SUCCESS;
        if (!d.memory.holds(dst, bytes) || !is_host(d, src))
            return CUDA_ERROR_INVALID_VALUE;
        ++d.counters.host_copies;
        d.counters.synchronisations += call.has_stream ? 0 : 1;
        std::memcpy(reinterpret_cast<void *>(dst), src, bytes);
        return CUDA_SUCCESS;
    });
}

CUresult to_host(const Call &call, void *dst, CUdeviceptr src, size_t bytes) {
    return run_call(call, [&](Driver &d) {
        if (call.has_stream && !d.is_stream(call.stream))
            return CUDA_ERROR_INVALID_HANDLE;
        if (bytes == 0)
            return CUDA_SUCCESS;
        if (!d.memory.holds(src, bytes) || !is_host(d, dst))
            return CUDA_ERROR_INVALID_VALUE;
        ++d.counters.host_copies;
        d.counters.synchronisations += call.has_stream ? 0 : 1;
        std::memcpy(dst, reinterpret_cast<const void *>(src), bytes);
        return CUDA_SUCCESS;
    });
}

CUresult fill(const Call &call, CUdeviceptr dst, uint32_t value, size_t element, size_t count) {
    return run_call(call, [&](Driver &d) {
        if (!d.is_stream(call.stream))
            return CUDA_ERROR_INVALID_HANDLE;
        if (count == 0)
            return CUDA_SUCCESS;
        if (count > d.memory.bytes() || !d.memory.holds(dst, element * count) || dst % element != 0)
            return CUDA_ERROR_INVALID_VALUE;
        auto *bytes = reinterpret_cast<std::byte *>(dst);
        for (size_t k = 0; k < count; ++k)
            std::memcpy(bytes + k * element, &value, element);
        return CUDA_SUCCESS;
    });
}

}  // namespace

extern "C" {

CUresult cuMemcpyHtoD_v2(CUdeviceptr dst, const void *src, size_t bytes) {
    return to_device({"cuMemcpyHtoD_v2"}, dst, src, bytes);
}

CUresult cuMemcpyDtoH_v2(void *dst, CUdeviceptr src, size_t bytes) {
    return to_host({"cuMemcpyDtoH_v2"}, dst, src, bytes);
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr dst, const void *src, size_t bytes, CUstream stream) {
    return to_device({"cuMemcpyHtoDAsync_v2", Needs::context, stream, true}, dst, src, bytes);
}

CUresult cuMemcpyDtoHAsync_v2(void *dst, CUdeviceptr src, size_t bytes, CUstream stream) {
    return to_host({"cuMemcpyDtoHAsync_v2", Needs::context, stream, true}, dst, src, bytes);
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr dst, CUdeviceptr src, size_t bytes, CUstream stream) {
    return run_call({"cuMemcpyDtoDAsync_v2", Needs::context, stream, true}, [&](Driver &d) {
        if (!d.is_stream(stream))
            return CUDA_ERROR_INVALID_HANDLE;
        if (bytes == 0)
            return CUDA_SUCCESS;
        if (!d.memory.holds(src, bytes) || !d.memory.holds(dst, bytes))
            return CUDA_ERROR_INVALID_VALUE;
        std::memmove(reinterpret_cast<void *>(dst), reinterpret_cast<const void *>(src), bytes);
        return CUDA_SUCCESS;
    });
}

CUresult cuMemsetD8Async(CUdeviceptr dst, unsigned char value, size_t bytes, CUstream stream) {
    return fill({"cuMemsetD8Async", Needs::context, stream, true}, dst, value, 1, bytes);
}

CUresult cuMemsetD32Async(CUdeviceptr dst, unsigned value, size_t words, CUstream stream) {
    return fill({"cuMemsetD32Async", Needs::context, stream, true}, dst, value, 4, words);
}

}  // extern "C"

}  // namespace ingot::fake_cuda
