// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What sessions on a CUDA device make of errors, on the driver of tests/fake_cuda.
#include "tests/runtime_cuda_session.h"
#include <functional>
#include <gtest/gtest.h>
#include <malloc.h>
#include <memory>
#include <string>
#include <vector>

namespace ingot {
namespace {

class CudaErrors : public CudaTest {
protected:
    /// The detail of a creation that ends with `expected` after `arrange`; for the same reason automatic takes the
    /// CPU.
    std::string detail_of(ingot_status expected, const std::function<void()> &arrange,
                          ingot_options options = cuda_options()) {
        char detail[INGOT_DETAIL_BYTES] = "unwritten";
        options.detail = detail;
        options.detail_bytes = sizeof(detail);
        ingot_session *session = nullptr;
        arrange();
        EXPECT_EQ(ingot_session_create(&scale_.model(), &options, &session), expected) << detail;
        EXPECT_EQ(session, nullptr);
        expect_nothing_left();

        char reason[INGOT_DETAIL_BYTES] = "unwritten";
        options.device = INGOT_DEVICE_AUTOMATIC;
        options.detail = reason;
        arrange();
        const SessionHandle on_cpu = create(scale_.model(), &options);
        EXPECT_STREQ(ingot_session_device(on_cpu.get()), "cpu");
        EXPECT_STREQ(ingot_session_detail(on_cpu.get()), detail);
        EXPECT_STREQ(reason, detail);
        expect_right_host_run(on_cpu.get(), scale_, 3);
        return detail;
    }

