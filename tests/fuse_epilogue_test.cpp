// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/pass_checks.h"

namespace ingot {

using test::epilogue_of;
using test::expression_of;
using test::halve;
using test::operations;
using test::output_names;
using test::PassBuilder;
using test::passed;
using test::point;
using test::same3;

TEST(FuseEpilogue, AppendsToConvPoolAndGemm) {
    PassBuilder builder;
    const ValueId image = builder.input("image", {1, 1, 4, 4});
    const ValueId conv = builder.relu("r1", builder.conv("conv", image, 2, same3));
    const ValueId pool = builder.relu("r2", builder.pool("pool", conv, halve));
    const ValueId flat = builder.flatten("flat", pool);
    const ValueId y = builder.relu("y", builder.relu("r3", builder.gemm("gemm", flat, 3)));
    const Graph graph = passed(builder.with_outputs({y}), fuse_epilogue);
    EXPECT_EQ(operations(graph), "conv2d pool2d reshape gemm");
    EXPECT_EQ(epilogue_of(graph, 0), "bias,relu");
    EXPECT_EQ(epilogue_of(graph, 1), "relu");
    EXPECT_EQ(epilogue_of(graph, 3), "bias,relu") << "a ReLU twice is one";
    EXPECT_EQ(output_names(graph), std::vector<std::string>{"y"});
}

TEST(FuseEpilogue, TakesChainsOfFunctions) {
    PassBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("x", {1, 2, 4, 4}), 3, same3);
    const ValueId y = builder.map("y", "x0,clip(-1/6),silu,neg", {conv});
    const Graph graph = passed(builder.with_outputs({y}), fuse_epilogue);
    EXPECT_EQ(operations(graph), "conv2d");
    EXPECT_EQ(epilogue_of(graph, 0), "bias,clip(-1/6),silu,neg");
}

TEST(FuseEpilogue, TakesWhatAnExpressionBeginsWith) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 4, 4});
    const ValueId a = builder.conv("a", x, 3, same3), b = builder.input("b", {1, 3, 1, 1});
    const Graph graph =
        passed(builder.with_outputs({builder.map("y", "x0,silu,x1,sigmoid,mul", {a, b})}), fuse_epilogue);
    EXPECT_EQ(operations(graph), "conv2d map");
    EXPECT_EQ(epilogue_of(graph, 0), "bias,silu");
    EXPECT_EQ(expression_of(graph, 1), "x0,x1,sigmoid,mul");
}

TEST(FuseEpilogue, TakesNoSecondReluAndNoSecondPrelu) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 3, 4, 4}), slope = builder.rising("slope", {3, 1, 1});
    const ValueId y = builder.map("y", "x0,relu,x1,add,relu,neg", {builder.conv("c1", x, 3, same3), x});
    const ValueId z = builder.map("z", "x0,x1,prelu,neg,x1,prelu", {builder.conv("c2", x, 3, same3), slope});
    const ValueId relu = builder.map("relu", "x0,relu,neg", {builder.conv("c3", x, 3, same3)});
    const ValueId pool = builder.relu("w", builder.pool("pool", relu, halve));
    const Graph epilogues = passed(builder.with_outputs({y, z, pool}), fuse_epilogue);
    EXPECT_EQ(operations(epilogues), "conv2d map conv2d map conv2d pool2d");
    EXPECT_EQ(epilogue_of(epilogues, 0), "bias,relu,add");
    EXPECT_EQ(expression_of(epilogues, 1), "x0,relu,neg");
    EXPECT_EQ(epilogue_of(epilogues, 2), "bias,prelu,neg");
    EXPECT_EQ(operations(passed(epilogues, fuse_conv_pool)), "conv2d map conv2d map conv2d pool2d");
}

TEST(FuseEpilogue, PreluWithASlopePerChannel) {
    for (const std::vector<int64_t> &shape : {std::vector<int64_t>{3, 1, 1}, std::vector<int64_t>{1, 3, 1, 1}}) {
        PassBuilder builder;
        const ValueId conv = builder.conv("conv", builder.input("x", {1, 2, 4, 4}), 3, same3);
        const ValueId y = builder.map("y", "x0,x1,prelu,abs", {conv, builder.rising("slope", shape)});
        const Graph graph = passed(builder.with_outputs({y}), fuse_epilogue);
        EXPECT_EQ(operations(graph), "conv2d");
        EXPECT_EQ(epilogue_of(graph, 0), "bias,prelu,abs");
    }
}

