// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Without a row of its own, a kernel gets a choice nearly as good as a measured one: on layers that no table holds,
// by the measurements kept in bench/results/held_out. Nothing is timed here.
#include "bench/shapes.h"
#include "schedules/choose.h"
#include "spec/error.h"
#include <cmath>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <sstream>

namespace ingot {
namespace {

namespace fs = std::filesystem;

constexpr const char *again =
    "; measure again with: ingot tune bench/shapes/held_out.csv -o bench/results/held_out --again";

std::vector<KernelSpec> held_out() {
    return read_shapes(fs::path(INGOT_SOURCE_DIR) / "bench/shapes/held_out.csv");
}

std::vector<TunedRow> results() {
    std::vector<TunedRow> rows;
    for (const Algorithm &algorithm : algorithms()) {
        const fs::path file =
            fs::path(INGOT_SOURCE_DIR) / "bench/results/held_out" / (std::string(to_text(algorithm.op)) + ".csv");
        if (fs::exists(file)) {
            std::ostringstream text;
            text << std::ifstream(file).rdbuf();
            const std::vector<TunedRow> of_op = parse_tuned(text.str(), file.string());
            rows.insert(rows.end(), of_op.begin(), of_op.end());
        }
    }
    return rows;
}

TEST(HeldOut, ShapesAreInNoTableAndNoOtherList) {
    std::set<std::string> shapes;
    for (const KernelSpec &spec : held_out()) {
        EXPECT_TRUE(shapes.insert(shape_text(spec)).second) << "twice: " << shape_text(spec);
    }
    EXPECT_GE(shapes.size(), 20U);
    for (const TunedRow &row : built_in_table().rows()) {
        EXPECT_FALSE(shapes.contains(shape_text(row.spec))) << "schedules/tuned holds " << shape_text(row.spec);
    }
    for (Op op : {Op::conv2d, Op::conv2d_pool2d, Op::pool2d, Op::gemm}) {
        for (const KernelSpec &spec : read_shapes(shapes_file(op))) {
            EXPECT_FALSE(shapes.contains(shape_text(spec))) << shapes_file(op) << " holds " << shape_text(spec);
        }
    }
}

TEST(HeldOut, EveryShapeIsMeasuredOnTheSameTargets) {
    std::set<std::string> targets;
    std::set<std::pair<std::string, std::string>> measured;
    for (const TunedRow &row : results()) {
        targets.insert(row.target);
        measured.emplace(shape_text(row.spec), row.target);
    }
    EXPECT_TRUE(targets.contains("x86-64-v4")) << "no results" << again;
    for (const KernelSpec &spec : held_out()) {
        for (const std::string &target : targets) {
            EXPECT_TRUE(measured.contains({shape_text(spec), target}))
                << shape_text(spec) << " on " << target << again;
        }
    }
    EXPECT_EQ(measured.size(), targets.size() * held_out().size()) << "results of other shapes" << again;
}

TEST(HeldOut, IncumbentsAreWhatIsChosenToday) {
    for (const TunedRow &row : results()) {
        ChooseOptions options;
        options.cpu = row.cpu;
        const Chosen chosen = choose(row.spec, find_target(row.target), options);
        EXPECT_EQ(to_text(chosen.choice), to_text(row.incumbent))
            << shape_text(row.spec) << " on " << row.target << " (" << chosen.why << ")" << again;
    }
}

TEST(HeldOut, ChoicesWithoutARowReach90PercentOfTheBest) {
    std::map<std::string, std::vector<double>> logarithms;
    for (const TunedRow &row : results()) {
        logarithms[row.target].push_back(std::log(row.incumbent_speed));
    }
    for (const auto &[target, values] : logarithms) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        EXPECT_GE(std::exp(sum / static_cast<double>(values.size())), 0.9) << target;
    }
}

}  // namespace
}  // namespace ingot
