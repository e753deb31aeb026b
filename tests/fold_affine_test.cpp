// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/pass_checks.h"

namespace ingot {

using test::epilogue_of;
using test::expression_of;
using test::operations;
using test::PassBuilder;
using test::passed;
using test::point;
using test::same3;
using test::valid3;

namespace {

Conv2d bare_conv(const Window &window, int64_t groups = 1) {
    return {window, groups, {}, std::nullopt};
}

/// x * scale + shift per channel, as batch normalisation is imported.
ValueId normalised(PassBuilder &builder, const std::string &name, ValueId x) {
    const std::vector<int64_t> shape{builder.graph.value(x).shape[1], 1, 1};
    return builder.map(name, "x0,x1,mul,x2,add",
                       {x, builder.rising(name + ".s", shape), builder.rising(name + ".t", shape, -2)});
}

}  // namespace

TEST(FoldAffine, BatchNormalisationIntoTheConvolutionBefore) {
    for (const int64_t groups : {1, 2, 4}) {
        PassBuilder builder;
        const ValueId x = builder.input("x", {1, 4, 5, 5});
        const ValueId weights = builder.integers("w", {8, 4 / groups, 3, 3}, 1);
        const ValueId conv = builder.node("conv", bare_conv(same3, groups), {x, weights});
        const Graph graph = passed(builder.with_outputs({normalised(builder, "y", conv)}), fold_affine);
        EXPECT_EQ(operations(graph), "conv2d");
        EXPECT_EQ(epilogue_of(graph, 0), "bias");
    }
}

TEST(FoldAffine, IntoAGemmAndABiasThatIsThere) {
    PassBuilder builder;
    const ValueId gemm = builder.gemm("gemm", builder.input("x", {2, 3}), 4);
    const ValueId y =
        builder.map("y", "1,x0,x1,div,sub,x2,add", {gemm, builder.rising("d", {4}), builder.rising("t", {1, 4})});
    const Graph graph = passed(builder.with_outputs({y}), fold_affine);
    EXPECT_EQ(operations(graph), "gemm");
    EXPECT_EQ(epilogue_of(graph, 0), "bias");
}

TEST(FoldAffine, AScaleAloneNeedsNoBias) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 4, 4});
    const ValueId conv = builder.node("conv", bare_conv(same3), {x, builder.integers("w", {3, 2, 3, 3}, 1)});
    const Graph graph = passed(builder.with_outputs({builder.map("y", "x0,0.5,mul,neg", {conv})}), fold_affine);
    EXPECT_EQ(operations(graph), "conv2d");
    EXPECT_EQ(epilogue_of(graph, 0), "");
}

TEST(FoldAffine, TakesWhatAnExpressionBeginsWith) {
    PassBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("x", {1, 2, 4, 4}), 3, same3);
    const ValueId s = builder.rising("s", {1, 3, 1, 1}), z = builder.input("z", {1, 3, 4, 4});
    const ValueId y = builder.map("y", "x0,x1,mul,2,add,x0,x1,mul,2,add,sigmoid,mul,x2,add", {conv, s, z});
    const Graph graph = passed(builder.with_outputs({y}), fold_affine);
    EXPECT_EQ(operations(graph), "conv2d map");
    EXPECT_EQ(expression_of(graph, 1), "x0,x0,sigmoid,mul,x1,add");
}

TEST(FoldAffine, BothConvolutionsOfASum) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 4, 4});
    const ValueId a = builder.conv("a", x, 3, same3), b = builder.conv("b", x, 3, point);
    const ValueId y = builder.map("y", "x0,2,mul,x1,3,mul,1,add,add,relu", {a, b});
    const Graph graph = passed(builder.with_outputs({y}), fold_affine);
    EXPECT_EQ(operations(graph), "conv2d conv2d map");
    EXPECT_EQ(expression_of(graph, 2), "x0,x1,add,relu");
}

TEST(FoldAffine, KeepsWhatOthersReadAndWhatHasMoreBehindItsSum) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 4, 4});
    const ValueId shared = builder.conv("shared", x, 3, same3);
    const ValueId active = builder.node("active", Conv2d{point, 1, {{Function::relu}}, std::nullopt},
                                        {x, builder.integers("w", {3, 2, 1, 1}, 1)});
    const ValueId computed = builder.node("computed", bare_conv(point), {x, builder.input("v", {3, 2, 1, 1})});
    const ValueId twice = builder.conv("twice", x, 3, same3);
    const Graph graph = passed(builder.with_outputs({
                                   shared,
                                   normalised(builder, "a", shared),
                                   normalised(builder, "b", active),
                                   normalised(builder, "c", computed),
                                   builder.map("d", "x0,x0,2,mul,sigmoid,mul", {twice}),
                               }),
                               fold_affine);
    EXPECT_EQ(operations(graph), "conv2d conv2d conv2d conv2d map map map map");
}

