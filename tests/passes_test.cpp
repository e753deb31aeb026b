// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include "spec/error.h"
#include "tests/pass_checks.h"

namespace ingot {

using test::GraphBuilder;
using test::halve;
using test::operations;
using test::output_names;
using test::PassBuilder;
using test::passed;
using test::same3;

TEST(FoldConstants, ComputesWhatIsConstant) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 1, 4, 4});
    const ValueId raw = builder.constant("raw", {4}, {-1, 2, -3, 4});
    const ValueId weights = builder.reshape("w", builder.relu("positive", raw), {1, 1, 2, 2});
    builder.graph.outputs = {
        builder.node("conv", Conv2d{{{2, 2}, {1, 1}, {1, 1}, {}}, 1, {}, std::nullopt}, {image, weights})};
    fold_constants(builder.graph);
    verify(builder.graph);
    EXPECT_EQ(operations(builder.graph), "conv2d");
    EXPECT_EQ(builder.graph.value(weights).constant, (std::vector<float>{0, 2, 0, 4}));
}

TEST(FoldConstants, ComputesSumsOfProducts) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 2});
    const ValueId a = builder.constant("a", {3, 2}, {1, 2, 3, 4, 5, 6});
    const ValueId b = builder.constant("b", {2, 2}, {1, 1, 1, -1});
    const ValueId product = builder.node("product", Gemm{}, {a, b});
    builder.graph.outputs = {builder.node("y", Gemm{}, {image, product})};
    fold_constants(builder.graph);
    EXPECT_EQ(operations(builder.graph), "gemm");
    EXPECT_EQ(builder.graph.value(product).constant, (std::vector<float>{3, -1, 7, -1, 11, -1}));
}

TEST(FoldConstants, KeepsOutputsAndWhatInputsFeed) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 2});
    const ValueId constant = builder.relu("constant", builder.constant("c", {2}, {-1, 1}));
    builder.graph.outputs = {builder.relu("y", image), constant};
    fold_constants(builder.graph);
    EXPECT_EQ(operations(builder.graph), "relu relu");
}

TEST(FoldConstants, RefusesWhatTakesTooLong) {
    GraphBuilder builder;
    const ValueId big = builder.constant("big", {1, 1, 512, 512}, std::vector<float>(512 * 512));
    const ValueId image = builder.input("image", {1, 2});
    builder.graph.outputs = {builder.relu("y", image)};
    builder.relu("cheap", builder.constant("c", {2}, {-1, 1}));
    builder.conv("slow", big, 1, {{32, 32}, {1, 1}, {1, 1}, {16, 16, 16, 16}});
    const std::string before = to_text(builder.graph);
    try {
        fold_constants(builder.graph);
        FAIL() << "folded";
    } catch (const Error &error) {
        EXPECT_STREQ(error.what(),
                     "conv2d 'slow' (node 2, opset 17): its inputs are constant, but computing it takes "
                     "more than 2^26 multiplications; export the model with constant folding");
    }
    EXPECT_EQ(to_text(builder.graph), before);
    verify(builder.graph);
}

TEST(RemoveDeadCode, RemovesIdentitiesAndKeepsOutputNames) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 1, 4, 4});
    const ValueId conv = builder.conv("conv", builder.identity("i1", builder.identity("i2", image)), 2, same3);
    const ValueId result = builder.identity("logits", builder.identity("i3", conv));
    builder.graph.outputs = {result};
    builder.relu("dead", conv);
    remove_dead_code(builder.graph);
    verify(builder.graph);
    EXPECT_EQ(operations(builder.graph), "conv2d");
    EXPECT_EQ(output_names(builder.graph), std::vector<std::string>{"logits"});
    EXPECT_EQ(builder.graph.values.size(), 4U);
}

TEST(RemoveDeadCode, LetsOtherReadersFollowARenamedOutput) {
    GraphBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("image", {1, 1, 4, 4}), 2, same3);
    const ValueId y = builder.identity("y", conv);
    builder.graph.outputs = {y, builder.relu("z", conv)};
    remove_dead_code(builder.graph);
    verify(builder.graph);
    EXPECT_EQ(operations(builder.graph), "conv2d relu");
    EXPECT_EQ(output_names(builder.graph), (std::vector<std::string>{"y", "z"}));
}

TEST(RemoveDeadCode, KeepsIdentitiesThatCopy) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 1, 4, 4});
    const ValueId relu = builder.relu("y", image);
    builder.graph.outputs = {relu, builder.identity("y2", relu), builder.identity("x2", image)};
    remove_dead_code(builder.graph);
    verify(builder.graph);
    EXPECT_EQ(operations(builder.graph), "relu identity identity");
    EXPECT_EQ(output_names(builder.graph), (std::vector<std::string>{"y", "y2", "x2"}));
}

