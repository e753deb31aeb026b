// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Measured choices: their tables, and how choose() looks them up.
#include "schedules/choose.h"
#include "schedules/tuned.h"
#include "spec/error.h"
#include <algorithm>
#include <gtest/gtest.h>

namespace ingot {
namespace {

const Target &v4() {
    return find_target("x86-64-v4");
}

KernelSpec conv(int64_t h, int64_t ci, int64_t co, const std::string &rest = "k=3x3 s=1x1 p=1,1,1,1") {
    const std::string extent = std::to_string(h);
    return parse_kernel_spec("conv2d n=1 h=" + extent + " w=" + extent + " ci=" + std::to_string(ci) +
                             " co=" + std::to_string(co) + " " + rest);
}

TunedRow row(const KernelSpec &spec, const std::string &choice, const std::string &cpu = "generic") {
    TunedRow row;
    row.spec = spec;
    row.target = "x86-64-v4";
    row.cpu = cpu;
    row.choice = parse_choice(choice);
    row.measured = "hot+cold";
    row.hot = 91.5;
    row.cold = 60.0;
    row.incumbent = parse_choice("conv2d_direct/cpu_reference");
    row.incumbent_speed = 0.875;
    row.date = "2026-11-23";
    row.machine = "a machine, of 2 cores";
    return row;
}

std::string refusal(const std::string &text, const std::string &file = "conv2d.csv") {
    try {
        parse_tuned(text, file);
    } catch (const Error &error) {
        return error.what();
    }
    return "no error";
}

constexpr const char *reference = "conv2d_direct/cpu_reference";
constexpr const char *tile_7 = "conv2d_direct/cpu_tiled:tile_c=2,tile_x=7,tile_y=1,unroll_ci=1,prefetch=0";
constexpr const char *tile_14 = "conv2d_direct/cpu_tiled:tile_c=2,tile_x=14,tile_y=1,unroll_ci=1,prefetch=0";

// --- the files --------------------------------------------------------------------------------------------------

TEST(TunedFile, IsReadAsItIsWritten) {
    std::vector<TunedRow> rows;
    TunedRow chain = row(conv(14, 32, 32), tile_7, "zen5");
    chain.measured = "chain";
    chain.hot = chain.cold = std::nullopt;
    chain.chain = 70.25;
    chain.runner_up = parse_choice(reference);
    chain.runner_speed = 0.5;
    insert_tuned(rows, chain);
    insert_tuned(rows, row(conv(14, 16, 32), tile_7));
    const std::string text = tuned_text(rows);
    EXPECT_EQ(
        text,
        "# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n"
        "# Measured choices, written by `ingot tune`, a row per kernel, target and cpu; see schedules/tuned.h.\n"
        "kernel,target,cpu,choice,measured,hot,cold,chain,incumbent,incumbent_speed,runner_up,runner_up_speed,"
        "date,machine\n"
        "\"conv2d n=1 h=14 w=14 ci=16 co=32 k=3x3 s=1x1 p=1,1,1,1\",x86-64-v4,generic,"
        "\"conv2d_direct/cpu_tiled:tile_c=2,tile_x=7,tile_y=1,unroll_ci=1,prefetch=0\",hot+cold,91.5,60.0,,"
        "conv2d_direct/cpu_reference,0.875,,,2026-11-23,\"a machine, of 2 cores\"\n"
        "\"conv2d n=1 h=14 w=14 ci=32 co=32 k=3x3 s=1x1 p=1,1,1,1\",x86-64-v4,zen5,"
        "\"conv2d_direct/cpu_tiled:tile_c=2,tile_x=7,tile_y=1,unroll_ci=1,prefetch=0\",chain,,,70.2,"
        "conv2d_direct/cpu_reference,0.875,conv2d_direct/cpu_reference,0.500,2026-11-23,"
        "\"a machine, of 2 cores\"\n");
    EXPECT_EQ(tuned_text(parse_tuned(text, "a/conv2d.csv")), text);
    EXPECT_EQ(tuned_text({}), text.substr(0, text.find('\"')));
}

TEST(TunedFile, HoldsARowPerKeyInOrder) {
    std::vector<TunedRow> rows;
    for (const char *cpu : {"zen5", "generic", "avx10", "generic"}) {
        insert_tuned(rows, row(conv(14, 16, 32), cpu == std::string("zen5") ? tile_7 : tile_14, cpu));
    }
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].cpu, "avx10");
    EXPECT_EQ(rows[1].cpu, "generic");
    EXPECT_EQ(rows[2].cpu, "zen5");
    insert_tuned(rows, row(conv(14, 16, 32), reference, "zen5"));
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(to_text(rows[2].choice), reference);
}

