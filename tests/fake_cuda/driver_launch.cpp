// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Launches of kernels, by themselves and from graphs.
#include <algorithm>
#include <cstring>

#include "tests/fake_cuda/driver_state.h"

namespace ingot::fake_cuda {
namespace {

CUresult result_of(ptx::Fault fault) {
    switch (fault) {
    case ptx::Fault::illegal_address:
        return CUDA_ERROR_ILLEGAL_ADDRESS;
    case ptx::Fault::misaligned:
        return CUDA_ERROR_MISALIGNED_ADDRESS;
    case ptx::Fault::timeout:
        return CUDA_ERROR_LAUNCH_TIMEOUT;
    default:
        return CUDA_ERROR_LAUNCH_FAILED;
    }
}

bool is_possible(const ptx::Dim3 &grid, const ptx::Dim3 &block, uint32_t max_threads) {
    const auto has_zero = [](const ptx::Dim3 &size) { return size.x == 0 || size.y == 0 || size.z == 0; };
    return !has_zero(grid) && !has_zero(block) && grid.x <= INT32_MAX && grid.y <= 65535 && grid.z <= 65535 &&
           block.x <= 1024 && block.y <= 1024 && block.z <= 64 && block.x * block.y * block.z <= max_threads;
}

}  // namespace

CUresult make_node(Driver &d, const CUDA_KERNEL_NODE_PARAMS &params, KernelNode &node) {
    const std::shared_ptr<Function> function = d.functions.find(params.func);
    if (function == nullptr)
        return CUDA_ERROR_INVALID_HANDLE;
    const ptx::Kernel &kernel = *function->kernel;
    node.function = params.func;
    node.grid = {params.gridDimX, params.gridDimY, params.gridDimZ};
    node.block = {params.blockDimX, params.blockDimY, params.blockDimZ};
    node.shared_bytes = params.sharedMemBytes;
    if (!is_possible(node.grid, node.block, kernel.max_threads) || node.shared_bytes > function->max_dynamic_shared)
        return CUDA_ERROR_INVALID_VALUE;
    if (params.extra != nullptr)
        return CUDA_ERROR_NOT_SUPPORTED;
    if (!kernel.params.empty() && params.kernelParams == nullptr)
        return CUDA_ERROR_INVALID_VALUE;
    node.params.assign(kernel.param_bytes, std::byte{0});
    for (size_t k = 0; k < kernel.params.size(); ++k) {
        if (params.kernelParams[k] == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        std::memcpy(node.params.data() + kernel.params[k].offset, params.kernelParams[k], kernel.params[k].bytes);
    }
    return CUDA_SUCCESS;
}

CUresult launch(Driver &d, const KernelNode &node) {
    const auto fails = [&](CUresult result, const std::string &what) {
        d.error_text = what;
        d.current()->sticky = result;
        return d.settings.late_errors ? CUDA_SUCCESS : result;
    };
    const std::shared_ptr<Function> function = d.functions.find(node.function);
    if (function == nullptr)
        return fails(CUDA_ERROR_LAUNCH_FAILED, "the graph launches a function whose module has been unloaded");
    ptx::Launch launch;
    launch.module = function->owner->code.get();
    launch.kernel = function->kernel;
    launch.grid = node.grid;
    launch.block = node.block;
    launch.dynamic_shared_bytes = node.shared_bytes;
    launch.params = node.params;
    launch.memory = &d.memory;
    launch.instruction_budget = d.settings.instruction_budget;
    ++d.counters.launches;
    d.kernel_names.push_back("kernel " + function->kernel->name);
    try {
        d.counters.instructions += ptx::run(launch);
    } catch (const ptx::Error &error) {
        d.log.push_back({d.kernel_names.back().c_str(), nullptr, result_of(error.fault)});
        return fails(result_of(error.fault), error.what());
    }
    d.log.push_back({d.kernel_names.back().c_str(), nullptr, CUDA_SUCCESS});
    return CUDA_SUCCESS;
}

extern "C" {

CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                        unsigned block_y, unsigned block_z, unsigned shared_bytes, CUstream stream, void **params,
                        void **extra) {
    return run_call({"cuLaunchKernel", Needs::context, stream, true}, [&](Driver &d) {
        if (!d.is_stream(stream))
            return CUDA_ERROR_INVALID_HANDLE;
        KernelNode node;
        const CUresult result = make_node(
            d, {function, grid_x, grid_y, grid_z, block_x, block_y, block_z, shared_bytes, params, extra}, node);
        return result == CUDA_SUCCESS ? launch(d, node) : result;
    });
}

}  // extern "C"

}  // namespace ingot::fake_cuda