TEST(CommonSubexpressions, ComputesWhatIsThereTwiceOnce) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 4, 4});
    const auto conv = [&](const std::string &name, float first) {
        return builder.node(
            name, Conv2d{same3, 1, {{Function::bias}}, std::nullopt},
            {x, builder.rising(name + ".w", {3, 2, 3, 3}), builder.rising(name + ".b", {3}, first)});
    };
    const ValueId a = builder.relu("a", conv("conv", 1)), b = builder.relu("b", conv("same", 1));
    const ValueId c = builder.relu("c", conv("other", 2));
    const Graph graph =
        passed(builder.with_outputs({builder.map("y", "x0,x1,add,x2,mul", {a, b, c})}), common_subexpressions);
    EXPECT_EQ(operations(graph), "conv2d relu conv2d relu map");
    EXPECT_EQ(graph.nodes[4].inputs[0], graph.nodes[4].inputs[1]);
}

TEST(CommonSubexpressions, KeepsOutputsAndTheirNames) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 4, 4});
    const ValueId inner = builder.relu("inner", x), named = builder.relu("named", x);
    const Graph graph =
        passed(builder.with_outputs({builder.map("y", "x0,exp", {inner}), named, builder.relu("copy", x)}),
               common_subexpressions);
    EXPECT_EQ(operations(graph), "relu map relu");
}

TEST(CommonSubexpressions, KeepsOtherAttributesShapesAndOrders) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 4, 4}), z = builder.input("z", {1, 2, 4, 4});
    const Graph graph =
        passed(builder.with_outputs({builder.reshape("a", x, {2, 16}), builder.reshape("b", x, {4, 8}),
                                     builder.map("c", "x0,x1,sub", {x, z}), builder.map("d", "x0,x1,sub", {z, x}),
                                     builder.map("e", "x0,clip(0/6)", {x}), builder.map("f", "x0,clip(0/5)", {x})}),
               common_subexpressions);
    EXPECT_EQ(graph.nodes.size(), 6U);
}

TEST(FlattenIntoWeights, ReadsTheTensorBeforeAChainOfReshapes) {
    GraphBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("image", {2, 1, 4, 4}), 3, same3);
    const ValueId rows = builder.reshape("rows", conv, {2, 48});
    const ValueId all = builder.reshape("all", rows, {96});
    builder.graph.outputs = {builder.gemm("y", builder.reshape("flat", all, {2, 48}), 5)};
    flatten_into_weights(builder.graph);
    verify(builder.graph);
    EXPECT_EQ(operations(builder.graph), "conv2d gemm");
    EXPECT_EQ(builder.graph.nodes[1].inputs[0], builder.graph.nodes[0].output);
}

TEST(FlattenIntoWeights, KeepsOtherRowsAndReshapesThatAreRead) {
    GraphBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("image", {1, 1, 4, 4}), 3, same3);
    const ValueId flat = builder.flatten("flat", conv);
    const ValueId rows = builder.reshape("rows", conv, {3, 16});
    builder.graph.outputs = {flat, builder.gemm("a", flat, 2), builder.gemm("b", rows, 2)};
    flatten_into_weights(builder.graph);
    verify(builder.graph);
    EXPECT_EQ(operations(builder.graph), "conv2d reshape reshape gemm gemm");
    EXPECT_EQ(builder.graph.nodes[3].inputs[0], builder.graph.nodes[0].output);
    EXPECT_EQ(builder.graph.nodes[4].inputs[0], builder.graph.nodes[2].output);
}

TEST(Passes, FuseANetCompletely) {
    GraphBuilder builder;
    ValueId value = builder.input("image", {1, 1, 8, 8});
    for (const char *name : {"conv1", "conv2"}) {
        value = builder.conv(name, value, 4, same3);
        value = builder.pool(std::string(name) + ".pool", builder.relu(std::string(name) + ".relu", value), halve);
    }
    value = builder.gemm("gemm", builder.identity("dropout", builder.flatten("flat", value)), 10);
    builder.graph.outputs = {builder.identity("logits", value)};
    run_passes(builder.graph);
    EXPECT_EQ(operations(builder.graph), "conv2d_pool2d conv2d_pool2d gemm");
    EXPECT_EQ(output_names(builder.graph), std::vector<std::string>{"logits"});
}

TEST(Passes, RunOnlyWhatIsEnabled) {
    GraphBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("image", {1, 1, 4, 4}), 2, same3);
    builder.graph.outputs = {builder.pool("pool", builder.relu("relu", conv), halve)};
    run_passes(builder.graph, [](std::string_view pass) { return pass != "fuse_conv_pool"; });
    EXPECT_EQ(operations(builder.graph), "conv2d pool2d");
}

}  // namespace ingot