TEST(TunedFile, NamesTheLineAtFault) {
    const std::string empty = tuned_text({});
    const std::string one = tuned_text({row(conv(14, 16, 32), reference)});
    const std::string line = one.substr(empty.size());
    const auto with = [&](const std::string &from, const std::string &to) {
        std::string changed = one;
        changed.replace(changed.rfind(from), from.size(), to);
        return refusal(changed);
    };
    EXPECT_EQ(refusal(one), "no error");
    EXPECT_TRUE(
        refusal("kernel,target\n").starts_with("conv2d.csv:1: the first line is the header; write kernel,"));
    EXPECT_TRUE(refusal(empty + "a,b\n").starts_with("conv2d.csv:4: 2 fields; write 14: kernel,target,cpu,"));
    EXPECT_EQ(refusal(one + line), "conv2d.csv:5: a second row for conv2d n=1 h=14 w=14 ci=16 co=32 k=3x3 s=1x1 "
                                   "p=1,1,1,1 on x86-64-v4, generic; keep one");
    EXPECT_EQ(refusal(one + tuned_text({row(conv(14, 15, 32), reference)}).substr(empty.size())),
              "conv2d.csv:5: out of order; sort the rows by kernel, target and cpu");
    EXPECT_EQ(refusal(one, "gemm.csv"), "gemm.csv:4: a kernel of conv2d; move the row to conv2d.csv");
    EXPECT_EQ(with("x86-64-v4", "x86-64-v9"),
              "conv2d.csv:4: unknown target 'x86-64-v9'; known: x86-64-v2, x86-64-v3, x86-64-v4, cuda-compute_80, "
              "cuda-compute_86, cuda-sm_80, cuda-sm_86, cuda-sm_89, cuda-sm_90, cuda-sm_100, cuda-sm_120");
    EXPECT_EQ(with("generic", "Zen 5"), "conv2d.csv:4: cpu 'Zen 5' is no name; write lower-case letters, digits, "
                                        "'_', '-' and '.', as in zen5");
    EXPECT_EQ(with("hot+cold", "warm"), "conv2d.csv:4: measured 'warm'; known: chain, hot+cold");
    EXPECT_EQ(with("hot+cold", "chain"), "conv2d.csv:4: measured by chain, but its share of peak is missing");
    EXPECT_EQ(with("91.5", ""), "conv2d.csv:4: measured by hot+cold, but its share of peak is missing");
    EXPECT_EQ(with("91.5", "x"), "conv2d.csv:4: 'x' is no number from 0 to 1000");
    EXPECT_EQ(with("0.875", "1.2"), "conv2d.csv:4: '1.2' is no number from 0 to 1");
    EXPECT_EQ(with("0.875,", "0.875,a/b"), "conv2d.csv:4: runner_up and runner_up_speed go together");
    EXPECT_EQ(with("2026-11-23", "today"), "conv2d.csv:4: 'today' is no date; write it as 2026-11-23");
    EXPECT_EQ(with("\"a machine, of 2 cores\"", ""),
              "conv2d.csv:4: the machine is a label in printable ASCII without '\"'");
    EXPECT_EQ(with("2 cores\"", "2 cores"), "conv2d.csv:4: a double quote is not closed");
    EXPECT_TRUE(with("91.5", "91.50").starts_with("conv2d.csv:4: not canonical; write \"conv2d n=1 h=14"));
    EXPECT_TRUE(with("conv2d_direct/cpu_reference,0", "direct,0").starts_with("conv2d.csv:4: choice 'direct': "));
    EXPECT_TRUE(with("ci=16", "ci=x").starts_with("conv2d.csv:4: kernel '"));
}

