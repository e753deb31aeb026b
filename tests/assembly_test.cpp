// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the machine code of the schedules that the rule chooses must look like: the loops that sum keep everything
// in registers.
#include "generators/emit.h"
#include "harness/assembly.h"
#include "harness/kernel_problem.h"
#include "harness/mca.h"
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
    EXPECT_EQ(loops[0].flops, 32);
    EXPECT_TRUE(loops[0].text.starts_with(".LBB0_2:\n\tvfmadd231ps")) << loops[0].text;
    EXPECT_TRUE(loops[0].text.ends_with("\tjne\t.LBB0_2\n")) << loops[0].text;
}

TEST(InnerLoops, CountAsSpillsOnlyWholeVectorsInFixedSlots) {
    const auto spills = [](const std::string &line) {
        return inner_loops(".L1:\n\t" + line + "\n\tjne\t.L1\n").at(0).vector_spills;
    };
    EXPECT_EQ(spills("vmovups\t%zmm3, 64(%rsp)"), 1);
    EXPECT_EQ(spills("vmovaps\t-32(%rsp), %ymm3"), 1);
    EXPECT_EQ(spills("vfmadd231ps\t(%rsp), %zmm1, %zmm2"), 1);
    EXPECT_EQ(spills("vfmadd231ps\t8(%rsp){1to16}, %zmm1, %zmm2"), 0);
    EXPECT_EQ(spills("vbroadcastss\t8(%rsp), %zmm1"), 0);
    EXPECT_EQ(spills("vmovups\t64(%rsp,%rax), %zmm3"), 0);
    EXPECT_EQ(spills("movq\t64(%rsp), %rax"), 0);
    EXPECT_EQ(spills("vmovups\t64(%rax), %zmm3"), 0);
}

TEST(SummingLoops, CarryASumIntoTheNextIteration) {
    const std::string sum =
        ".L1:\n\tvmovups\t(%rax), %zmm1\n\tvfmadd231ps\t(%rbx){1to16}, %zmm1, %zmm2\n\tjne\t.L1\n";
    const std::string transform = ".L2:\n\tvmovups\t(%rax), %zmm2\n\tvfmadd231ps\t(%rbx){1to16}, %zmm1, %zmm2\n"
                                  "\tvaddps\t%zmm1, %zmm2, %zmm3\n\tvmovups\t%zmm3, (%rcx)\n\tjne\t.L2\n";
    const std::string copy = ".L3:\n\tvmovups\t(%rax), %zmm2\n\tvmovups\t%zmm2, (%rcx)\n\tjne\t.L3\n";
    const auto labels = [](const std::string &assembly) {
        std::string result;
        for (const InnerLoop &loop : summing_loops(assembly)) {
            result += loop.label;
        }
        return result;
    };
    EXPECT_EQ(labels(copy + transform + sum), ".L1");
    EXPECT_EQ(labels(copy + transform), ".L2");
    EXPECT_EQ(labels(copy), "");
    EXPECT_EQ(labels(transform + ".L4:\n\tmulps\t(%rax), %xmm1\n\taddps\t%xmm1, %xmm0\n\tjne\t.L4\n"), ".L4");
}

