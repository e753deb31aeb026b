// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the machine code of the chosen schedules must look like: the loops that sum keep everything in registers.
#include "generators/emit.h"
#include "harness/assembly.h"
#include "harness/kernel_problem.h"
#include "schedules/choose.h"
#include <gtest/gtest.h>

namespace ingot {
namespace {

TEST(InnerLoops, AreFoundWithTheirSpills) {
    const std::string assembly = ".LBB0_1:\n\tmovq\t%rax, %rbx\n.LBB0_2:\n\tvfmadd231ps\t(%rax), %zmm1, %zmm2\n"
                                 "\tvmovups\t%zmm3, 64(%rsp)                # 64-byte Spill\n\tjne\t.LBB0_2\n"
                                 "\tmovq\t%rcx, 8(%rsp)                     # 8-byte Spill\n\tjne\t.LBB0_1\n";
    const std::vector<InnerLoop> loops = inner_loops(assembly);
    ASSERT_EQ(loops.size(), 1U);
    EXPECT_EQ(loops[0].label, ".LBB0_2");
    EXPECT_EQ(loops[0].instructions, 3);
    EXPECT_EQ(loops[0].multiply_adds, 1);
    EXPECT_EQ(loops[0].vector_spills, 1);
    EXPECT_EQ(loops[0].vector_stores, 1);
}

struct Row {
    const char *shape;
    const char *target;
    Numerics numerics;
    int multiply_adds;  ///< in the loop that sums: the accumulators of the tile, times what is unrolled
};

class SummingLoop : public testing::TestWithParam<Row> {};

TEST_P(SummingLoop, KeepsItsAccumulatorsInRegisters) {
    const Target &target = find_target(GetParam().target);
    const KernelSpec shape = parse_kernel_spec(GetParam().shape);
    const Choice choice = choose(shape, target, {std::nullopt, GetParam().numerics}).choice;
    const std::string assembly =
        emit_assembly({with_layouts(shape, choice, target), choice, &target, KernelForm::shipped});
    int most = 0;
    for (const InnerLoop &loop : inner_loops(assembly)) {
        if (loop.multiply_adds >= 4) {
            EXPECT_EQ(loop.vector_spills, 0) << to_text(choice) << ", loop " << loop.label;
            EXPECT_EQ(loop.vector_stores, 0) << to_text(choice) << ", loop " << loop.label;
        }
        most = std::max(most, loop.multiply_adds);
    }
    EXPECT_EQ(most, GetParam().multiply_adds) << to_text(choice);
}

constexpr const char *conv1 =
    "conv2d_pool2d n=1 h=28 w=28 ci=1 co=16 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0 "
    "epilogue=bias,relu";
constexpr const char *conv2 =
    "conv2d_pool2d n=1 h=14 w=14 ci=16 co=32 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0 "
    "epilogue=bias,relu";
constexpr const char *conv_3x3 = "conv2d n=1 h=28 w=28 ci=128 co=128 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu";
constexpr const char *conv_1x1 = "conv2d n=1 h=14 w=14 ci=256 co=256 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu";
constexpr const char *fc = "gemm n=1 ci=1568 co=10 epilogue=bias";

std::string row_name(const testing::TestParamInfo<Row> &info) {
    std::string name;
    for (const std::string &text : {std::string(info.param.shape), std::string(info.param.target)}) {
        for (char c : text) {
            name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c) : c == ' ' ? "_" : "";
        }
    }
    return name;
}

constexpr Numerics exact = Numerics::exact, standard = Numerics::standard;

INSTANTIATE_TEST_SUITE_P(, SummingLoop,
                         testing::Values(Row{conv1, "x86-64-v4", standard, 28}, Row{fc, "x86-64-v4", standard, 10},
                                         Row{conv_1x1, "x86-64-v4", standard, 28},
                                         Row{conv_1x1, "x86-64-v3", standard, 12},
                                         Row{fc, "x86-64-v3", standard, 10}),
                         row_name);
INSTANTIATE_TEST_SUITE_P(Direct, SummingLoop,
                         testing::Values(Row{conv2, "x86-64-v4", exact, 28}, Row{conv_3x3, "x86-64-v4", exact, 28},
                                         Row{conv2, "x86-64-v3", exact, 8}, Row{conv_3x3, "x86-64-v3", exact, 12},
                                         Row{conv2, "x86-64-v2", exact, 8}),
                         row_name);
// The register tile times what is unrolled over input channels; the transforms do not multiply.
INSTANTIATE_TEST_SUITE_P(Winograd, SummingLoop,
                         testing::Values(Row{conv2, "x86-64-v4", standard, 56},
                                         Row{conv_3x3, "x86-64-v4", standard, 112},
                                         Row{conv2, "x86-64-v3", standard, 40},
                                         Row{conv_3x3, "x86-64-v3", standard, 48},
                                         Row{conv2, "x86-64-v2", standard, 8}),
                         row_name);

}  // namespace
}  // namespace ingot