// --- looking choices up -----------------------------------------------------------------------------------------

Chosen look_up(const KernelSpec &spec, std::vector<TunedRow> rows, const std::string &cpu = "generic") {
    const TunedTable tables(std::move(rows));
    ChooseOptions options;
    options.tables = &tables;
    options.cpu = cpu;
    return choose(spec, v4(), options);
}

TEST(Lookup, TakesTheExactRowFirst) {
    TunedRow exact = row(conv(14, 32, 32), tile_7);
    exact.runner_up = parse_choice(tile_14);
    exact.runner_speed = 0.8;
    // What the buffers look like is no part of the key.
    KernelSpec placed = conv(14, 32, 32);
    placed.src.halo = {1, 1, 1, 1};
    const Chosen chosen = look_up(placed, {row(conv(14, 32, 48), reference), exact});
    EXPECT_EQ(to_text(chosen.choice), tile_7);
    EXPECT_EQ(chosen.why, "tuned");
    ASSERT_TRUE(chosen.second);
    EXPECT_EQ(to_text(*chosen.second), std::string(tile_14) + ", takes 1.25 x the time (measured)");
}

TEST(Lookup, TakesWhatIsAskedForBeforeAnyRow) {
    const TunedTable tables({row(conv(14, 32, 32), tile_7)});
    ChooseOptions options;
    options.tables = &tables;
    options.asked = parse_choice(reference);
    const Chosen chosen = choose(conv(14, 32, 32), v4(), options);
    EXPECT_EQ(to_text(chosen.choice), reference);
    EXPECT_EQ(chosen.why, "asked for");
    ASSERT_TRUE(chosen.second);
    EXPECT_EQ(to_text(chosen.second->choice), tile_7);
}

TEST(Lookup, TakesTheNearestOfTheSameClass) {
    const KernelSpec spec = conv(14, 32, 32);
    const Chosen chosen = look_up(spec, {row(conv(14, 32, 64), tile_7), row(conv(14, 32, 48), reference),
                                         row(conv(14, 32, 32, "k=1x1 s=1x1 p=0,0,0,0"), tile_7)});
    EXPECT_EQ(to_text(chosen.choice), reference);
    EXPECT_EQ(chosen.why, "nearest: conv2d n=1 h=14 w=14 ci=32 co=48 k=3x3 s=1x1 p=1,1,1,1");
    ASSERT_TRUE(chosen.second);
    EXPECT_EQ(chosen.second->choice, look_up(spec, {}).choice);
    EXPECT_FALSE(chosen.second->measured);
    // Padding and epilogue make no other class.
    EXPECT_EQ(
        to_text(look_up(spec, {row(conv(14, 32, 32, "k=3x3 s=1x1 p=0,0,0,0 epilogue=bias"), reference)}).choice),
        reference);
}

