// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The driver: what it refuses, what it remembers, and the failures that a test plans.
#include <dlfcn.h>

#include <thread>

#include "tests/fake_cuda/device.h"

namespace ingot::fake_cuda {
namespace {

fake_cuda_counters counters() {
    fake_cuda_counters result;
    fake_cuda_count(&result);
    return result;
}

/// out[t] = in[t] + n
const std::string add_body = "mul.wide.u32 %rd1, %t, 4;\nadd.s64 %rd2, %in, %rd1;\nld.global.b32 %r1, [%rd2];\n"
                             "add.s32 %r1, %r1, %n;\nadd.s64 %rd3, %out, %rd1;\nst.global.b32 [%rd3], %r1;";

TEST(Driver, IsFoundUnderTheNameOfTheRealOne) {
    void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
    ASSERT_NE(library, nullptr);
    EXPECT_EQ(dlsym(library, "cuInit"), reinterpret_cast<void *>(&cuInit));
    EXPECT_NE(dlsym(library, "fake_cuda_reset"), nullptr);
    dlclose(library);
}

TEST(Driver, SaysWhatTheDeviceHas) {
    Device device;
    fake_cuda_set_compute_capability(9, 0);
    fake_cuda_set_multiprocessors(132);
    fake_cuda_set_memory(12345678);
    fake_cuda_set_driver_version(12040);
    int value = 0;
    EXPECT_EQ(cuDeviceGetAttribute(&value, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 0), CUDA_SUCCESS);
    EXPECT_EQ(value, 9);
    EXPECT_EQ(cuDeviceGetAttribute(&value, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 0), CUDA_SUCCESS);
    EXPECT_EQ(value, 132);
    EXPECT_EQ(cuDeviceGetAttribute(&value, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 1), CUDA_ERROR_INVALID_DEVICE);
    EXPECT_EQ(cuDeviceGetAttribute(&value, static_cast<CUdevice_attribute>(9999), 0), CUDA_ERROR_INVALID_VALUE);
    size_t bytes = 0;
    EXPECT_EQ(cuDeviceTotalMem_v2(&bytes, 0), CUDA_SUCCESS);
    EXPECT_EQ(bytes, 12345678U);
    EXPECT_EQ(cuDriverGetVersion(&value), CUDA_SUCCESS);
    EXPECT_EQ(value, 12040);
    char name[64];
    EXPECT_EQ(cuDeviceGetName(name, sizeof name, 0), CUDA_SUCCESS);
    EXPECT_STREQ(name, "Interpreter of PTX");
}

TEST(Driver, NoDevice) {
    fake_cuda_reset();
    fake_cuda_set_device_count(0);
    EXPECT_EQ(cuInit(0), CUDA_ERROR_NO_DEVICE);
    int count = 0;
    EXPECT_EQ(cuDeviceGetCount(&count), CUDA_ERROR_NOT_INITIALIZED);
    fake_cuda_reset();
}

TEST(Driver, ContextsAreRetainedPushedAndReleased) {
    fake_cuda_reset();
    CUdeviceptr address = 0;
    CUcontext context = nullptr, other = nullptr;
    unsigned flags = 0;
    int active = -1;
    EXPECT_EQ(cuMemAlloc_v2(&address, 4), CUDA_ERROR_NOT_INITIALIZED);
    ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
    EXPECT_EQ(cuMemAlloc_v2(&address, 4), CUDA_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), CUDA_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(cuDevicePrimaryCtxRetain(&context, 1), CUDA_ERROR_INVALID_DEVICE);
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&other, 0), CUDA_SUCCESS);
    EXPECT_EQ(context, other);
    EXPECT_EQ(counters().retains, 2U);
    EXPECT_EQ(cuDevicePrimaryCtxGetState(0, &flags, &active), CUDA_SUCCESS);
    EXPECT_EQ(active, 1);
    ASSERT_EQ(cuCtxPushCurrent_v2(context), CUDA_SUCCESS);
    std::thread([] {
        CUdeviceptr elsewhere = 0;
        EXPECT_EQ(cuMemAlloc_v2(&elsewhere, 4), CUDA_ERROR_INVALID_CONTEXT) << "each thread has its own";
    }).join();
    EXPECT_EQ(cuMemAlloc_v2(&address, 4), CUDA_SUCCESS);
    EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
    EXPECT_EQ(counters().dropped_objects, 0U);
    EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
    EXPECT_EQ(counters().dropped_objects, 1U) << "the allocation";
    EXPECT_EQ(counters().live_allocations, 0U);
    EXPECT_EQ(cuMemAlloc_v2(&address, 4), CUDA_ERROR_CONTEXT_IS_DESTROYED);
    EXPECT_EQ(cuCtxPopCurrent_v2(&other), CUDA_SUCCESS);
    EXPECT_EQ(other, context);
    EXPECT_EQ(cuCtxPopCurrent_v2(&other), CUDA_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(cuCtxPushCurrent_v2(context), CUDA_ERROR_INVALID_CONTEXT);
    fake_cuda_reset();
}

TEST(Driver, MemoryIsCountedBoundedAndKnown) {
    Device device;
    fake_cuda_set_memory(1000);
    CUdeviceptr address = device.allocate(600), second = 0;
    EXPECT_EQ(address % 256, 0U);
    EXPECT_EQ(cuMemAlloc_v2(&second, 600), CUDA_ERROR_OUT_OF_MEMORY);
    EXPECT_EQ(cuMemAlloc_v2(&second, 0), CUDA_ERROR_INVALID_VALUE);
    size_t free = 0, total = 0;
    EXPECT_EQ(cuMemGetInfo_v2(&free, &total), CUDA_SUCCESS);
    EXPECT_EQ(free, 400U);
    EXPECT_EQ(counters().live_bytes, 600U);
    EXPECT_EQ(device.download<uint32_t>(address, 1)[0], UINT32_MAX) << "new memory holds no numbers";
    float host[4] = {};
    EXPECT_EQ(cuMemcpyHtoD_v2(address + 592, host, 16), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuMemcpyHtoD_v2(reinterpret_cast<CUdeviceptr>(host), host, 16), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuMemcpyDtoH_v2(host, reinterpret_cast<CUdeviceptr>(host), 16), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuMemcpyDtoDAsync_v2(address, address + 300, 301, nullptr), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuMemsetD8Async(address, 7, 600, nullptr), CUDA_SUCCESS);
    EXPECT_EQ(cuMemcpyDtoDAsync_v2(address, address + 300, 300, nullptr), CUDA_SUCCESS);
    EXPECT_EQ(device.download<uint8_t>(address, 1)[0], 7);
    EXPECT_EQ(cuMemsetD32Async(address, 0x01020304, 151, nullptr), CUDA_ERROR_INVALID_VALUE);
    unsigned type = 0;
    EXPECT_EQ(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, address + 5), CUDA_SUCCESS);
    EXPECT_EQ(type, CU_MEMORYTYPE_DEVICE);
    EXPECT_EQ(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, reinterpret_cast<CUdeviceptr>(host)),
              CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuMemFree_v2(address + 4), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuMemFree_v2(address), CUDA_SUCCESS);
    EXPECT_EQ(cuMemFree_v2(address), CUDA_ERROR_INVALID_VALUE);
}

