// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What NVIDIA's assembler makes of the schedules that state their registers, for two architectures, with the limit
// that Halide's runtime sets and without one; and the loops of the reference net against the schedule's argument.
#include "generators/load.h"
#include "generators/ptxas.h"
#include "harness/kernel_problem.h"
#include "ingot/plan.h"
#include "schedules/choose.h"
#include "spec/error.h"
#include "tests/kernel_cases.h"
#include <gtest/gtest.h>
#include <sstream>

namespace ingot {
namespace {

namespace fs = std::filesystem;

const Target &ptx_target() {
    return find_target("cuda-compute_80");
}

class CudaPtxas : public testing::TestWithParam<const char *> {
protected:
    void SetUp() override {
        try {
            (void)find_ptxas();
        } catch (const Error &error) {
            GTEST_SKIP() << error.what();
        }
    }
};

TEST_P(CudaPtxas, KeepsEverythingInRegisters) {
    const KernelSpec shape = parse_kernel_spec(GetParam());
    const fs::path cubin = fs::path(testing::TempDir()) / "cuda_ptxas_test.cubin";
    for (const Choice &choice : supported_choices(shape, ptx_target(), false)) {
        const std::string ptx =
            emit_assembly({with_layouts(shape, choice, ptx_target()), choice, &ptx_target(), KernelForm::shipped});
        for (int sm : {80, 90}) {
            for (int limit : {0, 64}) {
                const CudaResources used = run_ptxas(ptx, sm, cubin, limit);
                const std::string where =
                    to_text(choice) + " sm_" + std::to_string(sm) + " limit " + std::to_string(limit);
                EXPECT_EQ(used.stack_bytes, 0) << where;
                EXPECT_EQ(used.spill_bytes, 0) << where;
                EXPECT_LE(used.registers, 64) << where;
            }
        }
    }
    fs::remove(cubin);
}

INSTANTIATE_TEST_SUITE_P(sequential, CudaPtxas, testing::ValuesIn(kernel_cases(Op::sequential)),
                         [](const auto &shape) { return std::to_string(shape.index); });

class CudaShared : public testing::TestWithParam<const char *> {};

TEST_P(CudaShared, StaysWithinTheBudget) {
    const KernelSpec shape = parse_kernel_spec(GetParam());
    std::vector<KernelRequest> batch;
    for (const Choice &choice : supported_choices(shape, ptx_target(), false)) {
        batch.push_back({with_layouts(shape, choice, ptx_target()), choice, &ptx_target(), KernelForm::shipped});
    }
    const LoadedKernels kernels(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const Choice &choice = batch[i].choice;
        const ScheduleInfo &schedule = find_schedule(find_algorithm(choice.algorithm), choice.schedule);
        const CudaBudget budget = schedule.budget(batch[i].spec, ptx_target(), choice.params);
        EXPECT_LE(kernels.cuda_kernel(i).shared_bytes, static_cast<uint32_t>(budget.shared_bytes))
            << to_text(choice);
    }
}

INSTANTIATE_TEST_SUITE_P(sequential, CudaShared, testing::ValuesIn(kernel_cases(Op::sequential)),
                         [](const auto &shape) { return std::to_string(shape.index); });

struct Loop {
    int fma = 0, shared_vectors = 0, shared = 0, global = 0;
};

/// The basic blocks of a PTX text that hold at least `fmas` multiply-adds.
std::vector<Loop> loops(const std::string &ptx, int fmas) {
    std::vector<Loop> result;
    Loop block;
    std::istringstream lines(ptx);
    for (std::string line; std::getline(lines, line);) {
        const auto has = [&](const char *word) { return line.find(word) != std::string::npos ? 1 : 0; };
        block.fma += has("fma.rn.f32");
        block.shared_vectors += has("ld.shared.v");
        block.shared += has("ld.shared.b32");
        block.global += has("ld.global");
        if (has("bra") != 0 || line.starts_with("$L")) {
            if (block.fma >= fmas) {
                result.push_back(block);
            }
            block = {};
        }
    }
    return result;
}

TEST(CudaImage, SecondLayerOfTheReferenceNet) {
    const KernelSpec shape = parse_kernel_spec(kernel_cases(Op::sequential)[0]);
    const Choice choice = complete(parse_choice("sequential/cuda_image"), shape, ptx_target());
    const std::vector<Loop> found = loops(
        emit_assembly({with_layouts(shape, choice, ptx_target()), choice, &ptx_target(), KernelForm::shipped}),
        250);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[1].fma, 7 * 4 * 9);
    EXPECT_EQ(found[1].shared_vectors, 4 * 4);  // four rows of sixteen elements
    EXPECT_EQ(found[1].shared, 0);
    EXPECT_EQ(found[1].global, 9);  // a weight for each tap
}

}  // namespace
}  // namespace ingot
