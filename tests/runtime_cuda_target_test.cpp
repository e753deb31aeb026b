// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cuda_target.h"
#include "tests/runtime_cuda_model.h"
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace ingot {
namespace {

using Architectures = std::vector<ScaleModel::Architecture>;

const Architectures compiled = {{"cuda-sm_80", 80, 80},
                                {"cuda-sm_86", 86, 86},
                                {"cuda-sm_90", 90, 86},
                                {"cuda-compute_80", 0, 80},
                                {"cuda-sm_120", 120, 86}};

/// "cuda-sm_80 cubin" or "cuda-sm_80 ptx", or the status.
std::string choice(const Architectures &architectures, uint32_t capability, const char *name = nullptr) {
    const ScaleModel scale(3, architectures);
    CudaTarget target;
    const ingot_status status = choose_target(scale.model(), name, capability, &target);
    if (status != INGOT_OK) {
        return ingot_status_message(status);
    }
    EXPECT_EQ(target.count, 2U);
    EXPECT_EQ(target.plans[0].min_images, 1U);
    EXPECT_EQ(target.plans[1].min_images, 8U);
    return target.plans->target + std::string(target.takes_cubin ? " cubin" : " ptx");
}

const std::string unsupported = ingot_status_message(INGOT_UNSUPPORTED_DEVICE);

TEST(CudaTarget, MachineCodeRunsOnItsMajorVersionFromItsMinorOneOn) {
    EXPECT_EQ(choice(compiled, 80), "cuda-sm_80 cubin");
    EXPECT_EQ(choice(compiled, 86), "cuda-sm_86 cubin");
    EXPECT_EQ(choice(compiled, 87), "cuda-sm_86 cubin");
    EXPECT_EQ(choice(compiled, 89), "cuda-sm_86 cubin");
    EXPECT_EQ(choice(compiled, 90), "cuda-sm_90 cubin");
    EXPECT_EQ(choice(compiled, 121), "cuda-sm_120 cubin");
}

TEST(CudaTarget, PtxRunsOnLaterDevicesTheHighestFirst) {
    EXPECT_EQ(choice(compiled, 100), "cuda-sm_120 ptx") << "of equal PTX that of the latest machine code";
    EXPECT_EQ(choice({{"cuda-sm_80", 80, 80}, {"cuda-compute_86", 0, 86}}, 90), "cuda-compute_86 ptx");
    EXPECT_EQ(choice({{"cuda-compute_86", 0, 86}, {"cuda-compute_80", 0, 80}}, 80), "cuda-compute_80 ptx");
    EXPECT_EQ(choice({{"cuda-sm_80", 80, 80}, {"cuda-compute_86", 0, 86}}, 89), "cuda-sm_80 cubin");
    EXPECT_EQ(choice({{"cuda-sm_90", 90, 86}}, 86), "cuda-sm_90 ptx");
}

TEST(CudaTarget, OlderDevicesAreRefused) {
    EXPECT_EQ(choice(compiled, 75), unsupported);
    EXPECT_EQ(choice({{"cuda-sm_90", 90, 86}}, 80), unsupported);
    EXPECT_EQ(choice({{"cuda-sm_86", 86, 86}}, 80), unsupported);
    const ScaleModel scale(3, {{"cuda-sm_90", 90, 86}, {"cuda-sm_80", 80, 80}});
    EXPECT_EQ(lowest_capability(scale.model(), nullptr), 80U);
    EXPECT_EQ(lowest_capability(scale.model(), "cuda-sm_90"), 86U);
}

TEST(CudaTarget, OneIsTakenByName) {
    EXPECT_EQ(choice(compiled, 90, "cuda-sm_80"), "cuda-sm_80 ptx");
    EXPECT_EQ(choice(compiled, 86, "cuda-compute_80"), "cuda-compute_80 ptx");
    EXPECT_EQ(choice(compiled, 86, "cuda-sm_80"), "cuda-sm_80 cubin");
    EXPECT_EQ(choice(compiled, 80, "cuda-sm_90"), unsupported);
    EXPECT_EQ(choice(compiled, 90, "cuda-sm_70"), ingot_status_message(INGOT_UNKNOWN_LEVEL));
}

TEST(CudaTarget, CountsTheHostMemoryOfItsPlans) {
    const ScaleModel scale;
    const CudaTarget target = next_target(scale.model(), {});
    EXPECT_EQ(host_bytes(scale.model(), target), INGOT_CUDA_SESSION_BYTES(2, 2, 3, 12));
    EXPECT_EQ(largest_arena(target), ScaleModel::arena_bytes);
    EXPECT_EQ(largest_batch(target), ScaleModel::max_images);
    EXPECT_EQ(next_target(scale.model(), target).count, 0U);
}

}  // namespace
}  // namespace ingot
