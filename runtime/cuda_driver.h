// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of the CUDA driver API that the runtime uses, declared here so that nothing needs its headers or
// libraries: types and values as in the CUDA Driver API reference manual, functions by the names that libcuda.so.1
// exports.
#pragma once
#include <cstddef>
#include <cstdint>

namespace ingot {

using CUresult = int;
using CUdevice = int;
using CUdeviceptr = uint64_t;
using CUcontext = struct CUctx_st *;
using CUmodule = struct CUmod_st *;
using CUfunction = struct CUfunc_st *;
using CUstream = struct CUstream_st *;
using CUgraph = struct CUgraph_st *;
using CUgraphNode = struct CUgraphNode_st *;
using CUgraphExec = struct CUgraphExec_st *;

constexpr CUresult cuda_success = 0;
constexpr CUresult cuda_error_invalid_value = 1;
constexpr CUresult cuda_error_out_of_memory = 2;
constexpr CUresult cuda_error_no_device = 100;

// CUdevice_attribute, CUpointer_attribute, CUmemorytype, CUfunction_attribute
constexpr int cu_device_attribute_compute_capability_major = 75;
constexpr int cu_device_attribute_compute_capability_minor = 76;
constexpr int cu_pointer_attribute_memory_type = 2;
constexpr int cu_pointer_attribute_device_ordinal = 9;
constexpr unsigned cu_memorytype_device = 2;
constexpr int cu_func_attribute_max_dynamic_shared_size_bytes = 8;

/// CUDA_KERNEL_NODE_PARAMS_v1.
struct CudaKernelNodeParams {
    CUfunction function;
    unsigned grid_x, grid_y, grid_z;
    unsigned block_x, block_y, block_z;
    unsigned shared_bytes;
    void **parameters;
    void **extra;
};

/// A function of the driver, by the name that the library exports.
struct DriverSymbol {
    const char *name;
    void *address = nullptr;
};

template<typename... Parameters>
struct DriverFunction : DriverSymbol {
    CUresult operator()(Parameters... arguments) const {
        return reinterpret_cast<CUresult (*)(Parameters...)>(address)(arguments...);
    }
};

struct Driver {
    DriverFunction<unsigned> init{{"cuInit"}};
    DriverFunction<CUresult, const char **> get_error_name{{"cuGetErrorName"}};
    DriverFunction<int *> device_get_count{{"cuDeviceGetCount"}};
    DriverFunction<CUdevice *, int> device_get{{"cuDeviceGet"}};
    DriverFunction<int *, int, CUdevice> device_get_attribute{{"cuDeviceGetAttribute"}};
    DriverFunction<CUcontext *, CUdevice> primary_context_retain{{"cuDevicePrimaryCtxRetain"}};
    DriverFunction<CUdevice> primary_context_release{{"cuDevicePrimaryCtxRelease_v2"}};
    DriverFunction<CUcontext> context_push{{"cuCtxPushCurrent_v2"}};
    DriverFunction<CUcontext *> context_pop{{"cuCtxPopCurrent_v2"}};
    DriverFunction<> context_synchronize{{"cuCtxSynchronize"}};
    DriverFunction<CUmodule *, const void *> module_load{{"cuModuleLoadData"}};
    DriverFunction<CUmodule> module_unload{{"cuModuleUnload"}};
    DriverFunction<CUfunction *, CUmodule, const char *> module_get_function{{"cuModuleGetFunction"}};
    DriverFunction<CUfunction, int, int> function_set_attribute{{"cuFuncSetAttribute"}};
    DriverFunction<CUdeviceptr *, size_t> memory_allocate{{"cuMemAlloc_v2"}};
    DriverFunction<CUdeviceptr> memory_free{{"cuMemFree_v2"}};
    DriverFunction<CUdeviceptr, const void *, size_t, CUstream> copy_to_device{{"cuMemcpyHtoDAsync_v2"}};
    DriverFunction<void *, CUdeviceptr, size_t, CUstream> copy_to_host{{"cuMemcpyDtoHAsync_v2"}};
    DriverFunction<void *, int, CUdeviceptr> pointer_get_attribute{{"cuPointerGetAttribute"}};
    DriverFunction<CUstream> stream_synchronize{{"cuStreamSynchronize"}};
    DriverFunction<CUgraph *, unsigned> graph_create{{"cuGraphCreate"}};
    DriverFunction<CUgraph> graph_destroy{{"cuGraphDestroy"}};
    DriverFunction<CUgraphNode *, CUgraph, const CUgraphNode *, size_t, const CudaKernelNodeParams *>
        graph_add_kernel_node{{"cuGraphAddKernelNode"}};
    DriverFunction<CUgraphExec *, CUgraph, unsigned long long> graph_instantiate{{"cuGraphInstantiateWithFlags"}};
    DriverFunction<CUgraphExec, CUgraphNode, const CudaKernelNodeParams *> graph_set_kernel_node{
        {"cuGraphExecKernelNodeSetParams"}};
    DriverFunction<CUgraphExec, CUstream> graph_upload{{"cuGraphUpload"}};
    DriverFunction<CUgraphExec, CUstream> graph_launch{{"cuGraphLaunch"}};
    DriverFunction<CUgraphExec> graph_exec_destroy{{"cuGraphExecDestroy"}};
    // Without it (before CUDA 12.4) a kernel is loaded when its module is, or by the first launch under
    // CUDA_MODULE_LOADING=LAZY.
    DriverFunction<CUfunction> function_load{{"cuFuncLoad"}};
};

/// The functions of libcuda.so.1, looked up by the first call of the process; the library stays open. Null where it
/// is missing or lacks one of them, with one line in `*reason`, which lives as long as the process.
const Driver *find_driver(const char **reason);

/// True where an error leaves the context unusable, so that each later call fails too.
bool is_sticky(CUresult error);

}  // namespace ingot