TEST(InnerLoops, AreThoseOfTheObjectFile) {
    for (const char *level : {"x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
        const Target &target = find_target(level);
        const KernelSpec shape = parse_kernel_spec("gemm n=1 ci=160 co=10 epilogue=bias");
        const Choice choice = choose(shape, target).choice;
        const KernelRequest request{with_layouts(shape, choice, target), choice, &target, KernelForm::shipped};
        const std::vector<InnerLoop> printed = inner_loops(emit_assembly(request));
        const std::vector<InnerLoop> shipped = inner_loops(disassemble(emit({request})[0].object));
        ASSERT_EQ(printed.size(), shipped.size()) << level;
        for (std::size_t i = 0; i < printed.size(); ++i) {
            EXPECT_EQ(printed[i].multiply_adds, shipped[i].multiply_adds) << level;
            EXPECT_EQ(printed[i].flops, shipped[i].flops) << level;
            EXPECT_EQ(printed[i].vector_spills, shipped[i].vector_spills) << level;
            EXPECT_EQ(printed[i].vector_stores, shipped[i].vector_stores) << level;
        }
    }
}

TEST(Objdump, BecomesAssemblyWithLabels) {
    const std::string printed = "\nDisassembly of section .text.f:\n\n0000000000000000 <f>:\n"
                                "       0:      \txorl\t%eax, %eax\n"
                                "       2:      \taddq\t$64, %rax               # imm = 0x40\n"
                                "       8:      \tjne\t0x2 <f+0x2>\n"
                                "       a:      \tretq\n";
    EXPECT_EQ(assembly_of_objdump(printed), "\txorl\t%eax, %eax\n.L2:\n\taddq\t$64, %rax\n\tjne\t.L2\n\tretq\n");
}

TEST(Mca, PredictsADependentChain) {
    // Two multiply-adds, each of which waits for the one before: 4 cycles on Skylake, 5 on Haswell.
    const std::string loop = ".L1:\n\tvfmadd231ps\t%ymm0, %ymm1, %ymm2\n\tvfmadd231ps\t%ymm0, %ymm1, %ymm2\n"
                             "\tdecq\t%rax\n\tjne\t.L1\n";
    const std::optional<double> skylake = mca_cycles(loop, find_target("x86-64-v4"));
    const std::optional<double> haswell = mca_cycles(loop, find_target("x86-64-v3"));
    ASSERT_TRUE(skylake && haswell);
    EXPECT_NEAR(*skylake, 8, 0.2);
    EXPECT_NEAR(*haswell, 10, 0.2);
    EXPECT_FALSE(mca_cycles("\tnosuchinstruction\t%eax\n", find_target("x86-64-v2")));
}

struct Row {
    const char *shape;
    const char *choice;  ///< of algorithm and schedule; empty: the rule's among direct ones
    const char *target;
    int multiply_adds;  ///< in the loop that sums: the accumulators of the tile, times what is unrolled
};

class SummingLoop : public testing::TestWithParam<Row> {};

TEST_P(SummingLoop, KeepsItsAccumulatorsInRegisters) {
    const Target &target = find_target(GetParam().target);
    const KernelSpec shape = parse_kernel_spec(GetParam().shape);
    const std::string asked = GetParam().choice;
    const TunedTable none;
    ChooseOptions options{.numerics = asked.empty() ? Numerics::exact : Numerics::standard, .tables = &none};
    if (!asked.empty()) {
        options.asked = parse_choice(asked);
    }
    const Choice choice = choose(shape, target, options).choice;
    const std::string assembly =
        emit_assembly({with_layouts(shape, choice, target), choice, &target, KernelForm::shipped});
    int most = 0;
    for (const InnerLoop &loop : summing_loops(assembly)) {
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
constexpr const char *conv_rows = "conv2d n=1 h=56 w=56 ci=64 co=64 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu";
constexpr const char *conv_ragged = "conv2d n=1 h=55 w=55 ci=16 co=64 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu";
constexpr const char *vgg_pool =
    "conv2d_pool2d n=1 h=112 w=112 ci=128 co=128 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0 epilogue=bias,relu";
constexpr const char *conv_1x1 = "conv2d n=1 h=14 w=14 ci=256 co=256 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu";
constexpr const char *conv_7x7 = "conv2d n=1 h=7 w=7 ci=512 co=512 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu";
constexpr const char *conv_wide = "conv2d n=1 h=56 w=56 ci=256 co=128 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu";
constexpr const char *stem = "conv2d n=1 h=224 w=224 ci=3 co=64 k=7x7 s=2x2 p=3,3,3,3 epilogue=bias,relu";
constexpr const char *to_picture = "conv2d n=1 h=112 w=112 ci=32 co=3 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias";
constexpr const char *stem_pool =
    "conv2d_pool2d n=1 h=224 w=224 ci=3 co=64 k=7x7 s=2x2 p=3,3,3,3 pk=3x3 ps=2x2 pp=1,1,1,1 epilogue=bias,relu";
constexpr const char *lenet1 =
    "conv2d_pool2d n=1 h=28 w=28 ci=1 co=6 k=5x5 s=1x1 p=2,2,2,2 pk=2x2 ps=2x2 pp=0,0,0,0 epilogue=bias,relu";
constexpr const char *fc_batch = "gemm n=8 ci=2048 co=1000 epilogue=bias";
constexpr const char *fc = "gemm n=1 ci=1568 co=10 epilogue=bias";

std::string row_name(const testing::TestParamInfo<Row> &info) {
    std::string name;
    for (const char *text : {info.param.shape, info.param.choice, info.param.target}) {
        for (char c : std::string_view(text)) {
            name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c) : c == ' ' ? "_" : "";
        }
    }
    return name;
}

constexpr Row rows[] = {
    Row{conv1, "", "x86-64-v4", 28},
    Row{conv2, "", "x86-64-v4", 28},
    Row{conv_3x3, "", "x86-64-v4", 28},
    Row{conv_1x1, "", "x86-64-v4", 28},
    Row{fc, "", "x86-64-v4", 10},
    Row{conv2, "", "x86-64-v3", 10},
    Row{conv_3x3, "", "x86-64-v3", 12},
    Row{conv_1x1, "", "x86-64-v3", 12},
    Row{fc, "", "x86-64-v3", 10},
    Row{conv2, "", "x86-64-v2", 8},
    Row{conv_3x3, "conv2d_direct/cpu_tiled", "x86-64-v4", 28},
    Row{conv_3x3, "conv2d_direct/cpu_tiled", "x86-64-v3", 12},
    Row{conv_wide, "conv2d_direct/cpu_strips", "x86-64-v4", 28},
    Row{conv_wide, "conv2d_direct/cpu_strips", "x86-64-v3", 12},
    Row{stem, "conv2d_direct/cpu_stem", "x86-64-v4", 84},
    Row{stem, "conv2d_direct/cpu_stem", "x86-64-v3", 36},
    Row{to_picture, "conv2d_direct/cpu_planar", "x86-64-v4", 36},
    Row{to_picture, "conv2d_direct/cpu_planar", "x86-64-v3", 27},
    Row{conv_3x3, "conv2d_gemm/cpu_tiled", "x86-64-v4", 28},
    Row{conv_3x3, "conv2d_gemm/cpu_tiled", "x86-64-v3", 12},
    Row{conv_7x7, "conv2d_gemm/cpu_panels", "x86-64-v4", 20},
    Row{conv_7x7, "conv2d_gemm/cpu_panels", "x86-64-v3", 10},
    Row{conv2, "conv2d_pool2d/cpu_rows", "x86-64-v4", 28},
    Row{conv2, "conv2d_pool2d/cpu_rows", "x86-64-v3", 8},
    Row{conv2, "conv2d_pool2d/cpu_strips", "x86-64-v4", 28},
    Row{conv2, "conv2d_pool2d/cpu_strips", "x86-64-v3", 8},
    Row{conv1, "conv2d_pool2d/cpu_stem", "x86-64-v4", 28},
    Row{conv1, "conv2d_pool2d/cpu_stem", "x86-64-v3", 8},
    Row{stem_pool, "conv2d_pool2d/cpu_lines", "x86-64-v4", 28},
    Row{stem_pool, "conv2d_pool2d/cpu_lines", "x86-64-v3", 12},
    Row{lenet1, "conv2d_pool2d/cpu_planar", "x86-64-v4", 30},
    Row{lenet1, "conv2d_pool2d/cpu_planar", "x86-64-v3", 60},
    // Winograd: the tile times what is unrolled over input channels.
    Row{conv2, "conv2d_pool2d_winograd/cpu_tiled", "x86-64-v4", 56},
    Row{conv2, "conv2d_pool2d_winograd/cpu_tiled", "x86-64-v3", 40},
    Row{conv2, "conv2d_pool2d_winograd/cpu_tiled", "x86-64-v2", 8},
    Row{conv_3x3, "conv2d_winograd/cpu_tiled", "x86-64-v4", 112},
    Row{conv_3x3, "conv2d_winograd/cpu_tiled", "x86-64-v3", 48},
    Row{conv_3x3, "conv2d_winograd4/cpu_tiled", "x86-64-v4", 56},
    Row{conv_3x3, "conv2d_winograd4/cpu_tiled", "x86-64-v3", 40},
    Row{conv_rows, "conv2d_winograd4/cpu_tiled", "x86-64-v4", 112},
    Row{conv_rows, "conv2d_winograd4/cpu_tiled", "x86-64-v3", 48},
    Row{conv_rows, "conv2d_winograd4/cpu_tiled", "x86-64-v2", 8},
    Row{conv_ragged, "conv2d_winograd4/cpu_tiled", "x86-64-v4", 112},
    Row{vgg_pool, "conv2d_pool2d_winograd4/cpu_tiled", "x86-64-v4", 112},
    Row{vgg_pool, "conv2d_pool2d_winograd4/cpu_tiled", "x86-64-v3", 48},
    Row{fc_batch, "gemm/cpu_panels", "x86-64-v4", 24},
    Row{fc_batch, "gemm/cpu_panels", "x86-64-v3", 16},
};

INSTANTIATE_TEST_SUITE_P(, SummingLoop, testing::ValuesIn(rows), row_name);

}  // namespace
}  // namespace ingot
