// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The choice of a device where there is no CUDA driver, or an old one.
#include "tests/runtime_cuda_model.h"
#include "tests/runtime_session.h"
#include <cstdlib>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace ingot {
namespace {

/// Creates a session and destroys it at once.
struct Creation {
    explicit Creation(const ingot_model &model, ingot_options options) {
        options.detail = text;
        options.detail_bytes = sizeof(text);
        ingot_session *session = nullptr;
        status = ingot_session_create(&model, &options, &session);
        if (session != nullptr) {
            device = ingot_session_device(session);
            level = ingot_session_level(session);
            EXPECT_STREQ(ingot_session_detail(session), text);
        }
        ingot_session_destroy(session);
    }
    [[nodiscard]] std::string detail() const { return text; }

    ingot_status status;
    std::string device, level;
    char text[INGOT_DETAIL_BYTES] = "unwritten";
};

ingot_options options_for(ingot_device device, const char *level = nullptr) {
    ingot_options options = INGOT_OPTIONS_INIT;
    options.device = device;
    options.level = level;
    return options;
}

TEST(Device, IsTheCpuUnlessAskedFor) {
    const ScaleModel scale;
    const Creation creation(scale.model(), options_for(INGOT_DEVICE_CPU));
    EXPECT_EQ(creation.status, INGOT_OK);
    EXPECT_EQ(creation.device, "cpu");
    EXPECT_EQ(creation.level, "any");
    EXPECT_EQ(creation.detail(), "");
    EXPECT_EQ(ingot_session_device(nullptr), nullptr);
    EXPECT_STREQ(ingot_session_detail(nullptr), "");
}

TEST(Device, OfAModelWithoutItsKernelsIsRefused) {
    const BoxModel box;
    EXPECT_EQ(Creation(box.model(), options_for(INGOT_DEVICE_CUDA)).status, INGOT_NO_CUDA_KERNELS);
    EXPECT_EQ(Creation(box.model(), options_for(INGOT_DEVICE_AUTOMATIC, "cuda-sm_80")).status, INGOT_UNKNOWN_LEVEL);
    const Creation automatic(box.model(), options_for(INGOT_DEVICE_AUTOMATIC));
    EXPECT_EQ(automatic.device, "cpu");
    EXPECT_EQ(automatic.detail(), ingot_status_message(INGOT_NO_CUDA_KERNELS));
    const PairModel pair;
    EXPECT_EQ(Creation(pair.model(), options_for(INGOT_DEVICE_CPU)).status, INGOT_NO_CPU_KERNELS);
}

TEST(Device, OptionsThatContradictAreRefused) {
    const ScaleModel scale;
    ingot_options options = options_for(INGOT_DEVICE_CPU);
    options.memory = INGOT_MEMORY_DEVICE;
    EXPECT_EQ(Creation(scale.model(), options).status, INGOT_INVALID_OPTION);
    EXPECT_EQ(ingot_session_bytes(&scale.model(), &options), 0U);
    options = options_for(static_cast<ingot_device>(INGOT_DEVICE_AUTOMATIC + 1));
    EXPECT_EQ(Creation(scale.model(), options).status, INGOT_INVALID_OPTION);
    options = options_for(INGOT_DEVICE_CPU);
    options.detail_bytes = 8;
    ingot_session *session = nullptr;
    EXPECT_EQ(ingot_session_create(&scale.model(), &options, &session), INGOT_NULL_POINTER);
}

TEST(Device, LevelNamesATargetOfIt) {
    const ScaleModel scale;
    EXPECT_EQ(Creation(scale.model(), options_for(INGOT_DEVICE_CPU, "cuda-compute_80")).status,
              INGOT_UNKNOWN_LEVEL);
    for (const char *unknown : {"any", "cuda-sm_80"}) {
        EXPECT_EQ(Creation(scale.model(), options_for(INGOT_DEVICE_CUDA, unknown)).status, INGOT_UNKNOWN_LEVEL);
    }
    for (const char *unknown : {"none", "cuda-sm_80"}) {
        EXPECT_EQ(Creation(scale.model(), options_for(INGOT_DEVICE_AUTOMATIC, unknown)).status,
                  INGOT_UNKNOWN_LEVEL);
    }
    for (const char *known : {"any", "cuda-compute_80"}) {
        EXPECT_EQ(Creation(scale.model(), options_for(INGOT_DEVICE_AUTOMATIC, known)).status, INGOT_OK);
    }
}

TEST(Device, AutomaticNeedsMemoryForEither) {
    ScaleModel scale;
    const ingot_options cuda = options_for(INGOT_DEVICE_CUDA);
    const ingot_options automatic = options_for(INGOT_DEVICE_AUTOMATIC);
    const size_t on_cpu = ingot_session_bytes(&scale.model(), nullptr);
    const size_t on_cuda = ingot_session_bytes(&scale.model(), &cuda);
    EXPECT_EQ(on_cpu, INGOT_SESSION_BYTES(1, 3, 3, 0, 0));
    EXPECT_EQ(on_cuda, INGOT_CUDA_SESSION_BYTES(2, 2, 3, 12));
    EXPECT_GT(on_cuda, on_cpu);
    EXPECT_EQ(ingot_session_bytes(&scale.model(), &automatic), on_cuda);
    scale.cpu_plan().scratch_bytes = 4096;
    EXPECT_EQ(ingot_session_bytes(&scale.model(), &automatic), on_cpu + 4096);
}

/// What keeps CUDA from working here.
class NoDriver : public testing::Test {
protected:
    void SetUp() override {
        const char *expected = std::getenv("INGOT_TEST_DRIVER");
        expected_ = expected != nullptr ? expected : "libcuda.so.1";
        void *library = dlopen("libcuda.so.1", RTLD_NOW);
        if (expected == nullptr && library != nullptr) {
            GTEST_SKIP() << "this machine has a CUDA driver";
        }
        ASSERT_EQ(library != nullptr, expected != nullptr);
    }
    void expect_reason(const std::string &detail) const {
        EXPECT_NE(detail.find(expected_), std::string::npos) << detail;
        EXPECT_EQ(detail.find('\n'), std::string::npos) << detail;
    }