TEST(FuseEpilogue, KeepsPreluOfAPoolOfComputedAndOfOtherSlopes) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 3, 4, 4});
    const auto conv = [&](const std::string &name) { return builder.conv(name, x, 3, same3); };
    const ValueId slope = builder.rising("slope", {3, 1, 1});
    const Graph graph = passed(
        builder.with_outputs({builder.map("a", "x0,x1,prelu", {builder.pool("pool", x, halve), slope}),
                              builder.map("b", "x0,x1,prelu", {conv("c1"), builder.input("s", {1, 3, 1, 1})}),
                              builder.map("c", "x0,x1,prelu", {conv("c2"), builder.rising("row", {4})}),
                              builder.map("d", "x1,x0,prelu", {conv("c3"), slope})}),
        fuse_epilogue);
    EXPECT_EQ(operations(graph), "pool2d map conv2d map conv2d map conv2d map");
}

TEST(FuseEpilogue, AddsATensorOfTheSameShape) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 3, 4, 4});
    const ValueId y = builder.map("y", "x0,x1,add,relu", {x, builder.conv("conv", x, 3, same3)});
    const Graph graph = passed(builder.with_outputs({y}), fuse_epilogue);
    EXPECT_EQ(operations(graph), "conv2d");
    EXPECT_EQ(epilogue_of(graph, 0), "bias,add,relu");
    EXPECT_EQ(graph.nodes[0].inputs.back(), graph.inputs[0]);
}

TEST(FuseEpilogue, LetsTheLastOfTwoLayersAdd) {
    for (const char *expression : {"x0,silu,x1,silu,add,relu", "x1,silu,x0,silu,add,relu"}) {
        PassBuilder builder;
        const ValueId x = builder.input("x", {1, 3, 4, 4});
        const ValueId first = builder.conv("first", x, 2, point);
        const ValueId last = builder.conv("last", builder.relu("relu", x), 2, same3);
        const Graph graph =
            passed(builder.with_outputs({builder.map("y", expression, {first, last})}), fuse_epilogue);
        EXPECT_EQ(operations(graph), "conv2d relu conv2d");
        EXPECT_EQ(epilogue_of(graph, 0), "bias,silu");
        EXPECT_EQ(epilogue_of(graph, 2), "bias,silu,add,relu");
    }
}

TEST(FuseEpilogue, AnEarlierLayerThatAddsRunsBehindWhatItAdds) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 3, 4, 4});
    const ValueId conv = builder.conv("conv", x, 3, point);
    const ValueId later = builder.map("later", "x0,exp", {x});
    const ValueId y = builder.map("y", "x0,x1,add", {conv, later});
    const Graph graph = passed(builder.with_outputs({y, builder.relu("z", later)}), fuse_epilogue);
    EXPECT_EQ(operations(graph), "map conv2d relu");
    EXPECT_EQ(epilogue_of(graph, 1), "bias,add");
}

TEST(FuseEpilogue, AddsNoSecondTensorNoOtherShapeNoConstantAndNotToAPool) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 3, 4, 4});
    const auto conv = [&](const std::string &name) { return builder.conv(name, x, 3, same3); };
    const Graph graph =
        passed(builder.with_outputs(
                   {builder.map("a", "x0,x1,add,x2,add", {conv("c1"), x, builder.input("v", {1, 3, 4, 4})}),
                    builder.map("b", "x0,x1,add", {conv("c2"), builder.input("row", {1, 3, 1, 1})}),
                    builder.map("c", "x0,x1,add", {conv("c3"), builder.rising("constant", {1, 3, 4, 4})}),
                    builder.map("d", "x0,x1,add", {builder.pool("pool", x, point), x})}),
               fuse_epilogue);
    EXPECT_EQ(operations(graph), "conv2d map conv2d map conv2d map pool2d map");
    EXPECT_EQ(epilogue_of(graph, 0), "bias,add");
    EXPECT_EQ(expression_of(graph, 1), "x0,x1,add");
    EXPECT_EQ(epilogue_of(graph, 2), "bias");
}

TEST(FuseEpilogue, KeepsWhatOthersReadAndWhatIsNoFloat) {
    PassBuilder builder;
    const ValueId image = builder.input("image", {1, 1, 4, 4});
    const ValueId shared = builder.conv("shared", image, 2, same3);
    const ValueId output = builder.conv("output", image, 2, same3);
    const ValueId twice = builder.conv("twice", image, 2, same3);
    const ValueId compared = builder.conv("compared", image, 2, same3);
    const Graph graph =
        passed(builder.with_outputs({builder.relu("a", shared), builder.pool("b", shared, halve), output,
                                     builder.relu("c", output), builder.relu("d", image),
                                     builder.map("e", "x0,x0,sigmoid,mul", {twice}),
                                     builder.map("f", "x0,x1,add", {compared, compared}),
                                     builder.map("g", "x0,to_i64", {builder.conv("whole", image, 2, same3)})}),
               fuse_epilogue);
    EXPECT_EQ(operations(graph), "conv2d conv2d conv2d conv2d relu pool2d relu relu map map conv2d map");
    EXPECT_EQ(epilogue_of(graph, 0), "bias");
}

