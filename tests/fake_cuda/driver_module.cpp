// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Modules and functions.
#include <algorithm>
#include <cctype>
#include <cstring>

#include "tests/fake_cuda/driver_state.h"

namespace ingot::fake_cuda {
namespace {

constexpr uint32_t plain_shared = 49152;  ///< bytes of shared memory that a block has without opting in
constexpr uint32_t registers_of_a_thread = 32;

/// .global variables are allocations of the module.
struct ModuleMemory : ptx::GlobalAllocator {
    explicit ModuleMemory(DeviceMemory &of) : memory(of) {}
    std::byte *allocate(size_t bytes) override {
        address = memory.add(bytes);
        return reinterpret_cast<std::byte *>(address);
    }
    DeviceMemory &memory;
    CUdeviceptr address = 0;
};

/// The PTX that `image` is or stands for; null where it is neither.
const char *text_of(const Driver &d, const char *image, CUresult &result) {
    static constexpr unsigned char elf[] = {0x7f, 'E', 'L', 'F'};
    static constexpr unsigned char fat_binary[] = {0x50, 0xed, 0x55, 0xba};
    if (std::memcmp(image, elf, 4) == 0 || std::memcmp(image, fat_binary, 4) == 0) {
        result = CUDA_ERROR_NO_BINARY_FOR_GPU;
        return d.settings.binaries ? d.settings.binaries->c_str() : nullptr;
    }
    const auto first = static_cast<unsigned char>(image[std::strspn(image, " \t\r\n")]);
    result = CUDA_ERROR_INVALID_IMAGE;
    return first == '.' || first == '/' ? image : nullptr;
}

CUresult load(Driver &d, const char *text, CUmodule &module) {
    ModuleMemory memory(d.memory);
    const auto fails = [&](CUresult result, const std::string &what) {
        d.error_text = what;
        if (memory.address != 0)
            d.memory.remove(memory.address);
        return result;
    };
    try {
        auto loaded = std::make_shared<LoadedModule>();
        loaded->code = ptx::parse(text, memory);
        loaded->globals = memory.address;
        const int known = (d.settings.driver_version / 1000 - 4) * 10 + d.settings.driver_version % 1000 / 10;
        if (loaded->code->version > known)
            return fails(CUDA_ERROR_UNSUPPORTED_PTX_VERSION, "the driver knows PTX up to " +
                                                                 std::to_string(known / 10) + "." +
                                                                 std::to_string(known % 10));
        if (loaded->code->target > d.settings.major * 10 + d.settings.minor)
            return fails(CUDA_ERROR_INVALID_PTX, "the module is for sm_" + std::to_string(loaded->code->target) +
                                                     ", newer than the device");
        module = d.modules.add(loaded);
        return CUDA_SUCCESS;
    } catch (const ptx::Error &error) {
        return fails(CUDA_ERROR_INVALID_PTX, error.what());
    }
}

/// The compiler's log, where the caller has given a buffer for it.
void write_log(const std::string &text, unsigned options, const CUjit_option *names, void **values) {
    char *buffer = nullptr;
    size_t bytes = 0;
    for (unsigned k = 0; k < options; ++k) {
        if (names[k] == CU_JIT_ERROR_LOG_BUFFER)
            buffer = static_cast<char *>(values[k]);
        if (names[k] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES)
            bytes = reinterpret_cast<size_t>(values[k]);
    }
    if (buffer != nullptr && bytes != 0)
        std::snprintf(buffer, bytes, "%s", text.c_str());
}

CUresult load_image(const char *name, CUmodule *module, const void *image, unsigned options,
                    const CUjit_option *names, void **values) {
    return run_call({name}, [&](Driver &d) {
        if (module == nullptr || image == nullptr || (options != 0 && (names == nullptr || values == nullptr)))
            return CUDA_ERROR_INVALID_VALUE;
        CUresult result = CUDA_SUCCESS;
        const char *text = text_of(d, static_cast<const char *>(image), result);
        if (text == nullptr)
            return result;
        result = load(d, text, *module);
        write_log(result == CUDA_SUCCESS ? "" : d.error_text, options, names, values);
        return result;
    });
}

}  // namespace

extern "C" {

CUresult cuModuleLoadData(CUmodule *module, const void *image) {
    return load_image("cuModuleLoadData", module, image, 0, nullptr, nullptr);
}

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned options, CUjit_option *names,
                            void **values) {
    return load_image("cuModuleLoadDataEx", module, image, options, names, values);
}

CUresult cuModuleUnload(CUmodule module) {
    return run_call({.name = "cuModuleUnload", .releases = true}, [&](Driver &d) {
        const std::shared_ptr<LoadedModule> found = d.modules.find(module);
        if (found == nullptr)
            return CUDA_ERROR_INVALID_HANDLE;
        for (const CUfunction function : found->functions)
            d.functions.remove(function);
        if (found->globals != 0)
            d.memory.remove(found->globals);
        d.modules.remove(module);
        return CUDA_SUCCESS;
    });
}

CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
    return run_call({"cuModuleGetFunction"}, [&](Driver &d) {
        if (function == nullptr || name == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        const std::shared_ptr<LoadedModule> found = d.modules.find(module);
        if (found == nullptr)
            return CUDA_ERROR_INVALID_HANDLE;
        const auto kernel = found->code->kernels.find(name);
        if (kernel == found->code->kernels.end())
            return CUDA_ERROR_NOT_FOUND;
        for (const CUfunction known : found->functions)
            if (d.functions.find(known)->kernel == &kernel->second) {
                *function = known;
                return CUDA_SUCCESS;
            }
        const uint32_t left = plain_shared - std::min(plain_shared, kernel->second.shared_bytes);
        *function = d.functions.add(std::make_shared<Function>(Function{found, &kernel->second, left}));
        found->functions.push_back(*function);
        return CUDA_SUCCESS;
    });
}

CUresult cuFuncGetAttribute(int *value, CUfunction_attribute attribute, CUfunction function) {
    return run_call({"cuFuncGetAttribute"}, [&](Driver &d) {
        const std::shared_ptr<Function> found = d.functions.find(function);
        if (value == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        if (found == nullptr)
            return CUDA_ERROR_INVALID_HANDLE;
        const auto put = [&](uint64_t known) {
            *value = static_cast<int>(known);
            return CUDA_SUCCESS;
        };
        switch (attribute) {
        case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
            return put(found->kernel->max_threads);
        case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
            return put(found->kernel->shared_bytes);
        case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
            return put(found->owner->code->constant_bytes);
        case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
            return put(found->kernel->local_bytes);
        case CU_FUNC_ATTRIBUTE_NUM_REGS:
            return put(registers_of_a_thread);
        case CU_FUNC_ATTRIBUTE_PTX_VERSION:
            return put(static_cast<uint64_t>(found->owner->code->target));
        case CU_FUNC_ATTRIBUTE_BINARY_VERSION:
            return put(static_cast<uint64_t>(d.settings.major * 10 + d.settings.minor));
        case CU_FUNC_ATTRIBUTE_CACHE_MODE_CA:
            return put(0);
        case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
            return put(found->max_dynamic_shared);
        }
        return CUDA_ERROR_INVALID_VALUE;
    });
}

CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value) {
    return run_call({"cuFuncSetAttribute"}, [&](Driver &d) {
        const std::shared_ptr<Function> found = d.functions.find(function);
        if (found == nullptr)
            return CUDA_ERROR_INVALID_HANDLE;
        const int64_t most = int64_t(d.settings.shared_optin) - found->kernel->shared_bytes;
        if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES || value < 0 || value > most)
            return CUDA_ERROR_INVALID_VALUE;
        found->max_dynamic_shared = static_cast<uint32_t>(value);
        return CUDA_SUCCESS;
    });
}

CUresult cuFuncLoad(CUfunction function) {
    return run_call({"cuFuncLoad"}, [&](Driver &d) {
        return d.functions.find(function) == nullptr ? CUDA_ERROR_INVALID_HANDLE : CUDA_SUCCESS;
    });
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, CUfunction function, int threads,
                                                     size_t dynamic_shared_bytes) {
    return run_call({"cuOccupancyMaxActiveBlocksPerMultiprocessor"}, [&](Driver &d) {
        const std::shared_ptr<Function> found = d.functions.find(function);
        if (blocks == nullptr || threads <= 0)
            return CUDA_ERROR_INVALID_VALUE;
        if (found == nullptr)
            return CUDA_ERROR_INVALID_HANDLE;
        const size_t shared = found->kernel->shared_bytes + dynamic_shared_bytes + 1024;
        const size_t by_shared = (d.settings.shared_optin + 1024) / shared;
        *blocks = static_cast<int>(std::min({size_t(16), size_t(1536) / static_cast<size_t>(threads), by_shared}));
        return CUDA_SUCCESS;
    });
}

}  // extern "C"

}  // namespace ingot::fake_cuda
