// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/buffer_dims.h"
#include <cstddef>
#include <ingot/plan.h>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ingot {

/// One CUDA kernel as a model of one step: it runs through the runtime as a network's kernels do. An image of the
/// model is one of the kernel's.
class CudaKernel {
public:
    /// `operands` are the storages of kernel_buffers(spec), as KernelProblem has them; all but the first and the
    /// last, which are src and dst, become the model's weights. `kernel` must outlive this object.
    CudaKernel(const KernelSpec &spec, const ingot_cuda_kernel &kernel, std::span<const std::span<float>> operands);
    ~CudaKernel();
    CudaKernel(const CudaKernel &) = delete;
    CudaKernel &operator=(const CudaKernel &) = delete;

    /// Makes the session on a CUDA device. What went wrong, if anything did: a status and the runtime's detail.
    std::optional<std::string> open(ingot_memory memory = INGOT_MEMORY_HOST);
    /// Runs `n` images; pointers to the memory that open() was told.
    std::optional<std::string> run(const float *src, float *dst, std::size_t n);

private:
    [[nodiscard]] std::optional<std::string> failure(ingot_status status) const;

    ingot_port src_, dst_;
    std::vector<unsigned char> weights_;
    std::vector<ingot_cuda_operand> operands_;
    ingot_cuda_step step_{};
    ingot_cuda_plan plan_{};
    ingot_model model_{};
    ingot_session *session_ = nullptr;
};

}  // namespace ingot