TEST(Lookup, KnowsNoNeighboursInOtherClassesOrFarAway) {
    const KernelSpec spec = conv(14, 32, 32);
    TunedRow other_target = row(conv(14, 32, 48), reference);
    other_target.target = "x86-64-v3";
    const std::vector<TunedRow> others = {
        other_target,
        row(conv(14, 32, 48), reference, "zen5"),
        row(conv(14, 32, 32, "k=1x1 s=1x1 p=0,0,0,0"), reference),
        row(conv(14, 32, 32, "k=3x3 s=2x2 p=1,1,1,1"), reference),
        row(conv(14, 32, 32, "k=3x3 s=1x1 p=2,2,2,2 d=2x2"), reference),
        row(conv(14, 32, 32, "k=3x3 s=1x1 p=1,1,1,1 g=2"), reference),
        row(conv(14, 32, 32, "k=3x3 s=1x1 p=1,1,1,1 g=32"), reference),
        row(parse_kernel_spec("conv2d n=8 h=14 w=14 ci=32 co=32 k=3x3 s=1x1 p=1,1,1,1"), reference),
        row(conv(28, 32, 33), reference),  // farther than two doublings
    };
    for (const TunedRow &other : others) {
        EXPECT_EQ(look_up(spec, {other}).why, "rule") << shape_text(other.spec);
    }
    EXPECT_NE(look_up(spec, {row(conv(28, 32, 32), reference)}).why, "rule");
}

TEST(Lookup, SkipsRowsThatDoNotWorkHere) {
    const KernelSpec spec = conv(14, 32, 32);
    for (const char *useless : {"conv2d_direct/cpu_gone", "gone/cpu_tiled", "gemm/cpu_dot:tile_co=8",
                                "conv2d_direct/cpu_tiled:tile_c=99,tile_x=7,tile_y=1,unroll_ci=1,prefetch=0",
                                "conv2d_direct/cpu_tiled:tile_c=4,tile_x=16,tile_y=4,unroll_ci=1,prefetch=0"}) {
        const Chosen chosen = look_up(spec, {row(spec, useless), row(conv(14, 32, 48), reference)});
        EXPECT_EQ(to_text(chosen.choice), reference) << useless;
        EXPECT_NE(chosen.why, "tuned") << useless;
    }
    // A group of two channels is less than a vector: no tile of whole vectors.
    const std::string grouped = "k=3x3 s=1x1 p=1,1,1,1 g=16";
    const Chosen chosen = look_up(conv(14, 32, 32, grouped), {row(conv(14, 64, 32, grouped), tile_7)});
    EXPECT_NE(chosen.choice.schedule, parse_choice(tile_7).schedule);
    EXPECT_EQ(chosen.why, "rule");
}

/// The tile that the schedule of tile_7 takes by itself.
Choice of_lowest_cost(const KernelSpec &spec) {
    return choose(spec, v4(), {.asked = parse_choice("conv2d_direct/cpu_tiled")}).choice;
}

TEST(Lookup, TakesTheNeighboursTileOnlyWhereItFits) {
    // Seven columns divide 14 and 28; of 15 columns they compute 21.
    const std::vector<TunedRow> rows = {row(conv(14, 32, 32), tile_7)};
    EXPECT_EQ(to_text(look_up(conv(28, 32, 32), rows).choice), tile_7);
    const Chosen ragged = look_up(conv(15, 32, 32), rows);
    EXPECT_EQ(ragged.choice, of_lowest_cost(conv(15, 32, 32)));
    EXPECT_EQ(ragged.why, "nearest: conv2d n=1 h=14 w=14 ci=32 co=32 k=3x3 s=1x1 p=1,1,1,1");
    // Narrower than the tile.
    EXPECT_EQ(look_up(conv(6, 32, 64), {row(conv(12, 32, 64), tile_7)}).choice, of_lowest_cost(conv(6, 32, 64)));
}

TEST(Lookup, PrefersTheCpuThatIsAskedFor) {
    const KernelSpec spec = conv(14, 32, 32);
    const std::vector<TunedRow> rows = {row(spec, tile_7), row(spec, tile_14, "zen5")};
    EXPECT_EQ(to_text(look_up(spec, rows).choice), tile_7);
    EXPECT_EQ(to_text(look_up(spec, rows, "zen5").choice), tile_14);
    EXPECT_EQ(to_text(look_up(spec, rows, "zen4").choice), tile_7);
    EXPECT_EQ(TunedTable(rows).cpus(), (std::vector<std::string_view>{"generic", "zen5"}));
    // Another CPU's measurement of this kernel knows more than this CPU's of a neighbour.
    const std::vector<TunedRow> near = {row(spec, tile_7), row(conv(14, 32, 48), reference, "zen5")};
    EXPECT_EQ(look_up(spec, near, "zen5").why, "tuned");
}