TEST(Driver, ModulesMustBePtxThatDriverAndDeviceKnow) {
    Device device;
    CUmodule module = nullptr;
    CUfunction function = nullptr;
    const std::string text = module_of(add_body);
    const char elf[] = "\177ELF\2\1\1";
    EXPECT_EQ(cuModuleLoadData(&module, elf), CUDA_ERROR_NO_BINARY_FOR_GPU);
    EXPECT_EQ(cuModuleLoadData(&module, "nothing known"), CUDA_ERROR_INVALID_IMAGE);
    fake_cuda_accept_binaries_as(text.c_str());
    EXPECT_EQ(cuModuleLoadData(&module, elf), CUDA_SUCCESS);
    EXPECT_EQ(cuModuleGetFunction(&function, module, "k"), CUDA_SUCCESS);
    EXPECT_EQ(cuModuleGetFunction(&function, module, "other"), CUDA_ERROR_NOT_FOUND);
    EXPECT_EQ(cuModuleUnload(module), CUDA_SUCCESS);
    EXPECT_EQ(cuModuleUnload(module), CUDA_ERROR_INVALID_HANDLE);
    EXPECT_EQ(cuFuncLoad(function), CUDA_ERROR_INVALID_HANDLE);
    EXPECT_EQ(device.launch(function, {}, {}, 0, CUdeviceptr(0), CUdeviceptr(0), 0), CUDA_ERROR_INVALID_HANDLE);
    fake_cuda_set_compute_capability(8, 0);
    EXPECT_EQ(cuModuleLoadData(&module, text.c_str()), CUDA_ERROR_INVALID_PTX) << "sm_86 on sm_80";
    fake_cuda_set_driver_version(11000);
    EXPECT_EQ(cuModuleLoadData(&module, text.c_str()), CUDA_ERROR_UNSUPPORTED_PTX_VERSION) << "7.1 needs CUDA 11.1";
    EXPECT_EQ(counters().live_modules, 0U);
}