    ScaleModel scale_;
};

TEST_F(CudaErrors, ADriverThatDoesNotStart) {
    const auto mismatch = [] { fake_cuda_fail_call(0, "cuInit", 803); };
    EXPECT_EQ(detail_of(INGOT_NO_CUDA_DRIVER, mismatch), "cuInit: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH");
    const auto no_device = [] { fake_cuda_fail_call(0, "cuInit", 100); };
    EXPECT_EQ(detail_of(INGOT_NO_CUDA_DEVICE, no_device), "cuInit: CUDA_ERROR_NO_DEVICE");
}

TEST_F(CudaErrors, NoDeviceOfTheIndex) {
    ingot_options options = cuda_options();
    for (const int index : {1, -1}) {
        options.device_index = index;
        EXPECT_EQ(detail_of(
                      INGOT_NO_CUDA_DEVICE, [] {}, options),
                  "device_index " + std::to_string(index) + " is not below the number of CUDA devices, 1");
    }
}

TEST_F(CudaErrors, NoDeviceAtAll) {
    fake_cuda_set_device_count(0);
    EXPECT_NE(detail_of(INGOT_NO_CUDA_DEVICE, [] {}), "");
}

TEST_F(CudaErrors, ADeviceThatIsTooOld) {
    fake_cuda_set_compute_capability(7, 5);
    EXPECT_EQ(detail_of(INGOT_UNSUPPORTED_DEVICE, [] {}),
              "CUDA device 0 has compute capability 7.5; the model needs 8.0 or higher");
}

TEST_F(CudaErrors, TooLittleDeviceMemory) {
    fake_cuda_set_memory(1000);
    const uint64_t port = INGOT_CUDA_STAGING_BYTES(ScaleModel::size * sizeof(float), ScaleModel::max_images);
    const uint64_t bytes = INGOT_CUDA_DEVICE_BYTES(scale_.model().weights_bytes, ScaleModel::arena_bytes, 2 * port);
    EXPECT_EQ(detail_of(INGOT_OUT_OF_DEVICE_MEMORY, [] {}),
              "cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY for " + std::to_string(bytes) + " bytes");
}

TEST_F(CudaErrors, PtxThatTheDriverDoesNotTake) {
    scale_.kernel(1).ptx = ".version 7.0\nno target\n";
    EXPECT_EQ(detail_of(INGOT_DEVICE_CALL_FAILED, [] {}), "cuModuleLoadData: CUDA_ERROR_INVALID_PTX");
}

TEST_F(CudaErrors, OtherVersionsAreRefusedBeforeTheDriverIsAsked) {
    scale_.model().abi_version = 1;
    const ingot_options options = cuda_options();
    ingot_session *session = nullptr;
    EXPECT_EQ(ingot_session_create(&scale_.model(), &options, &session), INGOT_ABI_MISMATCH);
    EXPECT_EQ(count_driver().calls, 0U);
}

TEST_F(CudaErrors, HostPointersWhereDeviceOnesArePromised) {
    const CudaApp app;
    const SessionHandle session = create_on_cuda(scale_.model(), INGOT_MEMORY_DEVICE);
    std::vector<float> host = make_scale_images(1);
    const DeviceFloats on_device(host);
    const DeviceFloats scores(host.size());
    EXPECT_EQ(run_on_device(session.get(), host.data(), scores.data(), 1), INGOT_NOT_DEVICE_MEMORY);
    EXPECT_STREQ(ingot_session_detail(session.get()), "input 'image' is not memory of CUDA device 0");
    EXPECT_EQ(run_on_device(session.get(), on_device.data(), host.data(), 1), INGOT_NOT_DEVICE_MEMORY);
    EXPECT_STREQ(ingot_session_detail(session.get()), "output 'scores' is not memory of CUDA device 0");
    expect_right_device_run(session.get(), scale_, 1);
}

TEST_F(CudaErrors, DevicePointersThatVectorAccessesCannotTake) {
    scale_.set_input_alignment(16);
    const CudaApp app;
    const SessionHandle session = create_on_cuda(scale_.model(), INGOT_MEMORY_DEVICE);
    const DeviceFloats images(make_scale_images(2));
    const DeviceFloats scores(2 * ScaleModel::size);
    EXPECT_EQ(run_on_device(session.get(), images.data() + 1, scores.data() + 1, 1), INGOT_MISALIGNED_POINTER);
    EXPECT_STREQ(ingot_session_detail(session.get()),
                 "step 'scale' needs its input or output on a multiple of 16 bytes");
    EXPECT_EQ(run_on_device(session.get(), images.data() + 4, scores.data() + 1, 1), INGOT_OK);
    expect_right_device_run(session.get(), scale_, 1);
}

TEST_F(CudaErrors, OfANodeAreNotForgotten) {
    const CudaApp app;
    const SessionHandle session = create_on_cuda(scale_.model(), INGOT_MEMORY_DEVICE);
    const std::vector<float> images = make_scale_images(3);
    const DeviceFloats first(make_scale_images(3, 5));
    const DeviceFloats second(images);
    const DeviceFloats scores(images.size());
    EXPECT_EQ(run_on_device(session.get(), first.data(), scores.data(), 3), INGOT_OK);
    fake_cuda_fail_call(0, "cuGraphExecKernelNodeSetParams", 1);
    EXPECT_EQ(run_on_device(session.get(), second.data(), scores.data(), 3), INGOT_DEVICE_CALL_FAILED);
    EXPECT_EQ(run_on_device(session.get(), second.data(), scores.data(), 3), INGOT_OK);
    EXPECT_EQ(scores.read(), scale_.expected(images));
}

TEST_F(CudaErrors, EndNoRunWhileCopiesUseTheCallersMemory) {
    const SessionHandle session = create_on_cuda(scale_.model());
    const std::vector<float> images = make_scale_images(3);
    std::vector<float> scores(images.size());
    fake_cuda_mark();
    fake_cuda_fail_call(0, "cuGraphLaunch", 701);
    EXPECT_EQ(run(session.get(), images, scores), INGOT_DEVICE_CALL_FAILED);
    EXPECT_EQ(fake_cuda_calls_of("cuMemcpyHtoDAsync_v2"), 1U);
    EXPECT_EQ(fake_cuda_calls_of("cuStreamSynchronize"), 1U);
    EXPECT_STREQ(ingot_session_detail(session.get()), "cuGraphLaunch: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES");
}

/// The session says that it is lost, again and again, without a call of the driver.
void expect_lost(ingot_session *session) {
    const std::vector<float> images = make_scale_images(1);
    std::vector<float> scores(images.size());
    const std::string detail = ingot_session_detail(session);
    const uint64_t calls = count_driver().calls;
    for (int repetition = 0; repetition < 2; ++repetition) {
        EXPECT_EQ(run(session, images, scores), INGOT_DEVICE_LOST);
        EXPECT_EQ(ingot_session_detail(session), detail);
    }
    EXPECT_EQ(count_driver().calls, calls);
}

TEST_F(CudaErrors, KernelsThatFaultLoseTheSession) {
    for (const bool late : {false, true}) {
        fake_cuda_reset();
        fake_cuda_set_late_errors(late ? 1 : 0);
        const CudaApp app;
        const SessionHandle session = create_on_cuda(scale_.model(), INGOT_MEMORY_DEVICE);
        const DeviceFloats images(make_scale_images(3));
        const DeviceFloats too_few(ScaleModel::size);
        const ingot_status status = run_on_device(session.get(), images.data(), too_few.data(), 3);
        EXPECT_EQ(status, late ? INGOT_OK : INGOT_DEVICE_LOST);
        EXPECT_EQ(run_on_device(session.get(), images.data(), too_few.data(), 3), INGOT_DEVICE_LOST);
        const std::string detail = ingot_session_detail(session.get());
        EXPECT_NE(detail.find(": CUDA_ERROR_ILLEGAL_ADDRESS"), std::string::npos) << detail;
        expect_lost(session.get());
    }
    const SessionHandle next = create_on_cuda(scale_.model());
    expect_right_host_run(next.get(), scale_, 3);
}

TEST_F(CudaErrors, ADestroyedContextLosesTheSession) {
    SessionHandle session = create_on_cuda(scale_.model());
    expect_right_host_run(session.get(), scale_, 3);
    fake_cuda_set_sticky_error(709);
    const std::vector<float> images = make_scale_images(1);
    std::vector<float> scores(images.size());
    EXPECT_EQ(run(session.get(), images, scores), INGOT_DEVICE_LOST);
    const std::string detail = ingot_session_detail(session.get());
    EXPECT_NE(detail.find(": CUDA_ERROR_CONTEXT_IS_DESTROYED"), std::string::npos) << detail;
    expect_lost(session.get());
    session.reset();
    expect_nothing_left();
    session = create_on_cuda(scale_.model());
    expect_right_host_run(session.get(), scale_, 3);
}

TEST_F(CudaErrors, WithoutANameAreGivenByNumber) {
    const auto arrange = [] { fake_cuda_fail_call(0, "cuGraphCreate", 12345); };
    EXPECT_EQ(detail_of(INGOT_DEVICE_CALL_FAILED, arrange), "cuGraphCreate: CUDA error 12345");
}

/// One life of a session in which call number `index` of the driver fails.
class FailingLife {
public:
    struct Kind {
        ingot_memory memory;
        int result;
        bool for_good;
    };

