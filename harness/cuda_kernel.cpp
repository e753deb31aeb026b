// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/cuda_kernel.h"
#include "spec/error.h"
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace ingot {

namespace {

constexpr std::size_t alignment = 64;

ingot_port port(const char *name, const KernelBuffer &buffer, int64_t images) {
    const auto bytes = static_cast<uint64_t>(buffer.elements / images) * sizeof(float);
    return {name, bytes, alignof(float)};
}

ingot_cuda_operand operand(ingot_region region, const KernelBuffer &buffer, std::size_t start) {
    const std::size_t offset = start + static_cast<std::size_t>(buffer.origin) * sizeof(float);
    return {region, 0, offset, alignof(float)};
}

}  // namespace

CudaKernel::CudaKernel(const KernelSpec &spec, const ingot_cuda_kernel &kernel,
                       std::span<const std::span<float>> operands) {
    const std::vector<KernelBuffer> buffers = kernel_buffers(spec);
    INGOT_CHECK(buffers.size() == operands.size(), "an operand per buffer");
    src_ = port("src", buffers.front(), spec.n);
    dst_ = port("dst", buffers.back(), spec.n);
    std::vector<std::size_t> starts(buffers.size(), 0);
    std::size_t bytes = 0;
    for (std::size_t i = 1; i + 1 < buffers.size(); ++i) {
        starts[i] = bytes;
        bytes += static_cast<std::size_t>(round_up(static_cast<int64_t>(operands[i].size_bytes()), alignment));
    }
    weights_.resize(bytes);
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        const bool is_src = i == 0, is_dst = i + 1 == buffers.size();
        operands_.push_back(operand(is_src   ? INGOT_IN_INPUT
                                    : is_dst ? INGOT_IN_OUTPUT
                                             : INGOT_IN_WEIGHTS,
                                    buffers[i], starts[i]));
        if (!is_src && !is_dst) {
            std::memcpy(weights_.data() + starts[i], operands[i].data(), operands[i].size_bytes());
        }
    }
    step_ = {&kernel, "kernel", operands_.data(), static_cast<uint32_t>(operands_.size()), 1};
    plan_ = {
        "cuda", kernel.sm, kernel.compute, 1, &step_, 1, kernel.argument_count, 0, static_cast<uint64_t>(spec.n)};
    model_.abi_version = INGOT_ABI_VERSION;
    model_.struct_size = sizeof(ingot_model);
    model_.name = "kernel";
    model_.build_hash = "";
    model_.inputs = &src_;
    model_.outputs = &dst_;
    model_.input_count = model_.output_count = 1;
    model_.weights = weights_.data();
    model_.weights_bytes = weights_.size();
    model_.cuda_plans = &plan_;
    model_.cuda_plan_count = 1;
    model_.cuda = &ingot_cuda;
}

CudaKernel::~CudaKernel() {
    ingot_session_destroy(session_);
}

std::optional<std::string> CudaKernel::failure(ingot_status status) const {
    if (status == INGOT_OK) {
        return std::nullopt;
    }
    return std::string(ingot_status_message(status)) + ": " + ingot_session_detail(session_);
}

std::optional<std::string> CudaKernel::open(ingot_memory memory) {
    std::array<char, 512> detail{};
    ingot_options options = INGOT_OPTIONS_INIT;
    options.device = INGOT_DEVICE_CUDA;
    options.memory = memory;
    options.detail = detail.data();
    options.detail_bytes = detail.size();
    const ingot_status status = ingot_session_create(&model_, &options, &session_);
    if (status == INGOT_OK) {
        return std::nullopt;
    }
    return std::string(ingot_status_message(status)) + ": " + detail.data();
}

std::optional<std::string> CudaKernel::run(const float *src, float *dst, std::size_t n) {
    const void *const inputs[] = {src};
    void *const outputs[] = {dst};
    return failure(ingot_session_run(session_, inputs, outputs, n));
}

}  // namespace ingot
