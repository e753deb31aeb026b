// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sessions of the hand-made CUDA models on the driver of tests/fake_cuda, which the test is linked with.
#pragma once
#include "tests/fake_cuda/cuda_api.h"
#include "tests/fake_cuda/fake_cuda.h"
#include "tests/runtime_cuda_model.h"
#include "tests/runtime_session.h"
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace ingot {

inline fake_cuda_counters count_driver() {
    fake_cuda_counters counters = {};
    fake_cuda_count(&counters);
    return counters;
}

/// The context that is current in this thread.
inline fake_cuda::CUcontext current_context() {
    fake_cuda::CUcontext context = nullptr;
    EXPECT_EQ(fake_cuda::cuInit(0), fake_cuda::CUDA_SUCCESS);
    EXPECT_EQ(fake_cuda::cuCtxGetCurrent(&context), fake_cuda::CUDA_SUCCESS);
    return context;
}

/// A driver as reset leaves it, which at the end holds nothing any more.
class CudaTest : public testing::Test {
protected:
    void SetUp() override { fake_cuda_reset(); }
    void TearDown() override { expect_nothing_left(); }

    static void expect_nothing_left() {
        const fake_cuda_counters counters = count_driver();
        EXPECT_EQ(counters.live_allocations, 0U);
        EXPECT_EQ(counters.live_modules, 0U);
        EXPECT_EQ(counters.live_graphs, 0U);
        EXPECT_EQ(counters.live_execs, 0U);
        EXPECT_EQ(counters.live_streams, 0U);
        EXPECT_EQ(counters.retains, 0U);
        EXPECT_EQ(counters.dropped_objects, 0U);
    }
};

/// An app that works in the primary context, which is current while it lives.
class CudaApp {
public:
    explicit CudaApp(int device = 0) : device_(device) {
        EXPECT_EQ(fake_cuda::cuInit(0), fake_cuda::CUDA_SUCCESS);
        EXPECT_EQ(fake_cuda::cuDevicePrimaryCtxRetain(&context_, device_), fake_cuda::CUDA_SUCCESS);
        EXPECT_EQ(fake_cuda::cuCtxPushCurrent_v2(context_), fake_cuda::CUDA_SUCCESS);
    }
    ~CudaApp() {
        fake_cuda::CUcontext popped = nullptr;
        fake_cuda::cuCtxPopCurrent_v2(&popped);
        EXPECT_EQ(popped, context_);
        fake_cuda::cuDevicePrimaryCtxRelease_v2(device_);
    }
    CudaApp(const CudaApp &) = delete;
    CudaApp &operator=(const CudaApp &) = delete;
    [[nodiscard]] fake_cuda::CUcontext context() const { return context_; }

private:
    int device_;
    fake_cuda::CUcontext context_ = nullptr;
};

/// Floats in the memory of the device whose context is current.
class DeviceFloats {
public:
    explicit DeviceFloats(const std::vector<float> &values) : size_(values.size()) {
        EXPECT_EQ(fake_cuda::cuMemAlloc_v2(&address_, bytes()), fake_cuda::CUDA_SUCCESS);
        EXPECT_EQ(fake_cuda::cuMemcpyHtoD_v2(address_, values.data(), bytes()), fake_cuda::CUDA_SUCCESS);
    }
    explicit DeviceFloats(size_t size) : DeviceFloats(std::vector<float>(size, -1)) {}
    ~DeviceFloats() { fake_cuda::cuMemFree_v2(address_); }
    DeviceFloats(const DeviceFloats &) = delete;
    DeviceFloats &operator=(const DeviceFloats &) = delete;
    [[nodiscard]] float *data() const { return reinterpret_cast<float *>(address_); }
    [[nodiscard]] std::vector<float> read() const {
        std::vector<float> values(size_);
        EXPECT_EQ(fake_cuda::cuMemcpyDtoH_v2(values.data(), address_, bytes()), fake_cuda::CUDA_SUCCESS);
        return values;
    }

private:
    [[nodiscard]] size_t bytes() const { return size_ * sizeof(float); }

    size_t size_;
    fake_cuda::CUdeviceptr address_ = 0;
};

inline ingot_options cuda_options(ingot_memory memory = INGOT_MEMORY_HOST) {
    ingot_options options = INGOT_OPTIONS_INIT;
    options.device = INGOT_DEVICE_CUDA;
    options.memory = memory;
    return options;
}

inline SessionHandle create_on_cuda(const ingot_model &model, ingot_memory memory = INGOT_MEMORY_HOST) {
    const ingot_options options = cuda_options(memory);
    return create(model, &options);
}

inline ingot_status run_on_device(ingot_session *session, const float *images, float *scores, size_t n) {
    const void *const inputs[] = {images};
    void *const outputs[] = {scores};
    return ingot_session_run(session, inputs, outputs, n);
}

inline std::vector<float> make_scale_images(size_t n, int first = 1) {
    static_assert(ScaleModel::size == BoxModel::size);
    return make_images(n, first);
}

inline void expect_right_host_run(ingot_session *session, const ScaleModel &scale, size_t n, int first = 1) {
    const std::vector<float> images = make_scale_images(n, first);
    std::vector<float> scores(images.size(), -1);
    EXPECT_EQ(run(session, images, scores), INGOT_OK) << ingot_session_detail(session);
    EXPECT_EQ(scores, scale.expected(images));
}

/// Needs a CudaApp.
inline void expect_right_device_run(ingot_session *session, const ScaleModel &scale, size_t n, int first = 1) {
    const std::vector<float> images = make_scale_images(n, first);
    const DeviceFloats on_device(images);
    const DeviceFloats scores(images.size());
    EXPECT_EQ(run_on_device(session, on_device.data(), scores.data(), n), INGOT_OK)
        << ingot_session_detail(session);
    EXPECT_EQ(scores.read(), scale.expected(images));
}

/// The names of the kernels that ran since fake_cuda_mark.
inline std::string kernels_run() {
    std::string names;
    for (size_t i = 0; i < fake_cuda_call_count(); ++i) {
        const std::string name = fake_cuda_call_at(i).name;
        if (name.rfind("kernel ", 0) == 0) {
            names += (names.empty() ? "" : " ") + name.substr(7);
        }
    }
    return names;
}

}  // namespace ingot