TEST(Lookup, NamesASecondWhereTheMeasuredOneIsGone) {
    TunedRow stale = row(conv(14, 32, 32), tile_7);
    for (const std::optional<Choice> &runner_up :
         {std::optional<Choice>(), std::optional(parse_choice("conv2d_direct/cpu_gone"))}) {
        stale.runner_up = runner_up;
        const Chosen chosen = look_up(conv(14, 32, 32), {stale});
        EXPECT_EQ(to_text(chosen.choice), tile_7);
        ASSERT_TRUE(chosen.second);
        EXPECT_FALSE(chosen.second->measured);
    }
}

TEST(Lookup, LeavesOutWhatNumericsRuleOut) {
    const KernelSpec spec = conv(14, 32, 32);
    const Choice winograd = choose(spec, v4(), {.asked = parse_choice("conv2d_winograd/cpu_tiled")}).choice;
    const TunedTable tables({row(spec, to_text(winograd).c_str())});
    EXPECT_EQ(choose(spec, v4(), {.tables = &tables}).choice, winograd);
    const Chosen exact = choose(spec, v4(), {.numerics = Numerics::exact, .tables = &tables});
    EXPECT_EQ(exact.why, "rule");
    EXPECT_TRUE(find_algorithm(exact.choice.algorithm).direct);
    ASSERT_TRUE(exact.second);
    EXPECT_TRUE(find_algorithm(exact.second->choice.algorithm).direct);
}

TEST(Lookup, RanksTheRuleByPriorityThenCost) {
    const Chosen chosen = look_up(conv(14, 32, 32), {});
    EXPECT_EQ(chosen.why, "rule");
    ASSERT_TRUE(chosen.second);
    EXPECT_NE(std::pair(chosen.second->choice.algorithm, chosen.second->choice.schedule),
              std::pair(chosen.choice.algorithm, chosen.choice.schedule));
    EXPECT_FALSE(chosen.second->measured);
    EXPECT_EQ(to_text(Second{parse_choice(reference), std::nullopt, false}),
              "conv2d_direct/cpu_reference, by how much is unknown");
    EXPECT_EQ(to_text(Second{parse_choice(reference), 0.5, false}),
              "conv2d_direct/cpu_reference, takes 2.00 x the time (estimated)");
}

// --- the tables of this tree ------------------------------------------------------------------------------------

