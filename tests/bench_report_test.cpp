// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `ingot bench` prints and writes of made-up measurements, and what it selects to measure.
#include "bench/bench_report.h"
#include "bench/selection.h"
#include "schedules/choose.h"
#include "spec/error.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ingot {
namespace {

const Target &target = find_target("x86-64-v3");

BenchRow row_of(const std::string &choice, std::vector<double> seconds) {
    BenchRow row;
    row.request = {parse_kernel_spec("gemm n=1 ci=1000 co=10 src=nc weights=oi dst=nc"), parse_choice(choice),
                   &target, KernelForm::shipped};
    row.code.bytes = 640;
    row.code.vector_spills = 2;
    InnerLoop loop;
    loop.multiply_adds = 10;
    loop.flops = 160;
    row.code.loop = loop;
    row.code.mca_cycles = 5.5;
    row.measurement = {20000,
                       40000,
                       seconds,
                       std::vector<double>(seconds.size(), 100e9),
                       std::vector<double>(seconds.size(), 5),
                       {seconds.size()}};
    return row;
}

BenchTable table_of(std::vector<BenchRow> rows) {
    return {"gemm n=1 ci=1000 co=10", {"fc"}, &target, std::move(rows)};
}

MachineLimits limits_of() {
    return {100e9, 3e9, 32, std::vector<double>(memory_levels().size(), 80e9)};
}

BenchRow faulty(const std::string &choice) {
    BenchRow row = row_of(choice, {});
    row.fault = "wrong result";
    return row;
}

/// What `call` throws.
template<typename Call>
std::string refusal(const Call &call) {
    try {
        call();
    } catch (const Error &error) {
        return error.what();
    }
    return "no error";
}

TEST(BenchRows, AreSortedByTimeFaultsLast) {
    std::vector<BenchRow> rows = {faulty("gemm/a"), row_of("gemm/b", {2e-6}), row_of("gemm/c", {1e-6})};
    sort_rows(rows);
    EXPECT_EQ(rows[0].request.choice.schedule, "c");
    EXPECT_EQ(rows[1].request.choice.schedule, "b");
    EXPECT_EQ(rows[2].request.choice.schedule, "a");
}

TEST(BenchFigures, FollowFromSamplesAndMachine) {
    const BenchFigures figures = figures_of(row_of("gemm/a", {1e-6, 1e-6, 1e-6}), limits_of());
    EXPECT_DOUBLE_EQ(figures.gflops, 20);
    EXPECT_DOUBLE_EQ(figures.of_peak, 0.2);
    EXPECT_DOUBLE_EQ(figures.gbytes, 40);
    EXPECT_DOUBLE_EQ(figures.of_bandwidth, 0.5);
    EXPECT_DOUBLE_EQ(figures.intensity, 0.5);
    EXPECT_DOUBLE_EQ(figures.cycles, 3125);      // 100e3 operations of the peak loop, 32 a cycle
    EXPECT_DOUBLE_EQ(*figures.loop_cycles, 25);  // 125 iterations of 160 operations
}

TEST(BenchTableText, HasALinePerChoiceAndTheVerdict) {
    BenchTable table =
        table_of({row_of("gemm/a:t=4", std::vector(31, 1e-6)), row_of("gemm/b", std::vector(31, 2e-6)),
                  row_of("gemm/c", std::vector(3, 3e-6)), faulty("gemm/d")});
    table.rows[0].chosen = true;
    // 40 KB of operands: which cache holds them depends on the machine.
    const std::string level = memory_levels()[level_holding(memory_levels(), 40e3)].name;
    EXPECT_EQ(to_text(table, limits_of(), 200),
              "fc: gemm n=1 ci=1000 co=10 on x86-64-v3\n"
              "    median  spread  GFLOP/s    peak  GB/s  bandwidth  flop/B   code  spills  mca  cycles  choice\n"
              "*  1.00 us   0.0 %     20.0  20.0 %  40.0    50 % " +
                  level +
                  "     0.5  640 B       2  5.5    25.0  gemm/a:t=4\n"
                  "   2.00 us   0.0 %     10.0  10.0 %  20.0    25 % " +
                  level +
                  "     0.5  640 B       2  5.5    50.0  gemm/b\n"
                  "   3.00 us   0.0 %      6.7   6.7 %  13.3    17 % " +
                  level +
                  "     0.5  640 B       2  5.5    75.0  gemm/c (3 "
                  "rounds)\n"
                  "   gemm/d: error: wrong result\n"
                  "gemm/a:t=4 ran 2.00 ± 0.00 times faster than gemm/b\n");
}

TEST(BenchTableText, FitsANarrowTerminal) {
    const std::string choice = "conv2d_direct/cpu_tiled:tile_c=2,tile_x=14,tile_y=1,unroll_ci=1";
    const BenchTable table = table_of({row_of(choice, {1e-6})});
    for (std::size_t width : {60U, 80U, 100U, 120U}) {
        const std::string text = to_text(table, limits_of(), width);
        std::size_t begin = 0;
        for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
            EXPECT_LE(end - begin, width) << text;
            begin = end + 1;
        }
        EXPECT_NE(text.find("conv2d_direct/cpu_tiled"), std::string::npos) << text;
        EXPECT_NE(text.find("peak"), std::string::npos) << text;
    }
    EXPECT_EQ(to_text(table, limits_of(), 80).find("mca"), std::string::npos);
}

