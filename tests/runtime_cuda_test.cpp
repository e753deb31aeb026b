// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sessions on a CUDA device, on the driver of tests/fake_cuda.
#include "tests/runtime_cuda_session.h"
#include "tests/runtime_weights_file.h"
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace ingot {
namespace {

class CudaRun : public CudaTest, public testing::WithParamInterface<std::tuple<bool, size_t>> {};

TEST_P(CudaRun, IsRightForHostAndDevicePointers) {
    const auto [split, n] = GetParam();
    ScaleModel scale;
    if (split) {
        scale.split_both_classes();
    }
    const CudaApp app;
    const SessionHandle on_host = create_on_cuda(scale.model());
    const SessionHandle on_device = create_on_cuda(scale.model(), INGOT_MEMORY_DEVICE);
    EXPECT_STREQ(ingot_session_device(on_host.get()), "cuda");
    EXPECT_STREQ(ingot_session_level(on_host.get()), "cuda-compute_80");
    EXPECT_STREQ(ingot_session_detail(on_host.get()), "");
    for (int repetition = 0; repetition < 2; ++repetition) {
        expect_right_host_run(on_host.get(), scale, n, repetition);
        expect_right_device_run(on_device.get(), scale, n, repetition);
    }
}

INSTANTIATE_TEST_SUITE_P(Images, CudaRun,
                         testing::Combine(testing::Bool(), testing::Values(1, 2, 7, 8, 9, 16, 17, 40, 100)),
                         [](const auto &values) {
                             return std::string(std::get<0>(values.param) ? "split_n" : "whole_n") +
                                    std::to_string(std::get<1>(values.param));
                         });

class CudaSessions : public CudaTest {};

TEST_F(CudaSessions, CopyTheWeightsThatAreHandedOver) {
    ScaleModel scale;
    const WeightsFile file(scale.model());
    const CudaApp app;
    for (const ingot_device device : {INGOT_DEVICE_CUDA, INGOT_DEVICE_AUTOMATIC}) {
        ingot_options options = cuda_options();
        options.device = device;
        ingot_session *missing = nullptr;
        EXPECT_EQ(ingot_session_create(&scale.model(), &options, &missing), INGOT_WEIGHTS_MISSING);
        options = file.options(options);
        const SessionHandle session = create(scale.model(), &options);
        EXPECT_STREQ(ingot_session_device(session.get()), "cuda");
        expect_right_host_run(session.get(), scale, 9);
    }
}

/// The kernels that a run of n images launches.
std::string kernels_of(const ScaleModel &scale, ingot_memory memory, size_t n) {
    const CudaApp app;
    const SessionHandle session = create_on_cuda(scale.model(), memory);
    fake_cuda_mark();
    if (memory == INGOT_MEMORY_HOST) {
        expect_right_host_run(session.get(), scale, n);
    } else {
        expect_right_device_run(session.get(), scale, n);
    }
    return kernels_run();
}

TEST_F(CudaSessions, RunTheClassOfTheirBatchInAsFewLaunchesAsTheirMemoryAllows) {
    ScaleModel scale;
    EXPECT_EQ(kernels_of(scale, INGOT_MEMORY_DEVICE, 7), "scale shift");
    EXPECT_EQ(kernels_of(scale, INGOT_MEMORY_DEVICE, 8), "whole");
    EXPECT_EQ(kernels_of(scale, INGOT_MEMORY_DEVICE, 100), "whole") << "no activations: any n in one launch";
    EXPECT_EQ(kernels_of(scale, INGOT_MEMORY_HOST, 16), "whole");
    EXPECT_EQ(kernels_of(scale, INGOT_MEMORY_HOST, 17), "whole scale shift") << "staging holds 16 images";
    EXPECT_EQ(kernels_of(scale, INGOT_MEMORY_HOST, 40), "whole whole whole");
    scale.split_both_classes();
    EXPECT_EQ(kernels_of(scale, INGOT_MEMORY_DEVICE, 16), "scale shift");
    EXPECT_EQ(kernels_of(scale, INGOT_MEMORY_DEVICE, 17), "scale shift scale shift");
    EXPECT_EQ(kernels_of(scale, INGOT_MEMORY_HOST, 33), "scale shift scale shift scale shift");
}

TEST_F(CudaSessions, SplitWhatNumbersOf32BitsCannotCount) {
    ScaleModel scale;
    // A kernel that gets more than 2^31 for ten images.
    scale.kernel(2).grid_x = {0, INT32_MAX / 9};
    scale.whole_step().batch = INT32_MAX / 9;
    const CudaApp app;
    const SessionHandle session = create_on_cuda(scale.model(), INGOT_MEMORY_DEVICE);
    const DeviceFloats images(make_scale_images(18));
    const DeviceFloats scores(18 * ScaleModel::size);
    fake_cuda_mark();
    EXPECT_EQ(run_on_device(session.get(), images.data(), scores.data(), 18), INGOT_OK);
    EXPECT_EQ(kernels_run(), "whole whole");
}

TEST_F(CudaSessions, SetOnlyTheNodesThatChange) {
    const ScaleModel scale;
    const CudaApp app;
    const SessionHandle session = create_on_cuda(scale.model(), INGOT_MEMORY_DEVICE);
    const std::vector<float> images = make_scale_images(3);
    const DeviceFloats first(images);
    const DeviceFloats second(images);
    const DeviceFloats scores(images.size());
    const auto nodes_set = [&](const DeviceFloats &input, size_t n) {
        fake_cuda_mark();
        EXPECT_EQ(run_on_device(session.get(), input.data(), scores.data(), n), INGOT_OK);
        return fake_cuda_calls_of("cuGraphExecKernelNodeSetParams");
    };
    EXPECT_EQ(nodes_set(first, 3), 2U);
    EXPECT_EQ(nodes_set(first, 3), 0U);
    EXPECT_EQ(fake_cuda_calls_of("cuPointerGetAttribute"), 0U);
    EXPECT_EQ(nodes_set(second, 3), 1U) << "the input's reader";
    EXPECT_EQ(nodes_set(second, 2), 2U);
    EXPECT_EQ(nodes_set(second, 3), 2U);
    EXPECT_EQ(scores.read(), scale.expected(images));
}

TEST_F(CudaSessions, NeitherAllocateNorWaitInARunOnTheDevice) {
    const ScaleModel scale;
    const CudaApp app;
    const SessionHandle session = create_on_cuda(scale.model(), INGOT_MEMORY_DEVICE);
    const DeviceFloats images(make_scale_images(20));
    const DeviceFloats scores(20 * ScaleModel::size);
    for (const size_t n : {3, 20, 3}) {
        fake_cuda_mark();
        EXPECT_EQ(run_on_device(session.get(), images.data(), scores.data(), n), INGOT_OK);
        const fake_cuda_counters counters = count_driver();
        EXPECT_EQ(counters.graph_launches, 1U);
        EXPECT_EQ(counters.allocations, 0U);
        EXPECT_EQ(counters.synchronisations, 0U);
        EXPECT_EQ(counters.host_copies, 0U);
        for (const char *call : {"cuModuleLoadData", "cuModuleLoadDataEx", "cuModuleGetFunction", "cuFuncLoad",
                                 "cuGraphInstantiateWithFlags", "cuGraphUpload", "cuMemFree_v2"}) {
            EXPECT_EQ(fake_cuda_calls_of(call), 0U) << call;
        }
    }
}

TEST_F(CudaSessions, WaitOnceInARunWithHostPointers) {
    const ScaleModel scale;
    const SessionHandle session = create_on_cuda(scale.model());
    for (const size_t n : {3, 40}) {
        fake_cuda_mark();
        expect_right_host_run(session.get(), scale, n);
        const fake_cuda_counters counters = count_driver();
        EXPECT_EQ(counters.synchronisations, 1U);
        EXPECT_EQ(counters.allocations, 0U);
        EXPECT_EQ(counters.host_copies, 2 * counters.graph_launches);
    }
}

TEST_F(CudaSessions, HoldTheirKernelsGraphsAndMemoryFromCreationOn) {
    const ScaleModel scale;
    for (const ingot_memory memory : {INGOT_MEMORY_HOST, INGOT_MEMORY_DEVICE}) {
        fake_cuda_mark();
        const SessionHandle session = create_on_cuda(scale.model(), memory);
        const fake_cuda_counters counters = count_driver();
        EXPECT_EQ(counters.allocations, 1U);
        EXPECT_EQ(counters.live_allocations, 1U);
        const uint64_t staging = INGOT_CUDA_STAGING_BYTES(ScaleModel::size * sizeof(float), ScaleModel::max_images);
        EXPECT_EQ(counters.live_bytes, INGOT_CUDA_DEVICE_BYTES(scale.model().weights_bytes, ScaleModel::arena_bytes,
                                                               memory == INGOT_MEMORY_HOST ? 2 * staging : 0));
        EXPECT_EQ(counters.live_modules, 3U);
        EXPECT_EQ(counters.live_execs, 2U);
        EXPECT_EQ(counters.retains, 1U);
        EXPECT_EQ(fake_cuda_calls_of("cuFuncLoad"), 3U);
        EXPECT_EQ(fake_cuda_calls_of("cuGraphUpload"), 2U);
        EXPECT_EQ(counters.launches, 0U);
    }
}

TEST_F(CudaSessions, LoadAKernelOfSeveralStepsOnce) {
    ScaleModel scale;
    scale.split_both_classes();
    const SessionHandle session = create_on_cuda(scale.model());
    EXPECT_EQ(count_driver().live_modules, 2U);
    expect_right_host_run(session.get(), scale, 9);
}

TEST_F(CudaSessions, AskForSharedMemoryBeyondWhatEveryDeviceGives) {
    ScaleModel scale;
    fake_cuda_set_shared_memory(100 * 1024);
    scale.kernel(1).shared_bytes = 48 * 1024;
    scale.kernel(2).shared_bytes = 64 * 1024;
    fake_cuda_mark();
    {
        const SessionHandle session = create_on_cuda(scale.model());
        EXPECT_EQ(fake_cuda_calls_of("cuFuncSetAttribute"), 1U);
        expect_right_host_run(session.get(), scale, 9);
    }
    scale.kernel(2).shared_bytes = 128 * 1024;
    const ingot_options options = cuda_options();
    ingot_session *session = nullptr;
    EXPECT_EQ(ingot_session_create(&scale.model(), &options, &session), INGOT_DEVICE_CALL_FAILED);
}

TEST_F(CudaSessions, PutAllTheirWorkOnTheStream) {
    const ScaleModel scale;
    const CudaApp app;
    fake_cuda::CUstream stream = nullptr;
    ASSERT_EQ(fake_cuda::cuStreamCreate(&stream, 1), fake_cuda::CUDA_SUCCESS);
    for (fake_cuda::CUstream expected : {fake_cuda::CUstream(nullptr), stream}) {
        ingot_options options = cuda_options();
        options.stream = expected;
        fake_cuda_mark();
        const SessionHandle session = create(scale.model(), &options);
        expect_right_host_run(session.get(), scale, 17);
        size_t seen = 0;
        for (size_t i = 0; i < fake_cuda_call_count(); ++i) {
            const fake_cuda_call call = fake_cuda_call_at(i);
            const std::string name = call.name;
            const bool takes_stream = name.find("Async") != std::string::npos || name == "cuGraphLaunch" ||
                                      name == "cuGraphUpload" || name == "cuStreamSynchronize";
            seen += takes_stream ? 1 : 0;
            if (takes_stream) {
                EXPECT_EQ(call.stream, expected) << name;
            }
        }
        EXPECT_EQ(seen, 1U + 2 + 1 + 2 * 3 + 1) << "weights, uploads, wait; two launches with copies, wait";
    }
    fake_cuda::cuStreamDestroy_v2(stream);
}

TEST_F(CudaSessions, LeaveTheCurrentContextAsItIs) {
    fake_cuda_set_device_count(2);
    const ScaleModel scale;
    const auto expect_kept = [&](fake_cuda::CUcontext expected) {
        SessionHandle session = create_on_cuda(scale.model());
        EXPECT_EQ(current_context(), expected);
        expect_right_host_run(session.get(), scale, 3);
        EXPECT_EQ(current_context(), expected);
        session.reset();
        EXPECT_EQ(current_context(), expected);
    };
    expect_kept(nullptr);
    {
        const CudaApp app;
        expect_kept(app.context());
    }
    const CudaApp on_other_device(1);
    expect_kept(on_other_device.context());
}

TEST_F(CudaSessions, RunOnTheDeviceThatIsAskedFor) {
    fake_cuda_set_device_count(2);
    const ScaleModel scale;
    ingot_options options = cuda_options();
    options.device_index = 1;
    const SessionHandle session = create(scale.model(), &options);
    expect_right_host_run(session.get(), scale, 3);
    unsigned flags = 0;
    int active = 0;
    EXPECT_EQ(fake_cuda::cuDevicePrimaryCtxGetState(1, &flags, &active), fake_cuda::CUDA_SUCCESS);
    EXPECT_EQ(active, 1);
    EXPECT_EQ(fake_cuda::cuDevicePrimaryCtxGetState(0, &flags, &active), fake_cuda::CUDA_SUCCESS);
    EXPECT_EQ(active, 0);
}

TEST_F(CudaSessions, AreApart) {
    const ScaleModel by_three(3);
    const ScaleModel by_five(5);
    const PairModel pair;
    const SessionHandle first = create_on_cuda(by_three.model());
    const SessionHandle second = create_on_cuda(by_three.model());
    SessionHandle third = create_on_cuda(by_five.model());
    const SessionHandle of_pairs = create_on_cuda(pair.model());
    expect_right_host_run(first.get(), by_three, 9, 1);
    expect_right_host_run(third.get(), by_five, 20, 2);
    expect_right_host_run(second.get(), by_three, 3, 3);
    const std::vector<float> a = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const std::vector<float> b = {5, 3, 5, 3, 5, 3, 5, 3, 5, 3};
    std::vector<float> sum(a.size());
    std::vector<float> difference(a.size());
    const void *const inputs[] = {a.data(), b.data()};
    void *const outputs[] = {sum.data(), difference.data()};
    EXPECT_EQ(ingot_session_run(of_pairs.get(), inputs, outputs, 2), INGOT_OK);
    for (size_t i = 0; i < a.size(); ++i) {
        EXPECT_EQ(sum[i], a[i] + b[i]) << i;
        EXPECT_EQ(difference[i], a[i] - b[i]) << i;
    }
    std::thread([&] { third.reset(); }).join();
    std::thread other([&] { expect_right_host_run(second.get(), by_three, 20, 4); });
    expect_right_host_run(first.get(), by_three, 20, 5);
    other.join();
}

TEST_F(CudaSessions, LiveInTheCallersArenaOnTheHost) {
    const ScaleModel scale;
    const ingot_options defaults = cuda_options();
    CallersArena arena(ingot_session_bytes(&scale.model(), &defaults));
    ingot_options options = arena.options();
    options.device = INGOT_DEVICE_CUDA;
    {
        const SessionHandle session = create(scale.model(), &options);
        expect_right_host_run(session.get(), scale, 20);
    }
    EXPECT_TRUE(arena.fences_untouched());
    options.arena_bytes -= 1;
    ingot_session *session = nullptr;
    EXPECT_EQ(ingot_session_create(&scale.model(), &options, &session), INGOT_ARENA_TOO_SMALL);
}

TEST_F(CudaSessions, AutomaticTakesTheDevice) {
    const ScaleModel scale;
    ingot_options options = cuda_options();
    options.device = INGOT_DEVICE_AUTOMATIC;
    const SessionHandle session = create(scale.model(), &options);
    EXPECT_STREQ(ingot_session_device(session.get()), "cuda");
    EXPECT_STREQ(ingot_session_detail(session.get()), "");
    expect_right_host_run(session.get(), scale, 3);
}

TEST_F(CudaSessions, AreTheSameFromCpp) {
    const ScaleModel scale;
    Options options = default_options();
    options.device = INGOT_DEVICE_CUDA;
    Session session(scale.model(), options);
    EXPECT_TRUE(session.status());
    EXPECT_STREQ(session.device(), "cuda");
    EXPECT_STREQ(session.level(), "cuda-compute_80");
    const std::vector<float> images = make_scale_images(2);
    std::vector<float> scores(images.size());
    const void *const inputs[] = {images.data()};
    void *const outputs[] = {scores.data()};
    EXPECT_TRUE(session.run(inputs, outputs, 2));
    EXPECT_EQ(scores, scale.expected(images));
    fake_cuda_fail_call(0, "cuGraphLaunch", 701);
    EXPECT_EQ(session.run(inputs, outputs, 2).code(), INGOT_DEVICE_CALL_FAILED);
    EXPECT_STREQ(session.detail(), "cuGraphLaunch: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES");
    EXPECT_TRUE(session.run(inputs, outputs, 2));
}

TEST_F(CudaSessions, LoadMachineCodeWhereItRunsElsePtx) {
    ScaleModel scale(3, {{"cuda-sm_80", 80, 80}});
    static const unsigned char cubin[] = {0x7f, 'E', 'L', 'F', 2, 1, 1, 0};
    for (int i = 0; i < 3; ++i) {
        scale.kernel(i).cubin = cubin;
        scale.kernel(i).cubin_bytes = sizeof(cubin);
    }
    std::string detail;
    const auto loads = [&] {
        fake_cuda_mark();
        const SessionHandle session = create_on_cuda(scale.model());
        detail = ingot_session_detail(session.get());
        expect_right_host_run(session.get(), scale, 9);
        expect_right_host_run(session.get(), scale, 3);
        return fake_cuda_calls_of("cuModuleLoadData");
    };
    EXPECT_EQ(loads(), 6U) << "each binary is refused and its PTX loaded";
    EXPECT_EQ(detail,
              "cuModuleLoadData: CUDA_ERROR_NO_BINARY_FOR_GPU for machine code; the driver compiles the PTX "
              "beside it");
    fake_cuda_accept_binaries_as(scale.all_ptx().c_str());
    EXPECT_EQ(loads(), 3U);
    EXPECT_EQ(detail, "");
    fake_cuda_accept_binaries_as(nullptr);
    fake_cuda_set_compute_capability(9, 0);
    EXPECT_EQ(loads(), 3U) << "machine code of another major version is not tried";
}

}  // namespace
}  // namespace ingot