    FailingLife(const ScaleModel &scale, const Kind &kind, uint64_t index) : scale_(scale), kind_(kind) {
        fake_cuda_reset();
        if (kind.memory == INGOT_MEMORY_DEVICE) {
            app_ = std::make_unique<CudaApp>();
            images_ = std::make_unique<DeviceFloats>(make_scale_images(most));
            scores_ = std::make_unique<DeviceFloats>(most * ScaleModel::size);
        }
        fake_cuda_mark();
        (kind.for_good ? fake_cuda_fail_call_for_good : fake_cuda_fail_call)(index, nullptr, kind.result);
    }

    /// True where the failure took place, at whatever call.
    bool live() {
        const fake_cuda_counters before = count_driver();
        const fake_cuda::CUcontext context = app_ ? app_->context() : nullptr;
        ingot_options options = cuda_options(kind_.memory);
        options.detail = detail_;
        options.detail_bytes = sizeof(detail_);
        ingot_session *session = nullptr;
        const ingot_status status = ingot_session_create(&scale_.model(), &options, &session);
        EXPECT_EQ(status != INGOT_OK, fake_cuda_has_failed_call() != 0) << detail_;
        if (status != INGOT_OK) {
            EXPECT_EQ(std::string(detail_).find(failed_call() + ": CUDA_ERROR_"), 0U) << detail_;
        } else {
            for (const size_t n : {3, 20}) {
                run(session, n);
            }
        }
        ingot_session_destroy(session);
        const bool has_failed = fake_cuda_has_failed_call() != 0;
        expect_same(before);
        EXPECT_EQ(stack_top(), context);
        return has_failed;
    }

private:
    static constexpr size_t most = 20;

    /// The name, without _v2, of the call that failed as planned.
    [[nodiscard]] std::string failed_call() const {
        for (size_t i = 0; i < fake_cuda_call_count(); ++i) {
            const fake_cuda_call call = fake_cuda_call_at(i);
            if (call.result == kind_.result) {
                const std::string name = call.name;
                return name.substr(0, name.find("_v2"));
            }
        }
        return "none";
    }

