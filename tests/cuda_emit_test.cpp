// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every CUDA schedule, emitted on the shared cases and on the benchmark's shapes; what ptxas makes of it, with and
// without a limit of 64 registers, keeps to the schedule's budget. Where there is no ptxas, emission alone is
// tested.
#include "bench/shapes.h"
#include "generators/files.h"
#include "generators/load.h"
#include "generators/ptxas.h"
#include "harness/kernel_problem.h"
#include "ingot/plan.h"
#include "schedules/choose.h"
#include "spec/error.h"
#include "tests/kernel_cases.h"
#include "tests/ptx_loop.h"
#include <gtest/gtest.h>

namespace ingot {
namespace {

const Target &ptx_target() {
    return find_target("cuda-compute_86");
}

void add(std::vector<KernelRequest> &batch, const KernelSpec &shape, const Choice &choice) {
    batch.push_back({with_layouts(shape, choice, ptx_target()), choice, &ptx_target(), KernelForm::shipped});
}

std::vector<Choice> tuned_choices(const KernelSpec &shape, bool all_params) {
    std::vector<Choice> choices = supported_choices(shape, ptx_target(), all_params);
    std::erase_if(choices, [](const Choice &choice) { return choice.schedule == "cuda_reference"; });
    return choices;
}

/// On the shared cases every schedule with its default parameters, and with others of those that it supports.
std::vector<KernelRequest> case_kernels(Op op) {
    std::vector<KernelRequest> batch;
    std::size_t seed = 0;
    for (const char *text : kernel_cases(op)) {
        const KernelSpec shape = parse_kernel_spec(text);
        for (const Choice &choice : supported_choices(shape, ptx_target(), false)) {
            add(batch, shape, choice);
        }
        if (const std::vector<Choice> others = tuned_choices(shape, true); !others.empty()) {
            constexpr std::size_t step = 7919;  // a prime: neighbouring cases take parameters far apart
            add(batch, shape, others[seed++ * step % others.size()]);
        }
    }
    return batch;
}

/// What is chosen for the benchmark's shapes, also for many images, and every tuned schedule on 32 images of them.
std::vector<KernelRequest> bench_kernels(Op op) {
    std::vector<KernelSpec> shapes = read_shapes(shapes_file(op));
    if (op == Op::conv2d_pool2d) {
        shapes.push_back(parse_kernel_spec("conv2d_pool2d n=32 h=56 w=56 ci=64 co=64 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 "
                                           "ps=2x2 pp=0,0,0,0 epilogue=bias,relu"));
    }
    std::vector<KernelRequest> batch;
    for (KernelSpec &shape : shapes) {
        add(batch, shape, choose(shape, ptx_target()).choice);
        shape.n = 512;
        add(batch, shape, choose(shape, ptx_target()).choice);
        shape.n = 32;
        for (const Choice &choice : tuned_choices(shape, false)) {
            add(batch, shape, choice);
        }
    }
    return batch;
}

std::string name(const KernelRequest &request) {
    return shape_text(request.spec) + " by " + to_text(request.choice);
}

CudaBudget budget_of(const KernelRequest &request) {
    const ScheduleInfo &schedule = find_schedule(find_algorithm(request.choice.algorithm), request.choice.schedule);
    return schedule.budget == nullptr ? CudaBudget{255, 48 * 1024, 0, 0}
                                      : schedule.budget(request.spec, *request.target, request.choice.params);
}

class CudaEmit : public testing::TestWithParam<Op> {
protected:
    static void check_launch(const KernelRequest &request, const ingot_cuda_kernel &kernel) {
        EXPECT_EQ(kernel.compute, 86U);
        EXPECT_EQ(kernel.sm, 0U);
        EXPECT_EQ(kernel.cubin, nullptr);
        EXPECT_NE(std::string(kernel.ptx).find(".entry " + std::string(kernel.entry)), std::string::npos);
        EXPECT_LE(kernel.block_x * kernel.block_y * kernel.block_z, 1024U);
        EXPECT_LE(kernel.shared_bytes, static_cast<uint32_t>(budget_of(request).shared_bytes)) << name(request);
    }

    /// Loads of the summing loop, but for a few that start its sums where it is unrolled completely.
    static void check_loop(const KernelRequest &request, const ingot_cuda_kernel &kernel) {
        const CudaBudget budget = budget_of(request);
        const PtxLoop loop = summing_loop(kernel.ptx);
        constexpr int others = 8;
        const auto at_most = [&](double fma_per_load) {
            return fma_per_load > 0 ? static_cast<int>(loop.fmas / fma_per_load + 0.5) + others : 1 << 30;
        };
        EXPECT_LE(loop.shared_loads, at_most(budget.fma_per_shared_load)) << name(request) << ": " << loop.fmas;
        EXPECT_LE(loop.global_loads, at_most(budget.fma_per_global_load)) << name(request) << ": " << loop.fmas;
    }

