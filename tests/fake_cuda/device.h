// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A device of the fake driver, as the tests of this folder use it: one context, one module at a time.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "tests/fake_cuda/cuda_api.h"
#include "tests/fake_cuda/fake_cuda.h"

namespace ingot::fake_cuda {

class Device {
public:
    Device() {
        fake_cuda_reset();
        EXPECT_EQ(cuInit(0), CUDA_SUCCESS);
        EXPECT_EQ(cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
        EXPECT_EQ(cuCtxPushCurrent_v2(context), CUDA_SUCCESS);
    }
    ~Device() { fake_cuda_reset(); }
    Device(const Device &) = delete;
    Device &operator=(const Device &) = delete;

    template<class T>
    CUdeviceptr upload(const std::vector<T> &values) {
        CUdeviceptr address = allocate(values.size() * sizeof(T));
        EXPECT_EQ(cuMemcpyHtoD_v2(address, values.data(), values.size() * sizeof(T)), CUDA_SUCCESS);
        return address;
    }

    CUdeviceptr allocate(size_t bytes) {
        CUdeviceptr address = 0;
        EXPECT_EQ(cuMemAlloc_v2(&address, bytes), CUDA_SUCCESS);
        return address;
    }

    template<class T>
    std::vector<T> download(CUdeviceptr address, size_t count) {
        std::vector<T> values(count);
        EXPECT_EQ(cuMemcpyDtoH_v2(values.data(), address, count * sizeof(T)), CUDA_SUCCESS);
        return values;
    }

    /// The kernel `name` of the PTX `text`.
    CUfunction load(const std::string &text, const char *name) {
        CUfunction function = nullptr;
        const CUresult result = cuModuleLoadData(&module, text.c_str());
        EXPECT_EQ(result, CUDA_SUCCESS) << fake_cuda_error_text();
        if (result == CUDA_SUCCESS) {
            EXPECT_EQ(cuModuleGetFunction(&function, module, name), CUDA_SUCCESS);
        }
        return function;
    }

    struct Size {
        unsigned x = 1;
        unsigned y = 1;
        unsigned z = 1;
    };

    /// Arguments must be of the types that the kernel declares.
    template<class... Args>
    CUresult launch(CUfunction function, Size grid, Size block, unsigned shared_bytes, Args... args) {
        void *params[] = {&args..., nullptr};
        return cuLaunchKernel(function, grid.x, grid.y, grid.z, block.x, block.y, block.z, shared_bytes, nullptr,
                              params, nullptr);
    }

    CUcontext context = nullptr;
    CUmodule module = nullptr;
};

inline std::string file_text(const std::string &name) {
    std::ifstream file(std::string(INGOT_SOURCE_DIR) + "/tests/fake_cuda/" + name);
    EXPECT_TRUE(file) << name;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// A module with one kernel `k`, whose parameters are pointers out, in and a 32-bit number; `body` finds the
/// pointers in %out and %in, the number in %n and the thread in %t. Registers: %r, %rd, %rs, %f, %fd, %p, 64 each.
inline std::string module_of(const std::string &body, const std::string &outside = "") {
    return ".version 7.1\n.target sm_86\n.address_size 64\n" + outside + R"(
.visible .entry k(.param .u64 .ptr .align 1 out, .param .u64 in, .param .u32 n)
{
    .reg .pred %p<64>;
    .reg .b16 %rs<64>;
    .reg .b32 %r<64>;
    .reg .f32 %f<64>;
    .reg .b64 %rd<64>;
    .reg .f64 %fd<64>;
    .reg .b64 %out;
    .reg .b64 %in;
    .reg .b32 %n;
    .reg .b32 %t;
    ld.param.b64 %out, [out];
    ld.param.b64 %in, [in];
    ld.param.b32 %n, [n];
    mov.u32 %t, %tid.x;
)" + body + "\n    ret;\n}\n";
}

}  // namespace ingot::fake_cuda