TEST(Lookup, LeavesNoLayerOfRealNetworksInPlainLoops) {
    const std::vector<std::string> layers = {
        // depthwise of any channels, filters and strides; a multiplier; groups of few channels
        "conv2d n=1 h=112 w=112 ci=32 co=32 k=3x3 s=1x1 p=1,1,1,1 g=32",
        "conv2d n=1 h=56 w=56 ci=144 co=144 k=3x3 s=2x2 p=0,0,1,1 g=144",
        "conv2d n=1 h=14 w=14 ci=58 co=58 k=3x3 s=1x1 p=1,1,1,1 g=58",
        "conv2d n=1 h=7 w=7 ci=672 co=672 k=5x5 s=1x1 p=2,2,2,2 g=672",
        "conv2d n=1 h=4 w=4 ci=20 co=20 k=7x7 s=1x1 p=3,3,3,3 g=20",
        "conv2d n=1 h=33 w=33 ci=256 co=256 k=3x3 s=1x1 p=12,12,12,12 d=12x12 g=256",
        "conv2d n=1 h=1 w=200 ci=64 co=64 k=1x31 s=1x1 p=0,15,0,15 g=64",
        "conv2d n=1 h=28 w=28 ci=32 co=64 k=3x3 s=1x1 p=1,1,1,1 g=32",
        "conv2d n=1 h=56 w=56 ci=128 co=128 k=3x3 s=1x1 p=1,1,1,1 g=32",
        "conv2d n=1 h=28 w=28 ci=240 co=60 k=1x1 s=1x1 p=0,0,0,0 g=3",
        "conv2d n=1 h=14 w=14 ci=96 co=27 k=3x3 s=1x1 p=1,1,1,1 g=3",
        // few channels on either side, small pictures, large filters
        "conv2d n=1 h=224 w=224 ci=3 co=64 k=7x7 s=2x2 p=3,3,3,3",
        "conv2d n=1 h=28 w=28 ci=1 co=20 k=5x5 s=1x1 p=0,0,0,0",
        "conv2d n=1 h=64 w=64 ci=2 co=2 k=7x7 s=1x1 p=3,3,3,3",
        "conv2d n=1 h=7 w=7 ci=256 co=1 k=1x1 s=1x1 p=0,0,0,0",
        "conv2d n=1 h=7 w=7 ci=256 co=2 k=3x3 s=1x1 p=1,1,1,1",
        "conv2d n=1 h=1 w=1 ci=960 co=40 k=1x1 s=1x1 p=0,0,0,0",
        "conv2d n=1 h=80 w=40 ci=1 co=64 k=11x41 s=2x2 p=5,20,5,20",
        // pools: padded, of planes, of few channels, of large windows, narrow, of two orders
        "pool2d n=1 h=112 w=112 c=64 k=3x3 s=2x2 p=1,1,1,1",
        "pool2d n=1 h=112 w=112 c=64 k=3x3 s=2x2 p=1,1,1,1 src=nchw dst=nchw",
        "pool2d n=1 h=35 w=35 c=192 k=3x3 s=1x1 p=1,1,1,1 mode=average",
        "pool2d n=1 h=64 w=64 c=4 k=5x5 s=1x1 p=2,2,2,2",
        "pool2d n=1 h=200 w=8 c=1 k=9x1 s=1x1 p=4,0,4,0",
        "pool2d n=1 h=64 w=64 c=3 k=3x3 s=3x3 p=0,0,0,0 src=nchw dst=nchw",
        "pool2d n=1 h=7 w=7 c=1280 k=7x7 s=1x1 p=0,0,0,0 mode=average src=nhwc dst=nchw",
        "pool2d n=1 h=16 w=4 c=90 k=2x2 s=2x2 p=0,0,0,0 src=nchw dst=nhwc",
        // products
        "gemm n=1 ci=1280 co=1000",
        "gemm n=1 ci=3 co=100",
        "gemm n=4 ci=1000 co=1",
    };
    for (const std::string &layer : layers) {
        for (const Target &target : cpu_targets()) {
            const Choice choice = choose(parse_kernel_spec(layer), target).choice;
            EXPECT_NE(choice.schedule, "cpu_reference") << layer << " on " << target.name;
        }
    }
}

TEST(CommittedTables, HoldChoicesThatWork) {
    for (const TunedRow &entry : built_in_table().rows()) {
        const Target &target = find_target(entry.target);
        EXPECT_TRUE(is_supported(entry.choice, entry.spec, target))
            << "schedules/tuned: " << shape_text(entry.spec) << " on " << entry.target << ": "
            << to_text(entry.choice)
            << " does not exist or does not support it; measure again with ingot tune --again";
    }
}

TEST(CommittedTables, HaveAFilePerOp) {
    for (const Algorithm &algorithm : algorithms()) {
        const std::string name = std::string(to_text(algorithm.op)) + ".csv";
        const auto files = tuned_files();
        EXPECT_TRUE(
            std::any_of(files.begin(), files.end(), [&](const TunedFile &file) { return file.name == name; }))
            << "schedules/tuned/" << name << " is missing";
    }
}

}  // namespace
}  // namespace ingot
