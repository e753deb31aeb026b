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
constexpr const char *conv_mean =
    "sequential n=1 [conv2d n=1 h=7 w=7 ci=320 co=1280 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,clip(0/6)] "
    "[pool2d n=1 h=7 w=7 c=1280 k=7x7 s=1x1 p=0,0,0,0 mode=average]";
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
    Row{conv_mean, "pointwise_mean/cpu_rows", "x86-64-v4", 14},
    Row{conv_mean, "pointwise_mean/cpu_rows", "x86-64-v3", 8},
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

int count(const std::string &text, const std::string &part) {
    int found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

struct Stream {
    const char *shape;
    const char *choice;  ///< but for the distance
    const char *target;
    int lines;  ///< of weights that an iteration of the loop that sums reads
};

class WeightStream : public testing::TestWithParam<Stream> {};

TEST_P(WeightStream, IsAskedForLineByLine) {
    const Target &target = find_target(GetParam().target);
    const KernelSpec shape = parse_kernel_spec(GetParam().shape);
    const auto assembly = [&](int distance) {
        ChooseOptions options;
        options.asked = parse_choice(std::string(GetParam().choice) + ",prefetch=" + std::to_string(distance));
        const Choice choice = choose(shape, target, options).choice;
        return emit_assembly({with_layouts(shape, choice, target), choice, &target, KernelForm::shipped});
    };
    const std::string plain = assembly(0), text = assembly(64);
    EXPECT_EQ(count(plain, "\tprefetch"), 0);
    const auto sums = [](const std::string &of) {
        std::vector<InnerLoop> loops;
        for (InnerLoop &loop : inner_loops(of)) {
            if (loop.multiply_adds >= 4) {
                loops.push_back(std::move(loop));
            }
        }
        return loops;
    };
    const std::vector<InnerLoop> before = sums(plain), loops = sums(text);
    ASSERT_EQ(loops.size(), before.size());
    int asked = 0;
    for (std::size_t i = 0; i < loops.size(); ++i) {
        const int lines = count(loops[i].text, "\tprefetcht1\t");
        EXPECT_EQ(lines, GetParam().lines) << loops[i].text;
        EXPECT_EQ(loops[i].multiply_adds, before[i].multiply_adds);
        EXPECT_EQ(loops[i].vector_spills, 0) << loops[i].text;
        EXPECT_EQ(loops[i].vector_stores, 0) << loops[i].text;
        asked += lines;
    }
    EXPECT_EQ(count(text, "\tprefetch"), asked) << "outside the loops that sum, or of another kind";
}

std::string stream_name(const testing::TestParamInfo<Stream> &info) {
    std::string name;
    for (char c : std::string(info.param.choice) + "_" + info.param.target) {
        name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c) : c == '/' ? "_" : "";
    }
    return name + "_" + std::to_string(info.index);
}

constexpr const char *conv_1x1_7 = "conv2d n=1 h=7 w=7 ci=512 co=2048 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias";
constexpr const char *fc_one = "gemm n=1 ci=2048 co=1024 epilogue=bias";

// A line is 16 floats: of a step over an input channel, tile_c vectors, or the one that they are a part of.
constexpr Stream streams[] = {
    Stream{conv_1x1_7, "conv2d_direct/cpu_tiled:tile_c=1,tile_x=7,tile_y=1,unroll_ci=1", "x86-64-v4", 1},
    Stream{conv_1x1_7, "conv2d_direct/cpu_tiled:tile_c=2,tile_x=7,tile_y=1,unroll_ci=2", "x86-64-v4", 4},
    Stream{conv_3x3, "conv2d_direct/cpu_tiled:tile_c=4,tile_x=4,tile_y=1,unroll_ci=1", "x86-64-v4", 4},
    Stream{conv_7x7, "conv2d_direct/cpu_tiled:tile_c=2,tile_x=6,tile_y=1,unroll_ci=1", "x86-64-v3", 1},
    Stream{conv_7x7, "conv2d_direct/cpu_tiled:tile_c=1,tile_x=7,tile_y=1,unroll_ci=1", "x86-64-v3", 1},
    Stream{conv_7x7, "conv2d_direct/cpu_tiled:tile_c=4,tile_x=2,tile_y=1,unroll_ci=1", "x86-64-v2", 1},
    Stream{conv_7x7, "conv2d_gemm/cpu_tiled:tile_c=1,pixels=25,rows=7", "x86-64-v4", 1},
    Stream{conv_1x1, "conv2d_gemm/cpu_tiled:tile_c=2,pixels=14,rows=1", "x86-64-v4", 2},
    Stream{conv_7x7, "conv2d_gemm/cpu_panels:tile_c=2,pixels=10,depth=512", "x86-64-v4", 2},
    Stream{fc_one, "gemm/cpu_panels:tile_c=8,tile_n=1,unroll_ci=1", "x86-64-v4", 8},
    Stream{fc_one, "gemm/cpu_panels:tile_c=4,tile_n=1,unroll_ci=2", "x86-64-v3", 4},
    Stream{fc_batch, "gemm/cpu_panels:tile_c=3,tile_n=8,unroll_ci=1", "x86-64-v4", 3},
};

INSTANTIATE_TEST_SUITE_P(, WeightStream, testing::ValuesIn(streams), stream_name);

INSTANTIATE_TEST_SUITE_P(, SummingLoop, testing::ValuesIn(rows), row_name);

}  // namespace
}  // namespace ingot