TEST(FuseConvPool, JoinsEpilogueAndPool) {
    for (const bool relu_first : {true, false}) {
        PassBuilder builder;
        ValueId value = builder.conv("conv", builder.input("image", {1, 1, 6, 6}), 2, same3);
        value = relu_first ? builder.relu("relu", value) : builder.pool("pool", value, halve);
        value = relu_first ? builder.pool("pool", value, halve) : builder.relu("relu", value);
        const Graph epilogues = passed(builder.with_outputs({value}), fuse_epilogue);
        const Graph graph = passed(epilogues, fuse_conv_pool);
        ASSERT_EQ(operations(graph), "conv2d_pool2d");
        EXPECT_EQ(epilogue_of(graph, 0), "bias,relu");
        EXPECT_EQ(std::get<Conv2d>(graph.nodes[0].operation).pool, halve);
        EXPECT_EQ(graph.values.size(), 4U);
    }
}

TEST(FuseConvPool, KeepsWhatOthersReadAndASecondPool) {
    PassBuilder builder;
    const ValueId image = builder.input("image", {1, 1, 8, 8});
    const ValueId shared = builder.conv("shared", image, 2, same3);
    const ValueId twice = builder.pool("p1", builder.conv("conv", image, 2, same3), halve);
    const Graph graph =
        passed(builder.with_outputs({builder.pool("a", shared, halve), shared, builder.pool("b", twice, halve)}),
               fuse_conv_pool);
    EXPECT_EQ(operations(graph), "conv2d conv2d_pool2d pool2d pool2d");
}

TEST(FuseConvPool, LeavesWindowsThatShareResultsOrArePadded) {
    for (const Window &window : {Window{{3, 3}, {2, 2}, {1, 1}, {}}, Window{{2, 2}, {2, 2}, {1, 1}, {0, 0, 1, 1}},
                                 Window{{2, 2}, {2, 2}, {2, 2}, {}}, Window{{5, 5}, {5, 5}, {1, 1}, {}}}) {
        PassBuilder builder;
        const ValueId conv = builder.conv("conv", builder.input("image", {1, 1, 8, 8}), 2, same3);
        const Graph graph = passed(builder.with_outputs({builder.pool("pool", conv, window)}), fuse_conv_pool);
        EXPECT_EQ(operations(graph), "conv2d pool2d") << to_text(window);
    }
}

TEST(FuseConvPool, OnlyFunctionsThatRiseGoBeforeAMaximum) {
    const auto fused = [](const Call &call, PoolMode mode = PoolMode::max) {
        PassBuilder builder;
        const ValueId conv = builder.conv("conv", builder.input("image", {1, 1, 6, 6}), 2, same3);
        const ValueId pool = builder.node("pool", Pool2d{halve, {call}, mode}, {conv});
        return operations(passed(builder.with_outputs({pool}), fuse_conv_pool)) == "conv2d_pool2d";
    };
    EXPECT_TRUE(fused({Function::tanh}));
    EXPECT_TRUE(fused({Function::clip, 0, 6}));
    EXPECT_TRUE(fused({Function::leaky_relu, 0.1f}));
    EXPECT_FALSE(fused({Function::leaky_relu, -0.1f}));
    EXPECT_FALSE(fused({Function::thresholded_relu, -1}));
    EXPECT_FALSE(fused({Function::silu}));
    EXPECT_FALSE(fused({Function::hard_swish}));
    EXPECT_FALSE(fused({Function::gelu}));
    EXPECT_FALSE(fused({Function::abs}));
    EXPECT_FALSE(fused({Function::neg}));
    EXPECT_FALSE(fused({Function::relu}, PoolMode::average));
}

TEST(FuseConvPool, KeepsAConvolutionThatAddsATensor) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 6, 6});
    const ValueId sum = builder.map("sum", "x0,x1,add", {builder.conv("conv", x, 2, same3), x});
    const Graph epilogues = passed(builder.with_outputs({builder.pool("pool", sum, halve)}), fuse_epilogue);
    EXPECT_EQ(operations(passed(epilogues, fuse_conv_pool)), "conv2d pool2d");
}

}  // namespace ingot
