// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `ingot tune` is made of, on invented measurements: which candidates, which of them are timed, who wins, what
// stays in the tables. Nothing here is timed.
#include "bench/candidates.h"
#include "bench/contest.h"
#include "bench/tuned_folder.h"
#include "generators/files.h"
#include "spec/error.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <set>

namespace ingot {
namespace {

const Target &v4() {
    return find_target("x86-64-v4");
}

KernelSpec conv(const std::string &rest = "k=3x3 s=1x1 p=1,1,1,1") {
    return parse_kernel_spec("conv2d n=1 h=28 w=28 ci=64 co=64 " + rest);
}

// --- candidates -------------------------------------------------------------------------------------------------

TEST(Candidates, AreAllWhereTheyAreFew) {
    std::size_t left_out = 99;
    const std::vector<Choice> all = supported_choices(conv(), v4(), true);
    std::vector<Choice> found = candidates_for(conv(), v4(), 100000, left_out);
    EXPECT_EQ(left_out, 0U);
    ASSERT_EQ(found.size(), all.size());
    for (const Choice &choice : all) {
        EXPECT_EQ(std::count(found.begin(), found.end(), choice), 1) << to_text(choice);
    }
}

TEST(Candidates, AreTheCheapestOfEachScheduleInVariety) {
    std::size_t left_out = 0;
    const std::vector<Choice> found = candidates_for(conv(), v4(), 12, left_out);
    EXPECT_EQ(found.size() + left_out, supported_choices(conv(), v4(), true).size());
    // Each schedule's default is among the first.
    const std::vector<Choice> defaults = supported_choices(conv(), v4(), false);
    for (std::size_t i = 0; i < defaults.size(); ++i) {
        EXPECT_EQ(found.at(i), defaults[i]);
    }
    std::set<int> values;
    std::size_t tiled = 0;
    for (const Choice &choice : found) {
        if (choice.algorithm == "conv2d_direct" && choice.schedule == "cpu_tiled") {
            ++tiled;
            values.insert(param(choice.params, "tile_c"));
        }
    }
    EXPECT_EQ(tiled, 12U);
    EXPECT_GE(values.size(), 2U);
}

std::vector<Verdict> judged(const std::vector<CodeFacts> &facts,
                            const std::string &rest = "k=3x3 s=1x1 p=1,1,1,1") {
    return judge(conv(rest), facts);
}

TEST(Candidates, ArePrunedByTheirCode) {
    EXPECT_EQ(judged({{1000, 0, 0.5}, {1000, 3, 0.5}, {24 * 1024 + 1, 0, 0.5}, {1000, 0, 0.76}, {1000, 0, {}}}),
              (std::vector{Verdict::timed, Verdict::spills, Verdict::code_size, Verdict::cycles, Verdict::timed}));
    EXPECT_EQ(judged({{24 * 1024, 0, 0.75}, {1000, 0, 0.5}}), (std::vector{Verdict::timed, Verdict::timed}));
    // A depthwise convolution waits for loads, not for spills.
    EXPECT_EQ(judged({{1000, 3, 0.5}, {1000, 0, 0.5}}, "k=3x3 s=1x1 p=1,1,1,1 g=64"),
              (std::vector{Verdict::timed, Verdict::timed}));
    // A gemm of one image waits for its weights, not for its sums.
    EXPECT_EQ(judge(parse_kernel_spec("gemm n=1 ci=512 co=512"), {{1000, 0, 0.5}, {1000, 0, 5.0}}),
              (std::vector{Verdict::timed, Verdict::timed}));
    // Plain loops beside vectors; a pooling has nothing to multiply.
    EXPECT_EQ(judged({{1000, 0, {}, false}, {1000, 0, {}}}), (std::vector{Verdict::cycles, Verdict::timed}));
    EXPECT_EQ(judged({{1000, 0, {}, false}, {1000, 0, {}, false}}), (std::vector{Verdict::timed, Verdict::timed}));
    // The best of the bad.
    EXPECT_EQ(judged({{1000, 9, 0.5}, {1000, 3, 0.9}}), (std::vector{Verdict::spills, Verdict::timed}));
    EXPECT_TRUE(judged({}).empty());
}

// --- the contest ------------------------------------------------------------------------------------------------

Measurement took(double seconds, int rounds) {
    Measurement measurement;
    measurement.flops = 1;
    measurement.seconds.assign(static_cast<std::size_t>(rounds), seconds);
    measurement.peak_flops.assign(static_cast<std::size_t>(rounds), 1.0);
    return measurement;
}

/// Contenders that always take so long, by measure; notes who is measured for how many rounds.
struct Field {
    std::vector<std::vector<double>> seconds;
    std::vector<std::pair<std::vector<std::size_t>, int>> stages;