TEST(BenchComparison, SaysWhereNoDifferenceShows) {
    std::vector<double> a, b;
    for (int i = 0; i < 31; ++i) {
        a.push_back(i % 2 == 0 ? 1e-6 : 1.1e-6);
        b.push_back(i % 3 == 0 ? 1.1e-6 : 1e-6);
    }
    EXPECT_TRUE(comparison_text(table_of({row_of("gemm/a", a), row_of("gemm/b", b)}))
                    .starts_with("no difference seen between gemm/a and gemm/b (1.0"));
    EXPECT_EQ(comparison_text(table_of({row_of("gemm/a", a)})), "");
    EXPECT_EQ(comparison_text(table_of({row_of("gemm/a", a), faulty("gemm/b")})), "");
}

BenchReport report_of() {
    BenchReport report;
    report.version = "1.2.3";
    report.data = "hot";
    report.rounds = 2;
    report.limits[&target] = limits_of();
    report.tables = {table_of({row_of("gemm/a:t=4,u=2", {1e-6, 1.5e-6}), faulty("gemm/d")})};
    report.tables[0].rows[1].fault = "dst is \"2\"";
    return report;
}

TEST(BenchHeader, SaysWhatTheMachineCanDo) {
    const std::string text = to_text(report_of(), 200);
    EXPECT_NE(text.find("; one thread; hot; 2 rounds\n"), std::string::npos) << text;
    EXPECT_NE(text.find("x86-64-v3: peak 100.0 GFLOP/s, 32.0 flop a cycle at 3.00 GHz; reads "), std::string::npos)
        << text;
    EXPECT_TRUE(text.ends_with("memory 80 GB/s\n")) << text;
}

TEST(DisturbedShare, CountsSamplesWithFewAdditions) {
    BenchReport report = report_of();
    EXPECT_EQ(disturbed_share(report), 0);
    report.tables[0].rows[0].measurement.adds_per_cycle = {5, 5, 5, 4.4, 4.6, 5, 5, 5, 5, 3};
    EXPECT_EQ(disturbed_share(report), 0.2);
    EXPECT_EQ(disturbed_share({}), 0);
}