    ScaleModel scale_;
    std::string expected_;
};

TEST_F(NoDriver, IsAStatusWithTheReason) {
    for (int repetition = 0; repetition < 2; ++repetition) {
        const Creation creation(scale_.model(), options_for(INGOT_DEVICE_CUDA));
        EXPECT_EQ(creation.status, INGOT_NO_CUDA_DRIVER);
        expect_reason(creation.detail());
    }
    ingot_options options = options_for(INGOT_DEVICE_CUDA);
    char detail[8];
    options.detail = detail;
    options.detail_bytes = sizeof(detail);
    ingot_session *session = nullptr;
    EXPECT_EQ(ingot_session_create(&scale_.model(), &options, &session), INGOT_NO_CUDA_DRIVER);
    EXPECT_STREQ(detail, "libcuda") << "cut to the caller's memory";
}

TEST_F(NoDriver, AutomaticTakesTheCpu) {
    CallersArena arena(ingot_session_bytes(&scale_.model(), nullptr) + 4096);
    ingot_options options = arena.options();
    options.device = INGOT_DEVICE_AUTOMATIC;
    const SessionHandle session = create(scale_.model(), &options);
    EXPECT_STREQ(ingot_session_device(session.get()), "cpu");
    expect_reason(ingot_session_detail(session.get()));
    const std::vector<float> images = make_images(3);
    std::vector<float> scores(images.size());
    EXPECT_EQ(run(session.get(), images, scores), INGOT_OK);
    EXPECT_EQ(scores, scale_.expected(images));
    EXPECT_TRUE(arena.fences_untouched());
}

TEST_F(NoDriver, AutomaticDoesNotTakeTheCpuForDeviceMemory) {
    ingot_options options = options_for(INGOT_DEVICE_AUTOMATIC);
    options.memory = INGOT_MEMORY_DEVICE;
    const Creation creation(scale_.model(), options);
    EXPECT_EQ(creation.status, INGOT_NO_CUDA_DRIVER);
    expect_reason(creation.detail());
}

TEST_F(NoDriver, AutomaticWithoutCpuKernelsSaysWhyNeitherWorks) {
    const PairModel pair;
    const Creation creation(pair.model(), options_for(INGOT_DEVICE_AUTOMATIC));
    EXPECT_EQ(creation.status, INGOT_NO_CPU_KERNELS);
    expect_reason(creation.detail());
}

}  // namespace
}  // namespace ingot
