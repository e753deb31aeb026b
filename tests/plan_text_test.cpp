// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `ingot explain` prints of a plan.
#include "compiler/lowering/lower.h"
#include "compiler/passes/passes.h"
#include "tests/graph_builder.h"
#include <gtest/gtest.h>

namespace ingot {
namespace {

using test::GraphBuilder;

const Window same3{{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}};
const Window point{{1, 1}, {1, 1}, {1, 1}, {}};

TEST(PlanText, SaysWhyAChoiceIsMadeAndWhatCameSecond) {
    GraphBuilder builder;
    ValueId x = builder.conv("tuned", builder.input("x", {1, 7, 8, 8}), 16, same3);
    x = builder.relu("near.relu", builder.conv("near", x, 16, same3));
    builder.graph.outputs = {builder.conv("asked", x, 16, point)};
    run_passes(builder.graph);
    TunedRow row;
    row.spec = parse_kernel_spec("conv2d n=1 h=8 w=8 ci=7 co=16 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias");
    row.target = "x86-64-v3";
    row.cpu = "some-cpu";
    row.choice = parse_choice("conv2d_direct/cpu_reference");
    row.runner_up = parse_choice("conv2d_direct/cpu_tiled:tile_c=2,tile_x=4,tile_y=1,unroll_ci=1,prefetch=0");
    row.runner_speed = 0.8;
    const TunedTable tables({row});
    LowerOptions options;
    options.tables = &tables;
    options.cpu = "some-cpu";
    options.asked = {parse_asked_choice("asked=conv2d_direct/cpu_reference")};
    const LoweredModel model = lower(builder.graph, "net", {&find_target("x86-64-v3")}, options);
    const std::string text = to_text(model.plans.front());
    EXPECT_NE(
        text.find(
            "  0  tuned\n"
            "     kernel    conv2d n=1 h=8 w=8 ci=7 co=16 k=3x3 s=1x1 p=1,1,1,1 src=nchw weights=oihw dst=nhwc "
            "epilogue=bias\n"
            "     choice    conv2d_direct/cpu_reference\n"
            "     why       tuned\n"
            "     second    conv2d_direct/cpu_tiled:tile_c=2,tile_x=4,tile_y=1,unroll_ci=1,prefetch=0, takes "
            "1.25 x the time (measured)\n"
            "     operands  src at input 0, weights at weights+0, "),
        std::string::npos)
        << text;
    EXPECT_NE(
        text.find("     why       nearest: conv2d n=1 h=8 w=8 ci=7 co=16 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias\n"),
        std::string::npos)
        << text;
    EXPECT_NE(text.find("     choice    conv2d_direct/cpu_reference\n     why       asked for\n     second    "),
              std::string::npos)
        << text;
    options.cpu = generic_cpu;
    const LoweredModel generic = lower(builder.graph, "net", {&find_target("x86-64-v3")}, options);
    EXPECT_EQ(generic.plans.front().steps.front().why, "rule");
}

}  // namespace
}  // namespace ingot
