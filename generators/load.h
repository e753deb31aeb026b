// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "generators/emit.h"
#include <vector>

struct ingot_cuda_kernel;  // ingot/plan.h

namespace ingot {

/// A kernel in this process; see EmittedKernel for its arguments.
using KernelFunction = int (*)(void **argv);

/// Kernels emitted in a batch, linked with the runtime into a shared object and opened: how tests and
/// benchmark run what ships. The functions live as long as this object. In a process with AddressSanitizer, kernels
/// of the shipped form run in the sanitized one.
class LoadedKernels {
public:
    /// Throws Error as emit does.
    explicit LoadedKernels(const std::vector<KernelRequest> &requests, const EmitOptions &options = {});
    ~LoadedKernels();
    LoadedKernels(const LoadedKernels &) = delete;
    LoadedKernels &operator=(const LoadedKernels &) = delete;

    [[nodiscard]] std::size_t size() const { return kernels_.size(); }
    [[nodiscard]] const EmittedKernel &info(std::size_t i) const { return kernels_[i]; }
    /// Of a kernel for the CPU.
    [[nodiscard]] KernelFunction function(std::size_t i) const {
        return reinterpret_cast<KernelFunction>(addresses_[i]);
    }
    /// Of a CUDA kernel.
    [[nodiscard]] const ingot_cuda_kernel &cuda_kernel(std::size_t i) const {
        return *static_cast<const ingot_cuda_kernel *>(addresses_[i]);
    }
    /// What the last failing kernel in the checked form reported; empty before, and without such kernels.
    [[nodiscard]] std::string last_error() const;

private:
    std::vector<EmittedKernel> kernels_;
    std::vector<void *> addresses_;  ///< functions, or constants of CUDA kernels
    void *library_ = nullptr;
};

}  // namespace ingot