TEST(Driver, FunctionsSayWhatTheyNeed) {
    Device device;
    CUfunction kernel = device.load(module_of(".local .align 8 .b8 depot[24];\nmov.u64 %rd1, tile;\n"
                                              "ld.shared.b32 %r1, [%rd1];",
                                              ".shared .align 16 .b8 tile[1000];\n"),
                                    "k");
    int value = 0;
    EXPECT_EQ(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, kernel), CUDA_SUCCESS);
    EXPECT_EQ(value, 1000);
    EXPECT_EQ(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES, kernel), CUDA_SUCCESS);
    EXPECT_EQ(value, 32);
    EXPECT_EQ(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_PTX_VERSION, kernel), CUDA_SUCCESS);
    EXPECT_EQ(value, 86);
    EXPECT_EQ(cuOccupancyMaxActiveBlocksPerMultiprocessor(&value, kernel, 256, 30000), CUDA_SUCCESS);
    EXPECT_EQ(value, 3);
}

TEST(Driver, LaunchesAreChecked) {
    Device device;
    CUfunction kernel = device.load(module_of(add_body), "k");
    CUdeviceptr in = device.upload(std::vector<uint32_t>{1, 2, 3, 4}), out = device.allocate(16);
    EXPECT_EQ(device.launch(kernel, {0}, {4}, 0, out, in, 10), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(device.launch(kernel, {1}, {1025}, 0, out, in, 10), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(device.launch(kernel, {1, 65536}, {4}, 0, out, in, 10), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(device.launch(kernel, {1}, {1, 1, 65}, 0, out, in, 10), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(device.launch(kernel, {1}, {4}, 49153, out, in, 10), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuFuncSetAttribute(kernel, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 101377),
              CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuFuncSetAttribute(kernel, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 101376), CUDA_SUCCESS);
    EXPECT_EQ(device.launch(kernel, {1}, {4}, 101376, out, in, 10), CUDA_SUCCESS);
    EXPECT_EQ(cuLaunchKernel(kernel, 1, 1, 1, 4, 1, 1, 0, nullptr, nullptr, nullptr), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuLaunchKernel(kernel, 1, 1, 1, 4, 1, 1, 0, reinterpret_cast<CUstream>(0x1234), nullptr, nullptr),
              CUDA_ERROR_INVALID_HANDLE);
    EXPECT_EQ(device.download<uint32_t>(out, 4), (std::vector<uint32_t>{11, 12, 13, 14}));
}

TEST(Driver, AFailedLaunchStaysUntilTheContextEnds) {
    Device device;
    CUfunction kernel = device.load(module_of(add_body), "k");
    CUdeviceptr out = device.allocate(16), other = 0;
    EXPECT_EQ(device.launch(kernel, {}, {4}, 0, out, CUdeviceptr(64), 0), CUDA_ERROR_ILLEGAL_ADDRESS);
    EXPECT_NE(std::string(fake_cuda_error_text()).find("no device memory"), std::string::npos);
    EXPECT_EQ(cuMemAlloc_v2(&other, 16), CUDA_ERROR_ILLEGAL_ADDRESS);
    EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
    EXPECT_EQ(cuMemFree_v2(out), CUDA_ERROR_ILLEGAL_ADDRESS);
    EXPECT_EQ(counters().live_allocations, 0U) << "what is freed is freed all the same";
    EXPECT_EQ(cuModuleUnload(device.module), CUDA_ERROR_ILLEGAL_ADDRESS);
    EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
    EXPECT_EQ(counters().dropped_objects, 0U);
    CUcontext context = nullptr;
    EXPECT_EQ(cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSetCurrent(context), CUDA_SUCCESS);
    EXPECT_EQ(cuMemAlloc_v2(&other, 16), CUDA_SUCCESS);
}

TEST(Driver, ErrorsOfKernelsMayComeLate) {
    Device device;
    fake_cuda_set_late_errors(1);
    CUfunction kernel = device.load(module_of(add_body), "k");
    EXPECT_EQ(device.launch(kernel, {}, {4}, 0, CUdeviceptr(64), CUdeviceptr(64), 0), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamSynchronize(nullptr), CUDA_ERROR_ILLEGAL_ADDRESS);
}

TEST(Driver, PlannedFailures) {
    Device device;
    CUdeviceptr address = 0;
    fake_cuda_fail_call(1, nullptr, CUDA_ERROR_UNKNOWN);
    EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
    EXPECT_EQ(fake_cuda_has_failed_call(), 0);
    EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_UNKNOWN);
    EXPECT_EQ(fake_cuda_has_failed_call(), 1);
    EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
    fake_cuda_fail_call(1, "cuMemAlloc_v2", CUDA_ERROR_OUT_OF_MEMORY);
    EXPECT_EQ(cuMemAlloc_v2(&address, 4), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
    EXPECT_EQ(cuMemAlloc_v2(&address, 4), CUDA_ERROR_OUT_OF_MEMORY);
    fake_cuda_fail_call(0, "cuMemFree_v2", CUDA_ERROR_LAUNCH_FAILED);
    EXPECT_EQ(cuMemFree_v2(address), CUDA_ERROR_LAUNCH_FAILED);
    EXPECT_EQ(counters().live_allocations, 0U);
    fake_cuda_fail_call_for_good(0, "cuMemGetInfo_v2", CUDA_ERROR_CONTEXT_IS_DESTROYED);
    size_t free = 0, total = 0;
    EXPECT_EQ(cuMemGetInfo_v2(&free, &total), CUDA_ERROR_CONTEXT_IS_DESTROYED);
    EXPECT_EQ(cuMemAlloc_v2(&address, 4), CUDA_ERROR_CONTEXT_IS_DESTROYED);
    fake_cuda_set_sticky_error(0);
    EXPECT_EQ(cuMemAlloc_v2(&address, 4), CUDA_SUCCESS);
    fake_cuda_set_sticky_error(CUDA_ERROR_LAUNCH_FAILED);
    EXPECT_EQ(cuMemAlloc_v2(&address, 4), CUDA_ERROR_LAUNCH_FAILED);
}

TEST(Driver, StreamsAndEvents) {
    Device device;
    CUstream stream = nullptr;
    CUevent start = nullptr, end = nullptr;
    CUcontext context = nullptr;
    float milliseconds = -1;
    ASSERT_EQ(cuStreamCreate(&stream, 1), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamCreate(&stream, 7), CUDA_ERROR_INVALID_VALUE);
    ASSERT_EQ(cuEventCreate(&start, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuEventCreate(&end, 0), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamGetCtx(stream, &context), CUDA_SUCCESS);
    EXPECT_EQ(context, device.context);
    EXPECT_EQ(cuEventElapsedTime(&milliseconds, start, end), CUDA_ERROR_INVALID_HANDLE);
    EXPECT_EQ(cuEventRecord(start, stream), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamWaitEvent(stream, start, 0), CUDA_SUCCESS);
    EXPECT_EQ(cuEventRecord(end, stream), CUDA_SUCCESS);
    EXPECT_EQ(cuEventSynchronize(end), CUDA_SUCCESS);
    EXPECT_EQ(cuEventElapsedTime(&milliseconds, start, end), CUDA_SUCCESS);
    EXPECT_GE(milliseconds, 0.0F);
    EXPECT_EQ(cuStreamQuery(stream), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamDestroy_v2(stream), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamSynchronize(stream), CUDA_ERROR_INVALID_HANDLE);
    EXPECT_EQ(cuStreamDestroy_v2(nullptr), CUDA_ERROR_INVALID_HANDLE);
    EXPECT_EQ(cuEventDestroy_v2(start), CUDA_SUCCESS);
    EXPECT_EQ(counters().live_events, 1U);
    EXPECT_EQ(counters().synchronisations, 1U);
}

struct AddParams {
    AddParams(CUfunction function, CUdeviceptr to, CUdeviceptr from, int by) : out(to), in(from), n(by) {
        params.func = function;
        params.blockDimX = 4;
        params.kernelParams = pointers;
    }
    CUdeviceptr out;
    CUdeviceptr in;
    int n;
    void *pointers[3] = {&out, &in, &n};
    CUDA_KERNEL_NODE_PARAMS params = {nullptr, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr};
};

TEST(Driver, GraphsKeepTheArgumentsOfTheirNodes) {
    Device device;
    CUfunction kernel = device.load(module_of(add_body), "k");
    CUdeviceptr in = device.upload(std::vector<uint32_t>{1, 2, 3, 4}), mid = device.allocate(16),
                out = device.allocate(16);
    CUgraph graph = nullptr;
    CUgraphNode nodes[2] = {};
    CUgraphExec exec = nullptr;
    ASSERT_EQ(cuGraphCreate(&graph, 0), CUDA_SUCCESS);
    {
        AddParams first(kernel, mid, in, 10), second(kernel, out, mid, 100);
        ASSERT_EQ(cuGraphAddKernelNode(&nodes[0], graph, nullptr, 0, &first.params), CUDA_SUCCESS);
        ASSERT_EQ(cuGraphAddKernelNode(&nodes[1], graph, &nodes[0], 1, &second.params), CUDA_SUCCESS);
    }
    ASSERT_EQ(cuGraphInstantiateWithFlags(&exec, graph, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuGraphUpload(exec, nullptr), CUDA_SUCCESS);
    fake_cuda_mark();
    ASSERT_EQ(cuGraphLaunch(exec, nullptr), CUDA_SUCCESS) << fake_cuda_error_text();
    EXPECT_EQ(fake_cuda_calls_of("kernel k"), 2U);
    EXPECT_EQ(counters().launches, 2U);
    EXPECT_EQ(counters().allocations + counters().synchronisations, 0U);
    EXPECT_EQ(device.download<uint32_t>(out, 4), (std::vector<uint32_t>{111, 112, 113, 114}));
    AddParams changed(kernel, mid, in, 20);
    ASSERT_EQ(cuGraphExecKernelNodeSetParams(exec, nodes[0], &changed.params), CUDA_SUCCESS);
    ASSERT_EQ(cuGraphLaunch(exec, nullptr), CUDA_SUCCESS);
    EXPECT_EQ(device.download<uint32_t>(out, 4)[0], 121U);
    ASSERT_EQ(cuGraphDestroy(graph), CUDA_SUCCESS);
    EXPECT_EQ(cuGraphExecKernelNodeSetParams(exec, nodes[0], &changed.params), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuGraphLaunch(exec, nullptr), CUDA_SUCCESS) << "the instance outlives its graph";
    EXPECT_EQ(cuModuleUnload(device.module), CUDA_SUCCESS);
    EXPECT_EQ(cuGraphLaunch(exec, nullptr), CUDA_ERROR_LAUNCH_FAILED) << "but not its module";
    EXPECT_EQ(cuGraphExecDestroy(exec), CUDA_ERROR_LAUNCH_FAILED);
    EXPECT_EQ(counters().live_execs, 0U);
}

TEST(Driver, AMissingDependencyShows) {
    Device device;
    CUfunction kernel = device.load(module_of(add_body), "k");
    CUdeviceptr in = device.upload(std::vector<uint32_t>{1, 2, 3, 4}),
                mid = device.upload(std::vector<uint32_t>(4, 0)), out = device.allocate(16);
    CUgraph graph = nullptr;
    CUgraphNode node = nullptr;
    CUgraphExec exec = nullptr;
    ASSERT_EQ(cuGraphCreate(&graph, 0), CUDA_SUCCESS);
    AddParams first(kernel, mid, in, 10), second(kernel, out, mid, 100);
    ASSERT_EQ(cuGraphAddKernelNode(&node, graph, nullptr, 0, &first.params), CUDA_SUCCESS);
    ASSERT_EQ(cuGraphAddKernelNode(&node, graph, nullptr, 0, &second.params), CUDA_SUCCESS);
    ASSERT_EQ(cuGraphInstantiateWithFlags(&exec, graph, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuGraphLaunch(exec, nullptr), CUDA_SUCCESS);
    EXPECT_EQ(device.download<uint32_t>(out, 4)[0], 100U) << "the second kernel has run first";
}

TEST(Driver, CallsAreLoggedInOrder) {
    Device device;
    CUfunction kernel = device.load(module_of(add_body), "k");
    CUdeviceptr in = device.upload(std::vector<uint32_t>{1, 2, 3, 4});
    CUstream stream = nullptr;
    ASSERT_EQ(cuStreamCreate(&stream, 0), CUDA_SUCCESS);
    fake_cuda_mark();
    device.launch(kernel, {}, {4}, 0, in, in, 1);
    cuStreamSynchronize(stream);
    ASSERT_EQ(fake_cuda_call_count(), 3U);
    EXPECT_STREQ(fake_cuda_call_at(0).name, "kernel k");
    EXPECT_STREQ(fake_cuda_call_at(1).name, "cuLaunchKernel");
    EXPECT_STREQ(fake_cuda_call_at(2).name, "cuStreamSynchronize");
    EXPECT_EQ(fake_cuda_call_at(2).stream, stream);
    EXPECT_EQ(fake_cuda_call_at(2).result, CUDA_SUCCESS);
}

TEST(Driver, NamesItsErrors) {
    const char *text = nullptr;
    EXPECT_EQ(cuGetErrorName(CUDA_ERROR_NO_DEVICE, &text), CUDA_SUCCESS);
    EXPECT_STREQ(text, "CUDA_ERROR_NO_DEVICE");
    EXPECT_EQ(cuGetErrorString(CUDA_ERROR_OUT_OF_MEMORY, &text), CUDA_SUCCESS);
    EXPECT_STREQ(text, "out of memory");
    EXPECT_EQ(cuGetErrorName(static_cast<CUresult>(12345), &text), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(text, nullptr);
}

}  // namespace
}  // namespace ingot::fake_cuda