    ingot_status run_once(ingot_session *session, size_t n, std::vector<float> *scores) {
        const std::vector<float> images = make_scale_images(n);
        scores->assign(images.size(), -1);
        if (kind_.memory == INGOT_MEMORY_HOST) {
            return ingot::run(session, images, *scores);
        }
        // The memory of this driver is the test's own: reading it calls nothing that could fail in its stead.
        const ingot_status status = run_on_device(session, images_->data(), scores_->data(), n);
        scores->assign(scores_->data(), scores_->data() + images.size());
        return status;
    }

    void run(ingot_session *session, size_t n) {
        std::vector<float> scores;
        const bool had_failed = fake_cuda_has_failed_call() != 0;
        const ingot_status status = run_once(session, n, &scores);
        if (had_failed) {
            EXPECT_EQ(status, kind_.for_good ? INGOT_DEVICE_LOST : INGOT_OK);
            return;
        }
        EXPECT_EQ(status != INGOT_OK, fake_cuda_has_failed_call() != 0);
        if (status == INGOT_OK) {
            EXPECT_EQ(scores, scale_.expected(make_scale_images(n)));
            return;
        }
        const std::string detail = ingot_session_detail(session);
        // An error of cuPointerGetAttribute may mean the pointer.
        const bool means_pointer = status == INGOT_NOT_DEVICE_MEMORY;
        EXPECT_NE(detail.find(means_pointer ? "is not memory of CUDA device" : failed_call() + ": CUDA_ERROR_"),
                  std::string::npos)
            << detail;
        if (kind_.for_good) {
            expect_lost(session);
        } else if (kind_.memory == INGOT_MEMORY_HOST) {
            expect_right_host_run(session, scale_, n);
        } else {
            expect_right_device_run(session, scale_, n);
        }
    }

    static void expect_same(const fake_cuda_counters &before) {
        const fake_cuda_counters after = count_driver();
        EXPECT_EQ(after.live_allocations, before.live_allocations);
        EXPECT_EQ(after.live_modules, before.live_modules);
        EXPECT_EQ(after.live_graphs, before.live_graphs);
        EXPECT_EQ(after.live_execs, before.live_execs);
        EXPECT_EQ(after.retains, before.retains);
        EXPECT_EQ(after.dropped_objects, before.dropped_objects);
    }

    static fake_cuda::CUcontext stack_top() {
        fake_cuda_fail_call(0, nullptr, 0);
        return current_context();
    }

    const ScaleModel &scale_;
    Kind kind_;
    std::unique_ptr<CudaApp> app_;
    std::unique_ptr<DeviceFloats> images_, scores_;
    char detail_[INGOT_DETAIL_BYTES] = "";
};

TEST_F(CudaErrors, OfEveryCallInTurnLeaveNothingBehind) {
    const std::vector<FailingLife::Kind> kinds = {
        {INGOT_MEMORY_HOST, 1, false},   {INGOT_MEMORY_HOST, 2, false},   {INGOT_MEMORY_HOST, 719, true},
        {INGOT_MEMORY_DEVICE, 1, false}, {INGOT_MEMORY_DEVICE, 2, false}, {INGOT_MEMORY_DEVICE, 719, true}};
    constexpr uint64_t times = 1000;
    uint64_t failures = 0;
    size_t bytes_after_first_round = 0;
    while (failures < times) {
        for (const FailingLife::Kind &kind : kinds) {
            uint64_t index = 0;
            while (FailingLife(scale_, kind, index).live()) {
                ASSERT_FALSE(HasFailure()) << "call " << index << " of a life with result " << kind.result;
                ++index;
            }
            EXPECT_GT(index, 30U);
            failures += index;
        }
        fake_cuda_reset();
        if (bytes_after_first_round == 0) {
            bytes_after_first_round = mallinfo2().uordblks;
        }
    }
    // Of each session of the later rounds not as much as its struct is left; the sanitizers find it themselves.
    const size_t bytes = mallinfo2().uordblks;
    EXPECT_LT(bytes, bytes_after_first_round + 64 * 1024);
}

}  // namespace
}  // namespace ingot
