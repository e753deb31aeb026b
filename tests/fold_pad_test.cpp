// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/pass_checks.h"
#include <cfloat>

namespace ingot {

using test::operations;
using test::PassBuilder;
using test::passed;
using test::valid3;

namespace {

/// Ones more at the bottom and on the right than at the top and on the left.
Pad around(float value = 0, int64_t width = 0) {
    return {{0, 0, width, width}, {0, 0, width + 1, width + 1}, value};
}

const Window halve3{{3, 3}, {2, 2}, {1, 1}, {}};

const Window &window_of(const Graph &graph, std::size_t node) {
    const auto *conv = std::get_if<Conv2d>(&graph.nodes.at(node).operation);
    return conv != nullptr ? conv->window : std::get<Pool2d>(graph.nodes.at(node).operation).window;
}

}  // namespace

TEST(FoldPad, IntoEveryConvolutionThatReadsIt) {
    PassBuilder builder;
    const ValueId padded = builder.node("pad", around(), {builder.input("x", {1, 2, 6, 6})});
    const ValueId more = builder.node("more", around(0, 1), {padded});
    const Graph graph = passed(
        builder.with_outputs({builder.conv("a", padded, 2, halve3), builder.conv("b", more, 2, valid3)}), fold_pad);
    EXPECT_EQ(operations(graph), "conv2d conv2d");
    EXPECT_EQ(window_of(graph, 0).pad, (Pad2{0, 0, 1, 1}));
    EXPECT_EQ(window_of(graph, 1).pad, (Pad2{1, 1, 3, 3}));
}

TEST(FoldPad, IntoAveragesThatCountIt) {
    PassBuilder builder;
    const ValueId padded = builder.node("pad", around(), {builder.input("x", {1, 2, 6, 6})});
    const Window more{{3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}};
    const Graph graph =
        passed(builder.with_outputs({builder.node("a", Pool2d{halve3, {}, PoolMode::average}, {padded}),
                                     builder.node("b", Pool2d{more, {}, PoolMode::average_padded}, {padded})}),
               fold_pad);
    EXPECT_EQ(operations(graph), "pool2d pool2d");
    EXPECT_EQ(std::get<Pool2d>(graph.nodes[0].operation).mode, PoolMode::average_padded);
}

TEST(FoldPad, ZerosIntoAMaximumOfWhatIsNeverNegative) {
    const auto folds = [](const Operation &before, float value) {
        PassBuilder builder;
        const ValueId x = builder.node("before", before, {builder.input("x", {1, 2, 6, 6})});
        const ValueId padded = builder.node("pad", around(value), {x});
        return operations(passed(builder.with_outputs({builder.pool("y", padded, halve3)}), fold_pad))
                   .find("pad") == std::string::npos;
    };
    EXPECT_TRUE(folds(Relu{}, 0));
    EXPECT_TRUE(folds(Map{parse_expression("x0,clip(0/6)")}, 0));
    EXPECT_TRUE(folds(Pool2d{halve3, {{Function::relu}}}, -1));
    EXPECT_TRUE(folds(Map{parse_expression("x0,tanh")}, -FLT_MAX));
    EXPECT_FALSE(folds(Map{parse_expression("x0,clip(-1/6)")}, 0));
    EXPECT_FALSE(folds(Map{parse_expression("x0,tanh")}, 0));
    EXPECT_FALSE(folds(Relu{}, 1));
}

TEST(FoldPad, KeepsOtherValuesOtherAxesAndWindowsOfPaddingOnly) {
    PassBuilder builder;
    const ValueId x = builder.relu("x", builder.input("image", {1, 2, 6, 6}));
    const ValueId ones = builder.node("ones", around(1), {x});
    const ValueId channel = builder.node("channel", Pad{{0, 1, 1, 1}, {0, 0, 1, 1}, 0}, {x});
    const ValueId far = builder.node("far", around(0, 3), {x});
    const Window more{{3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}};
    const Graph graph =
        passed(builder.with_outputs({builder.conv("a", ones, 2, valid3), builder.conv("b", channel, 2, valid3),
                                     builder.pool("c", far, halve3),
                                     builder.node("d", Pool2d{more, {}, PoolMode::average}, {far})}),
               fold_pad);
    EXPECT_EQ(operations(graph), "relu pad pad pad conv2d conv2d pool2d pool2d");
}

}  // namespace ingot