    MeasureField measure() {
        return [this](const std::vector<std::size_t> &field, int rounds) {
            stages.emplace_back(field, rounds);
            std::vector<std::vector<Measurement>> result;
            for (std::size_t i : field) {
                result.emplace_back();
                for (double one : seconds[i]) {
                    result.back().push_back(took(one, rounds));
                }
            }
            return result;
        };
    }
};

TEST(Contest, HalvesTheFieldAndKeepsTheIncumbent) {
    // Contender i takes 20 - i; the incumbent is the slowest.
    Field field;
    for (int i = 0; i < 16; ++i) {
        field.seconds.push_back({20.0 - i});
    }
    const std::vector<Standing> standings = hold_contest(16, 0, field.measure(), {{3, 5, 9}, 3, {}, {}});
    ASSERT_EQ(field.stages.size(), 4U);
    EXPECT_EQ(field.stages[0].first.size(), 16U);
    EXPECT_EQ(field.stages[0].second, 3);
    EXPECT_EQ(field.stages[1].first.size(), 9U);
    EXPECT_EQ(field.stages[1].second, 5);
    EXPECT_EQ(field.stages[2].first, (std::vector<std::size_t>{15, 14, 13, 12, 0}));
    EXPECT_EQ(field.stages[3].first, (std::vector<std::size_t>{15, 14, 13, 0}));
    EXPECT_EQ(field.stages[2].second, 9);
    EXPECT_EQ(field.stages[3].second, 9);
    ASSERT_EQ(standings.size(), 4U);
    EXPECT_EQ(standings[0].contender, 15U);
    EXPECT_DOUBLE_EQ(standings[0].speed, 4.0);
    EXPECT_EQ(standings[3].contender, 0U);
    EXPECT_DOUBLE_EQ(standings[3].speed, 1.0);
}

TEST(Contest, TakesTheGeometricMeanOfItsMeasures) {
    Field field{{{1.0, 8.0}, {4.0, 1.0}, {0.5, 16.0}}, {}};
    const std::vector<Standing> standings = hold_contest(3, 0, field.measure(), {});
    EXPECT_EQ(standings[0].contender, 1U);
    EXPECT_DOUBLE_EQ(standings[0].speed, std::sqrt(0.25 * 8.0));
    EXPECT_DOUBLE_EQ(standings[1].speed, 1.0);
}

TEST(Contest, EndsWhereItIsStopped) {
    Field field{{{1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}}, {}};
    ContestRules rules;
    rules.stop = [] { return true; };
    int told = 0;
    rules.after_stage = [&](const std::vector<Standing> &) { ++told; };
    EXPECT_EQ(hold_contest(8, 4, field.measure(), rules).size(), 8U);
    EXPECT_EQ(field.stages.size(), 1U);
    EXPECT_EQ(told, 1);
}

TEST(Contest, LetsTheIncumbentStayWithinTheNoise) {
    Field close{{{1.0}, {0.995}, {2.0}}, {}};
    Decision decision = decide(hold_contest(3, 0, close.measure(), {}), 0);
    EXPECT_EQ(decision.choice.contender, 0U);
    EXPECT_DOUBLE_EQ(decision.incumbent_speed, 1.0);
    ASSERT_TRUE(decision.runner_up);
    EXPECT_EQ(decision.runner_up->contender, 1U);
    EXPECT_DOUBLE_EQ(decision.runner_speed, 1.0);

    Field clear{{{1.0}, {0.5}, {2.0}}, {}};
    decision = decide(hold_contest(3, 0, clear.measure(), {}), 0);
    EXPECT_EQ(decision.choice.contender, 1U);
    EXPECT_DOUBLE_EQ(decision.incumbent_speed, 0.5);
    EXPECT_EQ(decision.runner_up->contender, 0U);
    EXPECT_DOUBLE_EQ(decision.runner_speed, 0.5);

    // Twice as fast in most rounds, slower in some: not beyond doubt.
    Field doubtful{{{1.0}, {0.5}}, {}};
    std::vector<Standing> standings = hold_contest(2, 0, doubtful.measure(), {});
    EXPECT_DOUBLE_EQ(standings[0].least_speed, 2.0);
    standings[0].least_speed = 0.99;
    EXPECT_EQ(decide(standings, 0).choice.contender, 0U);

    Field alone{{{1.0}}, {}};
    decision = decide(hold_contest(1, 0, alone.measure(), {}), 0);
    EXPECT_EQ(decision.choice.contender, 0U);
    EXPECT_FALSE(decision.runner_up);
}

// --- tables on disk ---------------------------------------------------------------------------------------------

TunedRow row(const KernelSpec &spec, const std::string &cpu, const std::string &choice) {
    TunedRow row;
    row.spec = spec;
    row.target = "x86-64-v4";
    row.cpu = cpu;
    row.choice = row.incumbent = parse_choice(choice);
    row.measured = "chain";
    row.chain = 50;
    row.date = "2026-11-23";
    row.machine = "a machine";
    return row;
}

TEST(TunedFolder, MergesByKey) {
    const TemporaryDirectory temporary;
    const std::filesystem::path path = temporary.path() / "tables" / "new";
    const TunedFolder folder(path), other(path);
    EXPECT_FALSE(folder.has(conv(), v4(), "generic"));
    folder.put(row(conv(), "generic", "conv2d_direct/cpu_reference"));
    other.put(row(conv(), "zen5", "conv2d_direct/cpu_reference"));
    other.put(row(parse_kernel_spec("gemm n=1 ci=2 co=3"), "generic", "gemm/cpu_reference"));
    folder.put(row(conv(), "generic", "conv2d_direct/cpu_gone"));
    EXPECT_TRUE(folder.has(conv(), v4(), "generic"));
    EXPECT_TRUE(folder.has(conv(), v4(), "zen5"));
    EXPECT_FALSE(folder.has(conv(), v4(), "zen4"));
    EXPECT_FALSE(folder.has(conv(), find_target("x86-64-v3"), "generic"));
    const std::vector<TunedRow> rows = parse_tuned(read_file(path / "conv2d.csv"), "conv2d.csv");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(to_text(rows[0].choice), "conv2d_direct/cpu_gone");
    EXPECT_EQ(rows[1].cpu, "zen5");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path), {}), 2);
}

TEST(TunedFolder, RefusesAMalformedTable) {
    const TemporaryDirectory temporary;
    write_file(temporary.path() / "gemm.csv", "kernel\n");
    try {
        const TunedFolder folder(temporary.path());
        FAIL() << "no error";
    } catch (const Error &error) {
        EXPECT_TRUE(std::string(error.what()).starts_with((temporary.path() / "gemm.csv:1: ").string()))
            << error.what();
    }
}

}  // namespace
}  // namespace ingot
