// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// runtime/cuda_driver.h against cuda.h: compiling it is the test.
#include "runtime/cuda_driver.h"
#include <cuda.h>
#include <type_traits>

namespace ingot {
namespace {

/// An integer or enumeration of the same size, or a pointer for a pointer.
template<typename Own, typename Theirs>
constexpr bool alike = sizeof(Own) == sizeof(Theirs) && std::is_pointer_v<Own> == std::is_pointer_v<Theirs>;

template<typename Own, typename Theirs>
constexpr bool declared_alike = false;
template<typename... Own, typename... Theirs>
requires(sizeof...(Own) ==
         sizeof...(Theirs)) constexpr bool declared_alike<DriverFunction<Own...>, ::CUresult(Theirs...)> =
    (alike<Own, Theirs> && ...);

static_assert(declared_alike<decltype(Driver::init), decltype(::cuInit)>);
static_assert(declared_alike<decltype(Driver::get_error_name), decltype(::cuGetErrorName)>);
static_assert(declared_alike<decltype(Driver::device_get_count), decltype(::cuDeviceGetCount)>);
static_assert(declared_alike<decltype(Driver::device_get), decltype(::cuDeviceGet)>);
static_assert(declared_alike<decltype(Driver::device_get_attribute), decltype(::cuDeviceGetAttribute)>);
static_assert(declared_alike<decltype(Driver::primary_context_retain), decltype(::cuDevicePrimaryCtxRetain)>);
static_assert(declared_alike<decltype(Driver::primary_context_release), decltype(::cuDevicePrimaryCtxRelease)>);
static_assert(declared_alike<decltype(Driver::context_push), decltype(::cuCtxPushCurrent)>);
static_assert(declared_alike<decltype(Driver::context_pop), decltype(::cuCtxPopCurrent)>);
static_assert(declared_alike<decltype(Driver::context_synchronize), decltype(::cuCtxSynchronize)>);
static_assert(declared_alike<decltype(Driver::module_load), decltype(::cuModuleLoadData)>);
static_assert(declared_alike<decltype(Driver::module_unload), decltype(::cuModuleUnload)>);
static_assert(declared_alike<decltype(Driver::module_get_function), decltype(::cuModuleGetFunction)>);
static_assert(declared_alike<decltype(Driver::function_set_attribute), decltype(::cuFuncSetAttribute)>);
static_assert(declared_alike<decltype(Driver::memory_allocate), decltype(::cuMemAlloc)>);
static_assert(declared_alike<decltype(Driver::memory_free), decltype(::cuMemFree)>);
static_assert(declared_alike<decltype(Driver::copy_to_device), decltype(::cuMemcpyHtoDAsync)>);
static_assert(declared_alike<decltype(Driver::copy_to_host), decltype(::cuMemcpyDtoHAsync)>);
static_assert(declared_alike<decltype(Driver::pointer_get_attribute), decltype(::cuPointerGetAttribute)>);
static_assert(declared_alike<decltype(Driver::stream_synchronize), decltype(::cuStreamSynchronize)>);
static_assert(declared_alike<decltype(Driver::graph_create), decltype(::cuGraphCreate)>);
static_assert(declared_alike<decltype(Driver::graph_destroy), decltype(::cuGraphDestroy)>);
static_assert(declared_alike<decltype(Driver::graph_instantiate), decltype(::cuGraphInstantiateWithFlags)>);
static_assert(declared_alike<decltype(Driver::graph_upload), decltype(::cuGraphUpload)>);
static_assert(declared_alike<decltype(Driver::graph_launch), decltype(::cuGraphLaunch)>);
static_assert(declared_alike<decltype(Driver::graph_exec_destroy), decltype(::cuGraphExecDestroy)>);

// Of the functions that take a CUDA_KERNEL_NODE_PARAMS_v1 a toolkit declares one version, which differs in that
// type.
static_assert(declared_alike<decltype(Driver::graph_add_kernel_node), decltype(::cuGraphAddKernelNode)>);
static_assert(declared_alike<decltype(Driver::graph_set_kernel_node), decltype(::cuGraphExecKernelNodeSetParams)>);
static_assert(sizeof(CudaKernelNodeParams) == sizeof(::CUDA_KERNEL_NODE_PARAMS_v1));
static_assert(offsetof(CudaKernelNodeParams, grid_x) == offsetof(::CUDA_KERNEL_NODE_PARAMS_v1, gridDimX));
static_assert(offsetof(CudaKernelNodeParams, block_x) == offsetof(::CUDA_KERNEL_NODE_PARAMS_v1, blockDimX));
static_assert(offsetof(CudaKernelNodeParams, shared_bytes) ==
              offsetof(::CUDA_KERNEL_NODE_PARAMS_v1, sharedMemBytes));
static_assert(offsetof(CudaKernelNodeParams, parameters) == offsetof(::CUDA_KERNEL_NODE_PARAMS_v1, kernelParams));
static_assert(offsetof(CudaKernelNodeParams, extra) == offsetof(::CUDA_KERNEL_NODE_PARAMS_v1, extra));

static_assert(cuda_error_invalid_value == static_cast<int>(::CUDA_ERROR_INVALID_VALUE));
static_assert(cuda_error_out_of_memory == static_cast<int>(::CUDA_ERROR_OUT_OF_MEMORY));
static_assert(cuda_error_no_device == static_cast<int>(::CUDA_ERROR_NO_DEVICE));
static_assert(cu_device_attribute_compute_capability_major ==
              static_cast<int>(::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR));
static_assert(cu_device_attribute_compute_capability_minor ==
              static_cast<int>(::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR));
static_assert(cu_pointer_attribute_memory_type == static_cast<int>(::CU_POINTER_ATTRIBUTE_MEMORY_TYPE));
static_assert(cu_pointer_attribute_device_ordinal == static_cast<int>(::CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL));
static_assert(cu_memorytype_device == static_cast<unsigned>(::CU_MEMORYTYPE_DEVICE));
static_assert(cu_func_attribute_max_dynamic_shared_size_bytes ==
              static_cast<int>(::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES));

}  // namespace
}  // namespace ingot