TEST(FoldAffine, KeepsConstantsThatDifferInsideAChannel) {
    PassBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("x", {1, 2, 3, 3}), 3, same3);
    const ValueId column = builder.map("column", "x0,x1,mul", {conv, builder.rising("s", {3, 1})});
    const ValueId picture = builder.map("picture", "x0,x1,add", {column, builder.rising("t", {3, 3, 3})});
    const Graph graph = passed(builder.with_outputs({picture}), fold_affine);
    EXPECT_EQ(operations(graph), "conv2d map map");
}

TEST(FoldAffine, KeepsWhatWouldOverflow) {
    PassBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("x", {1, 2, 3, 3}), 3, same3);
    const Graph graph =
        passed(builder.with_outputs({builder.map("y", "x0,3e38,mul,1e-38,mul", {conv})}), fold_affine);
    EXPECT_EQ(operations(graph), "conv2d") << "only what is left counts";
    const ValueId large =
        builder.map("large", "x0,3e38,mul", {builder.conv("c", builder.graph.inputs[0], 3, same3)});
    const ValueId y = builder.map("z", "x0,1e-38,mul,tanh", {large});
    Graph kept = builder.with_outputs({y});
    fold_affine(kept);
    verify(kept);
    EXPECT_EQ(operations(kept), "conv2d map map");
}

TEST(FoldAffine, IntoTheConvolutionBehindWithoutPadding) {
    for (const int64_t groups : {1, 2}) {
        PassBuilder builder;
        const ValueId x = builder.input("x", {1, 4, 6, 6});
        const ValueId conv = builder.conv("conv", normalised(builder, "bn", x), 6, valid3, groups);
        const Graph graph = passed(builder.with_outputs({builder.relu("y", conv)}), fold_affine);
        EXPECT_EQ(operations(graph), "conv2d relu");
    }
}

TEST(FoldAffine, OnlyTheScaleIntoAConvolutionBehindWithPadding) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 3, 6, 6});
    const ValueId standard =
        builder.map("standard", "x0,x1,sub,x2,div",
                    {x, builder.rising("mean", {1, 3, 1, 1}), builder.rising("d", {1, 3, 1, 1})});
    const ValueId shifted = normalised(builder, "shifted", x);
    const Graph graph =
        passed(builder.with_outputs({builder.conv("a", standard, 4, same3), builder.conv("b", shifted, 4, same3)}),
               fold_affine);
    EXPECT_EQ(operations(graph), "map map conv2d conv2d");
    EXPECT_EQ(expression_of(graph, 0), "x0,x1,sub");
    EXPECT_EQ(expression_of(graph, 1), "x0,x1,mul,x2,add");
}

TEST(FoldAffine, IntoAGemmBehind) {
    PassBuilder builder;
    const ValueId row =
        builder.map("row", "x0,tanh,x1,mul,1,sub", {builder.input("x", {2, 4}), builder.rising("s", {4})});
    const Graph graph = passed(builder.with_outputs({builder.gemm("y", row, 3)}), fold_affine);
    EXPECT_EQ(operations(graph), "map gemm");
    EXPECT_EQ(expression_of(graph, 0), "x0,tanh");
}

TEST(FoldAffine, KeepsAMapThatOthersReadOrThatSpreadsItsSource) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 3, 6, 6}), gray = builder.input("gray", {1, 1, 6, 6});
    const ValueId shared = builder.map("shared", "x0,2,mul", {x});
    const ValueId spread = builder.map("spread", "x0,x1,mul", {gray, builder.rising("s", {3, 1, 1})});
    const Graph graph =
        passed(builder.with_outputs({builder.conv("a", shared, 2, same3), builder.conv("b", shared, 2, valid3),
                                     builder.conv("c", spread, 2, same3)}),
               fold_affine);
    EXPECT_EQ(operations(graph), "map map conv2d conv2d conv2d");
}

TEST(FoldAffine, GivesSharedWeightsACopy) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 4, 4}), weights = builder.integers("w", {2, 2, 3, 3}, 3);
    const ValueId a = builder.node("a", bare_conv(same3), {x, weights});
    const ValueId b = builder.node("b", bare_conv(same3), {x, weights});
    const Graph graph =
        passed(builder.with_outputs({normalised(builder, "y", a), builder.relu("z", b)}), fold_affine);
    EXPECT_EQ(operations(graph), "conv2d conv2d relu");
}

}  // namespace ingot
