// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every CUDA schedule on every case of the shared table: it is emitted, and what ptxas makes of it keeps to the
// schedule's registers and shared memory.
#include "generators/load.h"
#include "harness/kernel_problem.h"
#include "ingot/plan.h"
#include "schedules/choose.h"
#include "tests/kernel_cases.h"
#include <gtest/gtest.h>

namespace ingot {
namespace {

class CudaEmit : public testing::TestWithParam<Op> {};

TEST_P(CudaEmit, EverySchedule) {
    const Target &target = find_target("cuda-compute_86");
    std::vector<KernelRequest> batch;
    for (const char *text : kernel_cases(GetParam())) {
        const KernelSpec shape = parse_kernel_spec(text);
        for (const Choice &choice : supported_choices(shape, target, false)) {
            batch.push_back({with_layouts(shape, choice, target), choice, &target, KernelForm::shipped});
        }
    }
    ASSERT_FALSE(batch.empty());
    const LoadedKernels kernels(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const ingot_cuda_kernel &kernel = kernels.cuda_kernel(i);
        EXPECT_EQ(kernel.compute, 86U);
        EXPECT_EQ(kernel.sm, 0U);
        EXPECT_EQ(kernel.cubin, nullptr);
        EXPECT_NE(std::string(kernel.ptx).find(".entry " + std::string(kernel.entry)), std::string::npos);
        EXPECT_LE(kernel.block_x * kernel.block_y * kernel.block_z, 1024U);
        EXPECT_LE(kernel.shared_bytes, 48U * 1024);
    }
}

INSTANTIATE_TEST_SUITE_P(Op, CudaEmit,
                         testing::Values(Op::conv2d, Op::conv2d_pool2d, Op::pool2d, Op::gemm, Op::sequential),
                         [](const auto &op) { return std::string(to_text(op.param)); });

}  // namespace
}  // namespace ingot