TEST(BenchJson, HoldsMachineFiguresAndSamples) {
    const auto json = nlohmann::json::parse(to_json(report_of()));
    EXPECT_EQ(json.at("format"), "ingot bench 1");
    EXPECT_EQ(json.at("version"), "1.2.3");
    EXPECT_FALSE(json.at("machine").at("cpu").get<std::string>().empty());
    EXPECT_EQ(json.at("targets").at(0).at("target"), "x86-64-v3");
    EXPECT_EQ(json.at("targets").at(0).at("peak_gflops"), 100);
    EXPECT_EQ(json.at("targets").at(0).at("bandwidth_gb_per_s").at("memory"), 80);
    const auto &row = json.at("rows").at(0);
    EXPECT_EQ(row.at("kernel"), "gemm n=1 ci=1000 co=10");
    EXPECT_EQ(row.at("choice"), "gemm/a:t=4,u=2");
    EXPECT_EQ(row.at("verified"), true);
    EXPECT_EQ(row.at("passes"), std::vector<int>{2});
    EXPECT_EQ(row.at("seconds"), (std::vector<double>{1e-6, 1.5e-6}));
    EXPECT_EQ(row.at("adds_per_cycle"), (std::vector<double>{5, 5}));
    EXPECT_EQ(row.at("peak_flops"), (std::vector<double>{100e9, 100e9}));
    EXPECT_EQ(row.at("loop").at("mca_cycles"), 5.5);
    EXPECT_EQ(row.at("vector_spills"), 2);
    EXPECT_EQ(json.at("rows").at(1).at("verified"), false);
    EXPECT_EQ(json.at("rows").at(1).at("error"), "dst is \"2\"");
    EXPECT_FALSE(json.at("rows").at(1).contains("seconds"));
}

TEST(BenchCsv, HasACellPerColumn) {
    const std::string csv = to_csv(report_of());
    EXPECT_TRUE(csv.starts_with("kernel,target,choice,chosen,verified,median_s,")) << csv;
    EXPECT_NE(csv.find("\n\"gemm n=1 ci=1000 co=10\",\"x86-64-v3\",\"gemm/a:t=4,u=2\",false,true,1.25e-06,"),
              std::string::npos)
        << csv;
    EXPECT_NE(csv.find("\"gemm/d\",false,false,,,,"), std::string::npos) << csv;
}

TEST(ScheduleFilters, AreReadFromAList) {
    const auto filters =
        parse_schedule_filters("cpu_reference,conv2d_direct/cpu_tiled:tile_x=7,tile_c=2,gemm/cpu_dot");
    ASSERT_EQ(filters.size(), 3U);
    EXPECT_TRUE(filters[0].accepts(parse_choice("pool2d/cpu_reference")));
    EXPECT_FALSE(filters[0].accepts(parse_choice("gemm/cpu_dot:tile_co=10")));
    EXPECT_TRUE(filters[1].accepts(parse_choice("conv2d_direct/cpu_tiled:tile_c=2,tile_x=7,tile_y=1")));
    EXPECT_FALSE(filters[1].accepts(parse_choice("conv2d_direct/cpu_tiled:tile_c=2,tile_x=14")));
    EXPECT_FALSE(filters[1].accepts(parse_choice("conv2d_pool2d/cpu_tiled:tile_c=2,tile_x=7")));
    EXPECT_TRUE(filters[2].accepts(parse_choice("gemm/cpu_dot:tile_co=10")));
    const ScheduleFilter any_of_gemm = parse_schedule_filters("conv2d_gemm").at(0);
    EXPECT_TRUE(any_of_gemm.accepts(parse_choice("conv2d_gemm/cpu_panels:tile_c=1")));
    EXPECT_FALSE(any_of_gemm.accepts(parse_choice("gemm/cpu_panels:tile_c=1")));
    EXPECT_TRUE(parse_schedule_filters("").empty());
}

TEST(ScheduleFilters, RefuseWhatIsUnknown) {
    EXPECT_TRUE(refusal([] {
                    parse_schedule_filters("fast");
                }).starts_with("--schedules: unknown schedule 'fast'; known: cpu_"));
    EXPECT_TRUE(
        refusal([] { parse_schedule_filters("gemm/fast"); }).starts_with("unknown schedule 'fast' of gemm"));
}