    static void check_machine_code(const KernelRequest &request, const ingot_cuda_kernel &kernel) {
        const TemporaryDirectory folder;
        // The reference of Winograd keeps 16 sums beside the transforms of 16 pixels and whether each is inside.
        const bool fits_64 = find_algorithm(request.choice.algorithm).direct;
        for (int sm : {80, 90}) {
            for (int max_registers : fits_64 ? std::vector{0, 64} : std::vector{0}) {
                const std::string ptx = sm == 80 ? ptx_of_80(kernel.ptx) : kernel.ptx;
                const CudaResources used = run_ptxas(ptx, sm, folder.path() / "kernel.cubin", max_registers);
                const std::string where =
                    name(request) + ", sm_" + std::to_string(sm) + ", limit " + std::to_string(max_registers);
                EXPECT_EQ(used.stack_bytes, 0) << where;
                EXPECT_EQ(used.spill_bytes, 0) << where;
                EXPECT_EQ(used.shared_bytes, 0) << where;  // what there is, is dynamic
                EXPECT_LE(used.registers, budget_of(request).registers) << where;
            }
        }
    }

    static void check(const std::vector<KernelRequest> &batch) {
        ASSERT_FALSE(batch.empty());
        const LoadedKernels kernels(batch);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            check_launch(batch[i], kernels.cuda_kernel(i));
            check_loop(batch[i], kernels.cuda_kernel(i));
        }
        try {
            find_ptxas();
        } catch (const Error &error) {
            GTEST_SKIP() << error.what();
        }
        for (std::size_t i = 0; i < batch.size(); ++i) {
            check_machine_code(batch[i], kernels.cuda_kernel(i));
        }
    }
};

TEST_P(CudaEmit, CasesKeepToTheirBudgets) {
    check(case_kernels(GetParam()));
}

class CudaEmitOfBench : public CudaEmit {};

TEST_P(CudaEmitOfBench, ShapesKeepToTheirBudgets) {
    check(bench_kernels(GetParam()));
}

const auto op_name = [](const auto &op) { return std::string(to_text(op.param)); };

INSTANTIATE_TEST_SUITE_P(conv2d, CudaEmit, testing::Values(Op::conv2d), op_name);
INSTANTIATE_TEST_SUITE_P(conv2d, CudaEmitOfBench, testing::Values(Op::conv2d), op_name);
INSTANTIATE_TEST_SUITE_P(conv2d_pool2d, CudaEmit, testing::Values(Op::conv2d_pool2d), op_name);
INSTANTIATE_TEST_SUITE_P(conv2d_pool2d, CudaEmitOfBench, testing::Values(Op::conv2d_pool2d), op_name);
INSTANTIATE_TEST_SUITE_P(pool2d, CudaEmit, testing::Values(Op::pool2d), op_name);
INSTANTIATE_TEST_SUITE_P(pool2d, CudaEmitOfBench, testing::Values(Op::pool2d), op_name);
INSTANTIATE_TEST_SUITE_P(gemm, CudaEmit, testing::Values(Op::gemm), op_name);
INSTANTIATE_TEST_SUITE_P(gemm, CudaEmitOfBench, testing::Values(Op::gemm), op_name);
INSTANTIATE_TEST_SUITE_P(sequential, CudaEmit, testing::Values(Op::sequential), op_name);

// The reference net's second convolution in the kernel of the whole net: seven windows of four results by nine
// taps, four rows of sixteen source elements, a weight for each tap.
TEST(PtxOfTheReferenceNet, LoadsVectorsOfTheSourceAndAWeightForEachTap) {
    const KernelSpec net = parse_kernel_spec(kernel_cases(Op::sequential)[0]);
    const Choice choice = complete(parse_choice("sequential/cuda_image:threads=224"), net, ptx_target());
    std::vector<KernelRequest> batch;
    add(batch, net, choice);
    const LoadedKernels kernels(batch);
    const PtxLoop loop = summing_loop(kernels.cuda_kernel(0).ptx);
    EXPECT_EQ(loop.fmas, 7 * 4 * 9);
    EXPECT_EQ(loop.shared_loads, 4 * 4);
    EXPECT_EQ(loop.global_loads, 9);
}

// check_machine_code relies on it.
TEST(PtxOf80, DiffersInItsHeaderAlone) {
    for (Op op : {Op::conv2d_pool2d, Op::gemm}) {
        const KernelSpec shape = read_shapes(shapes_file(op)).front();
        const Choice choice = choose(shape, ptx_target()).choice;
        std::vector<KernelRequest> batch;
        for (const char *target : {"cuda-compute_86", "cuda-compute_80"}) {
            batch.push_back(
                {with_layouts(shape, choice, ptx_target()), choice, &find_target(target), KernelForm::shipped});
        }
        const LoadedKernels kernels(batch);
        EXPECT_EQ(ptx_of_80(kernels.cuda_kernel(0).ptx), kernels.cuda_kernel(1).ptx);
    }
}

}  // namespace
}  // namespace ingot