TEST(RunnableTargets, AreThoseOfTheCpu) {
    const std::vector<const Target *> old_cpu = {&find_target("x86-64-v2")};
    EXPECT_EQ(runnable_targets("x86-64-v2", old_cpu), old_cpu);
    EXPECT_EQ(refusal([&] { runnable_targets("x86-64-v2,x86-64-v4", old_cpu); }),
              "--targets: this CPU cannot run x86-64-v4; see ingot list targets for what it can");
}

TEST(Contests, HoldEverySupportedScheduleAndTheChosenOne) {
    const std::vector<Contest> contests = select_contests({"gemm", "", "x86-64-v2", false});
    ASSERT_FALSE(contests.empty());
    for (const Contest &contest : contests) {
        const KernelSpec shape = parse_kernel_spec(contest.kernel);
        EXPECT_EQ(shape.op, Op::gemm);
        EXPECT_GE(contest.requests.size(), supported_choices(shape, *contest.target, false).size());
        ASSERT_LT(contest.chosen, contest.requests.size());
        EXPECT_EQ(contest.requests[contest.chosen].choice, choose(shape, *contest.target).choice);
    }
}

TEST(Contests, TakeTheKernelsOfAModelsPlan) {
    const std::string model = INGOT_SOURCE_DIR "/models/mnist_cnn/mnist_cnn.onnx";
    const std::vector<Contest> contests = select_contests({model, "", "x86-64-v2", false});
    ASSERT_EQ(contests.size(), 3U);
    EXPECT_EQ(contests[1].nodes, std::vector<std::string>{"/conv2/Conv"});
    // The layouts of the plan are those of the chosen kernel; another choice packs weights in its own way.
    for (const Contest &contest : contests) {
        ASSERT_LT(contest.chosen, contest.requests.size());
        EXPECT_EQ(to_text(contest.requests[contest.chosen].spec), contest.kernel);
        for (const KernelRequest &request : contest.requests) {
            EXPECT_EQ(shape_text(request.spec), shape_text(contest.requests[0].spec));
            EXPECT_EQ(request.spec.dst, contest.requests[0].spec.dst);
            EXPECT_EQ(request.spec.weights.order,
                      request.spec.has_weights() ? layouts_of(request.choice, request.spec, *request.target).weights
                                                 : request.spec.weights.order);
        }
    }
}

TEST(Contests, AreNarrowedDownByParameters) {
    const std::vector<Choice> all = supported_choices(parse_kernel_spec("gemm n=1 ci=1568 co=10 epilogue=bias"),
                                                      find_target("x86-64-v2"), true);
    const std::string last = to_text(
        *std::find_if(all.rbegin(), all.rend(), [](const Choice &choice) { return choice.schedule == "cpu_dot"; }));
    bool found = false;
    for (const Contest &contest : select_contests({"gemm", last, "x86-64-v2", false})) {
        for (const KernelRequest &request : contest.requests) {
            EXPECT_EQ(to_text(request.choice), last);
            found = true;
        }
    }
    EXPECT_TRUE(found);
}

TEST(Contests, RefuseWhatLeavesNothing) {
    EXPECT_EQ(refusal([] {
                  select_contests({"pool2d", "gemm/cpu_dot", "x86-64-v2", false});
              }),
              "nothing to measure: no kernel of pool2d is supported by --schedules gemm/cpu_dot");
    EXPECT_TRUE(refusal([] {
                    select_contests({"convolution", "", "x86-64-v2", false});
                }).starts_with("unknown op"));
    EXPECT_EQ(refusal([] {
                  select_contests({"shapes.txt", "", "x86-64-v2", false});
              }),
              "shapes.txt: neither an op, nor a list of shapes (.csv), nor a model (.onnx)");
    EXPECT_EQ(refusal([] { select_contests({"none.csv", "", "x86-64-v2", false}); }), "cannot read none.csv");
}

}  // namespace
}  // namespace ingot
