// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The passes on nodes that order, take and repeat elements.
#include "tests/pass_checks.h"

namespace ingot {

using test::expression_of;
using test::operations;
using test::output_names;
using test::PassBuilder;
using test::passed;
using test::point;
using test::same3;

namespace {

using Shape = std::vector<int64_t>;

const Shape to_nhwc{0, 2, 3, 1}, to_nchw{0, 3, 1, 2};

Slice slice(Shape starts, Shape steps) {
    return {std::move(starts), std::move(steps)};
}

Window global_mean(int64_t h, int64_t w) {
    return {{h, w}, {1, 1}, {1, 1}, {}};
}

}  // namespace

TEST(SimplifyViews, JoinsWhatFollowsItsLike) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 6, 8});
    const ValueId turned = builder.transpose("t2", builder.transpose("t1", x, {0, 2, 3, 1}), {3, 0, 2, 1});
    const ValueId rows = builder.reshape("r2", builder.reshape("r1", x, {2, 48}), {4, 24});
    const ValueId columns = builder.node("s1", slice({0, 0, 1, 7}, {1, 1, 2, -2}), {x}, {1, 2, 3, 4});
    const ValueId cut = builder.node("s2", slice({0, 1, 0, 3}, {1, 1, 2, -2}), {columns}, {1, 1, 2, 2});
    const ValueId wide =
        builder.node("e2", Expand{}, {builder.node("e1", Expand{}, {cut}, {1, 3, 2, 2})}, {2, 3, 2, 2});
    const ValueId inner = builder.node("c1", Concat{1}, {x, x});
    const ValueId joined = builder.node("c2", Concat{1}, {x, inner, x});
    const Graph graph = passed(builder.with_outputs({turned, rows, wide, joined}), simplify_views);
    EXPECT_EQ(operations(graph), "transpose reshape slice expand concat");
    EXPECT_EQ(std::get<Transpose>(graph.nodes[0].operation).perm, (Shape{1, 0, 3, 2}));
    EXPECT_EQ(std::get<Slice>(graph.nodes[2].operation), slice({0, 1, 1, 1}, {1, 1, 4, 4}));
    EXPECT_EQ(graph.nodes[4].inputs.size(), 4U);
}

TEST(SimplifyViews, RemovesWhatChangesNothing) {
    PassBuilder builder;
    ValueId x = builder.input("x", {1, 2, 4, 4});
    x = builder.transpose("t2", builder.transpose("t1", x, to_nhwc), to_nchw);
    x = builder.reshape("r2", builder.reshape("r1", x, {32}), {1, 2, 4, 4});
    x = builder.node("s", slice({0, 0, 0, 0}, {1, 1, 1, 1}), {x}, {1, 2, 4, 4});
    x = builder.node("e", Expand{}, {x}, {1, 2, 4, 4});
    x = builder.node("c", Concat{1}, {x});
    x = builder.node("p", Pad{{0, 0, 0, 0}, {0, 0, 0, 0}, 1}, {x});
    x = builder.node("i", Resample{2, 1, {0, 1, 2, 3}, {}}, {x});
    x = builder.pool("m", x, Window{});
    const Graph graph = passed(builder.with_outputs({builder.relu("y", x)}), simplify_views);
    EXPECT_EQ(operations(graph), "relu");
}

TEST(SimplifyViews, AReductionOfSingleElementsIsAReshape) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 3, 1, 1});
    const ValueId mean = builder.node("mean", Reduce{Reduction::mean, {2, 3}, false}, {x});
    const ValueId index = builder.node("index", Reduce{Reduction::arg_max, {2}, false}, {x});
    const ValueId square =
        builder.node("square", Reduce{Reduction::sum, {2}, true, parse_expression("x0,x0,mul")}, {x});
    const Graph graph = passed(builder.with_outputs({mean, index, square}), simplify_views);
    EXPECT_EQ(operations(graph), "reshape reduce reduce");
}

TEST(SimplifyViews, KeepsWhatOthersReadAndWhatReverses) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 3, 4});
    const ValueId inner = builder.node("inner", Concat{1}, {x, x});
    const ValueId outer = builder.node("outer", Concat{1}, {inner, x});
    const ValueId other = builder.node("other", Concat{2}, {builder.node("c", Concat{1}, {x, x}), inner});
    const ValueId reversed = builder.node("reversed", slice({0, 1, 2, 3}, {1, -1, -1, -1}), {x}, {1, 2, 3, 4});
    const Graph graph = passed(builder.with_outputs({outer, other, reversed}), simplify_views);
    EXPECT_EQ(operations(graph), "concat concat concat concat slice");
}

TEST(SimplifyViews, AMapRepeatsWhatAnExpandWould) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 3, 4}), row = builder.input("row", {1, 2, 1, 1});
    const ValueId wide = builder.node("wide", Expand{}, {row}, {1, 2, 3, 4});
    const ValueId y = builder.map("y", "x0,x1,mul", {x, wide}), z = builder.map("z", "x0,exp", {wide});
    const Graph graph = passed(builder.with_outputs({y, z}), simplify_views);
    EXPECT_EQ(operations(graph), "expand map map");
    EXPECT_EQ(graph.nodes[1].inputs[1], graph.inputs[1]);
}

TEST(MoveTransposes, CancelsThoseAroundLayersOfAnNhwcModel) {
    PassBuilder builder;
    const ValueId image = builder.input("image", {1, 6, 6, 3});
    const auto layer = [&](const std::string &name, ValueId x, const Window &window) {
        const ValueId conv = builder.conv(name, builder.transpose(name + ".in", x, to_nchw), 4, window);
        return builder.transpose(name + ".out", conv, to_nhwc);
    };
    const ValueId stem = builder.relu("stem", layer("c1", image, same3));
    const ValueId scaled = builder.map(
        "bn", "x0,x1,mul,x2,add", {layer("c2", stem, same3), builder.rising("s", {4}), builder.rising("t", {4})});
    const ValueId sum = builder.map("sum", "x0,x1,add,relu", {scaled, stem});
    const ValueId padded = builder.node("pad", Pad{{0, 1, 1, 0}, {0, 1, 1, 0}, 0}, {sum});
    const ValueId both = builder.node("both", Concat{3}, {layer("c3", padded, test::valid3), sum});
    const ValueId mean = builder.node("mean", Reduce{Reduction::mean, {1, 2}, false}, {both});
    const Graph graph = passed(builder.with_outputs({builder.gemm("y", mean, 3)}), move_transposes);
    EXPECT_EQ(operations(graph), "transpose conv2d relu conv2d map map pad conv2d concat reduce gemm");
}

TEST(MoveTransposes, ExcitesByChannel) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 3, 6, 6});
    const ValueId nhwc = builder.transpose("nhwc", builder.conv("conv", x, 4, same3), to_nhwc);
    const ValueId mean = builder.node("mean", Reduce{Reduction::mean, {1, 2}, true}, {nhwc});
    const ValueId squeezed = builder.conv("squeeze", builder.transpose("in", mean, to_nchw), 4, point);
    const ValueId gate = builder.map("gate", "x0,sigmoid", {builder.transpose("out", squeezed, to_nhwc)});
    const ValueId excited = builder.map("excited", "x0,x1,mul", {nhwc, gate});
    const ValueId y = builder.conv("y", builder.transpose("last", excited, to_nchw), 2, point);
    const Graph graph = passed(builder.with_outputs({y}), move_transposes);
    EXPECT_EQ(operations(graph), "conv2d reduce conv2d map map conv2d");
}

TEST(MoveTransposes, MovesSlicesResamplesAndSoftmax) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 3, 6, 6});
    const ValueId nhwc = builder.transpose("nhwc", builder.relu("relu", x), to_nhwc);
    const ValueId cut = builder.node("cut", slice({0, 1, 5, 2}, {1, 2, -1, -1}), {nhwc}, {1, 2, 4, 2});
    const ValueId taller =
        builder.node("taller", Resample{1, 2, {0, 0, 1, 0, 1, 1}, {1, 0, .5f, .5f, 0, 1}}, {cut});
    const ValueId most = builder.node("most", Reduce{Reduction::max, {3}, true}, {taller});
    const ValueId e = builder.map("e", "x0,x1,sub,exp", {taller, most});
    const ValueId sum = builder.node("sum", Reduce{Reduction::sum, {3}, true}, {e});
    const ValueId soft = builder.map("soft", "x0,x1,div", {e, sum});
    const ValueId y = builder.transpose("y", soft, to_nchw);
    const Graph graph = passed(builder.with_outputs({y}), move_transposes);
    EXPECT_EQ(operations(graph), "relu slice resample reduce map reduce map");
}

TEST(MoveTransposes, LetsALayerGetTheMapBehindIt) {
    PassBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("x", {1, 3, 5, 5}), 2, same3);
    const ValueId y = builder.relu("y", builder.transpose("t", conv, to_nhwc));
    const Graph graph = passed(builder.with_outputs({y}), move_transposes);
    EXPECT_EQ(operations(graph), "conv2d relu transpose");
}

TEST(MoveTransposes, StayWhereNothingIsWon) {
    PassBuilder builder;
    const ValueId image = builder.input("image", {1, 5, 5, 3}), tall = builder.input("tall", {1, 3, 5, 5});
    // Before a convolution, so that the map folds into it.
    const ValueId standard = builder.map("standard", "x0,2,div", {builder.transpose("in", image, to_nchw)});
    const ValueId a = builder.conv("a", standard, 2, same3);
    // Of different orders, and with an operand in none.
    const ValueId b =
        builder.map("b", "x0,x1,add",
                    {builder.transpose("t1", tall, {0, 2, 3, 1}), builder.transpose("t2", tall, {0, 3, 2, 1})});
    const ValueId c = builder.map("c", "x0,x1,add", {builder.transpose("t3", tall, to_nhwc), image});
    const Graph graph = passed(builder.with_outputs({a, b, builder.transpose("c'", c, to_nchw)}), move_transposes);
    EXPECT_EQ(operations(graph), "transpose map conv2d transpose transpose map transpose map transpose");
}

TEST(MoveTransposes, KeepsATransposeThatSomethingElseReads) {
    PassBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("x", {1, 3, 4, 4}), 2, same3);
    const ValueId nhwc = builder.transpose("nhwc", conv, to_nhwc);
    const ValueId flat = builder.reshape("flat", nhwc, {1, 32});
    const ValueId y = builder.transpose("y", builder.relu("relu", nhwc), to_nchw);
    const Graph graph = passed(builder.with_outputs({flat, y}), move_transposes);
    EXPECT_EQ(operations(graph), "conv2d transpose reshape relu transpose");
}

TEST(MoveMaps, PutsMapsBehindConvolutionsInOneDimension) {
    PassBuilder builder;
    const ValueId sound = builder.input("sound", {1, 1, 16});
    const auto conv = [&](const std::string &name, ValueId x) {
        const Shape shape = builder.graph.value(x).shape;
        const ValueId picture = builder.reshape(name + ".in", x, {shape[0], shape[1], 1, shape[2]});
        const ValueId result = builder.conv(name, picture, 4, Window{{1, 3}, {1, 1}, {1, 1}, {0, 1, 0, 1}});
        return builder.reshape(name + ".out", result, {shape[0], 4, shape[2]});
    };
    const ValueId first = builder.relu("relu", conv("first", sound));
    const ValueId bn =
        builder.map("bn", "x0,x1,mul,x2,add",
                    {conv("second", first), builder.rising("s", {4, 1}), builder.rising("t", {1, 4, 1})});
    const Graph graph = passed(builder.with_outputs({builder.map("sum", "x0,x1,add", {bn, first})}), move_maps);
    EXPECT_EQ(operations(graph), "reshape conv2d relu conv2d map map reshape");
}

TEST(MoveMaps, PutsABiasBehindTheRowsOfAGemm) {
    PassBuilder builder;
    const ValueId gemm = builder.gemm("gemm", builder.input("x", {6, 4}), 5);
    const ValueId y =
        builder.map("y", "x0,x1,add,tanh", {builder.reshape("r", gemm, {1, 6, 5}), builder.rising("t", {5})});
    const Graph graph = passed(builder.with_outputs({y}), move_maps);
    EXPECT_EQ(operations(graph), "gemm map reshape");
    EXPECT_EQ(graph.value(graph.nodes[1].inputs[1]).shape, (Shape{1, 5}));
}

TEST(MoveMaps, StayBehindInputsAndBeforeConstantsThatDoNotFit) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 4, 6});
    const ValueId a = builder.relu("a", builder.reshape("r1", x, {1, 4, 1, 6}));
    const ValueId base = builder.map("base", "x0,exp", {x});
    const ValueId rows = builder.reshape("rows", base, {4, 6}), columns = builder.reshape("columns", base, {1, 24});
    const ValueId b = builder.map("b", "x0,x1,mul", {rows, builder.rising("per row", {4, 1})});
    const ValueId c = builder.map("c", "x0,x1,mul", {columns, builder.rising("each", {1, 24})});
    const ValueId pieces = builder.reshape("pieces", base, {1, 2, 12});
    const ValueId d = builder.map("d", "x0,x1,mul", {pieces, builder.rising("per piece", {2, 1})});
    const Graph graph = passed(builder.with_outputs({a, b, c, d}), move_maps);
    EXPECT_EQ(operations(graph), "reshape relu map map reshape map reshape reshape map");
}

TEST(MoveMaps, PutsMapsBehindTheLayersThatAConcatJoins) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 3, 4});
    const auto phase = [&](const std::string &name) {
        return builder.reshape(name + ".r", builder.conv(name, x, 5, same3), {1, 5, 3, 1, 4, 1});
    };
    const ValueId top = builder.node("top", Concat{5}, {phase("a"), phase("b")});
    const ValueId rows =
        builder.node("rows", Concat{3}, {top, builder.node("bottom", Concat{5}, {phase("c"), phase("d")})});
    const ValueId whole = builder.reshape("whole", rows, {1, 5, 6, 8});
    const ValueId cut = builder.node("cut", slice({0, 0, 0, 0}, {1, 1, 1, 1}), {whole}, {1, 5, 5, 8});
    const ValueId y =
        builder.map("y", "x0,x1,mul,x2,add,relu", {cut, builder.rising("s", {5, 1, 1}), builder.scalar(1)});
    const Graph graph = passed(builder.with_outputs({y}), move_maps);
    EXPECT_EQ(operations(graph),
              "conv2d map reshape conv2d map reshape concat conv2d map reshape conv2d map reshape "
              "concat concat reshape slice");
}

TEST(MoveMaps, StayBehindASliceThatReversesWhatAConstantDiffersAlong) {
    PassBuilder builder;
    const ValueId x = builder.conv("x", builder.input("image", {1, 2, 3, 4}), 5, same3);
    const ValueId flipped = builder.node("flipped", slice({0, 4, 0, 0}, {1, -1, 1, 1}), {x}, {1, 5, 3, 4});
    const ValueId y = builder.map("y", "x0,x1,mul", {flipped, builder.rising("s", {5, 1, 1})});
    EXPECT_EQ(operations(passed(builder.with_outputs({y}), move_maps)), "conv2d slice map");
}

TEST(MoveMaps, CutsAConstantThatDiffersAlongTheAxisOfAConcat) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 3, 4});
    const ValueId both =
        builder.node("both", Concat{1}, {builder.conv("a", x, 2, same3), builder.pool("b", x, same3)});
    const ValueId y =
        builder.map("y", "x0,x1,mul,x2,add", {both, builder.rising("s", {4, 1, 1}), builder.rising("t", {4})});
    const Graph graph = passed(builder.with_outputs({y}), move_maps);
    EXPECT_EQ(operations(graph), "conv2d map pool2d map concat");
    EXPECT_EQ(graph.value(graph.nodes[3].inputs[1]).constant, (std::vector<float>{2, 2.5f}));
}

TEST(MoveMaps, StayBehindAConcatOfOtherThingsAndASmallSlice) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 4, 4});
    const ValueId shared = builder.conv("shared", x, 2, same3);
    const ValueId a =
        builder.relu("a", builder.node("join", Concat{1}, {shared, builder.conv("own", x, 2, same3)}));
    const ValueId b = builder.relu("b", builder.node("with input", Concat{1}, {x, builder.conv("c", x, 2, same3)}));
    const ValueId half =
        builder.node("half", slice({0, 0, 0, 0}, {1, 1, 1, 1}), {builder.conv("d", x, 2, same3)}, {1, 1, 4, 4});
    const Graph graph = passed(builder.with_outputs({a, b, builder.relu("e", half), shared}), move_maps);
    EXPECT_EQ(operations(graph), "conv2d conv2d concat relu conv2d concat relu conv2d slice relu");
}

TEST(MoveMaps, ATransposeOfExtentsOfOneIsAReshape) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 4, 1, 1});
    const ValueId y = builder.transpose("y", x, to_nhwc);
    const ValueId images = builder.transpose("images", x, {1, 0, 2, 3});
    EXPECT_EQ(operations(passed(builder.with_outputs({y, images}), move_maps)), "reshape transpose");
}

TEST(SpaceToDepth, OfStridedSlicesInEitherOrder) {
    for (const bool columns_first : {true, false}) {
        for (const bool for_conv : {true, false}) {
            PassBuilder builder;
            const ValueId x = builder.input("x", {1, 3, 8, 12});
            std::vector<ValueId> parts;
            for (int64_t i = 0; i < 4; ++i) {
                const int64_t row = columns_first ? i % 2 : i / 2, column = columns_first ? i / 2 : i % 2;
                parts.push_back(builder.node("part", slice({0, 0, row, column}, {1, 1, 2, 2}), {x}, {1, 3, 4, 6}));
            }
            const ValueId y = builder.node("y", Concat{1}, parts);
            const ValueId conv = builder.conv("conv", y, 2, Window{{3, 2}, {1, 2}, {1, 1}, {1, 0, 0, 1}});
            const Graph graph =
                passed(builder.with_outputs({for_conv ? conv : builder.relu("relu", y)}), space_to_depth);
            EXPECT_EQ(operations(graph), for_conv ? "conv2d" : "reshape transpose reshape relu");
        }
    }
}

TEST(SpaceToDepth, ForAConvolutionWithGroupsOrDilation) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 3, 12, 12});
    std::vector<ValueId> parts;
    for (int64_t i = 0; i < 9; ++i) {
        parts.push_back(builder.node("part", slice({0, 0, i / 3, i % 3}, {1, 1, 3, 3}), {x}, {1, 3, 4, 4}));
    }
    const ValueId a = builder.conv("a", builder.node("stacked", Concat{1}, parts), 3, same3, 3);
    const Window wide{{2, 2}, {1, 1}, {2, 2}, {}};
    const ValueId b = builder.conv("b", builder.node("stacked too", Concat{1}, parts), 3, wide);
    const Graph graph = passed(builder.with_outputs({a, b}), space_to_depth);
    EXPECT_EQ(operations(graph), "reshape transpose reshape conv2d reshape transpose reshape conv2d");
}

TEST(SpaceToDepth, NotOfOtherSlices) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 3, 4, 6});
    const auto part = [&](int64_t row, int64_t column) {
        return builder.node("part", slice({0, 0, row, column}, {1, 1, 2, 2}), {x}, {1, 3, 2, 3});
    };
    const ValueId order = builder.node("order", Concat{1}, {part(0, 0), part(1, 1), part(0, 1), part(1, 0)});
    const ValueId axis = builder.node("axis", Concat{2}, {part(0, 0), part(1, 0), part(0, 1), part(1, 1)});
    const ValueId three = builder.node("three", Concat{1}, {part(0, 0), part(1, 0), part(0, 1)});
    const Graph graph = passed(builder.with_outputs({order, axis, three}), space_to_depth);
    EXPECT_EQ(operations(graph).find("transpose"), std::string::npos);
}

TEST(ShareConcatPrefix, ReadsTheResultOfAConcatThatBeginsAlike) {
    PassBuilder builder;
    const ValueId a = builder.input("a", {1, 2, 3}), b = builder.input("b", {1, 2, 3}),
                  c = builder.input("c", {1, 2, 3});
    const ValueId ab = builder.node("ab", Concat{1}, {a, b}), abc = builder.node("abc", Concat{1}, {a, b, c});
    const ValueId other = builder.node("other", Concat{2}, {a, b, c}), ac = builder.node("ac", Concat{1}, {a, c});
    const Graph graph = passed(builder.with_outputs({ab, abc, other, ac}), share_concat_prefix);
    EXPECT_EQ(graph.nodes[1].inputs, (std::vector<ValueId>{graph.nodes[0].output, graph.inputs[2]}));
    EXPECT_EQ(graph.nodes[2].inputs.size(), 3U);
    EXPECT_EQ(graph.nodes[3].inputs.size(), 2U);
}

TEST(PoolToReduce, AveragesOverTheWholePicture) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 3, 4});
    const ValueId mean = builder.node("mean", Pool2d{global_mean(3, 4), {}, PoolMode::average}, {x});
    const ValueId same = builder.node("same", Pool2d{global_mean(3, 4), {}, PoolMode::average_padded}, {x});
    const Graph graph = passed(builder.with_outputs({mean, same}), pool_to_reduce);
    EXPECT_EQ(operations(graph), "reduce reduce");
    EXPECT_EQ(std::get<Reduce>(graph.nodes[0].operation).reduction, Reduction::mean);
}

TEST(PoolToReduce, NotOfAPartOfAMaximumOrWithPadding) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 3, 4});
    const ValueId part = builder.node("part", Pool2d{global_mean(3, 3), {}, PoolMode::average}, {x});
    const Window padded{{3, 4}, {3, 4}, {1, 1}, {1, 0, 0, 0}};
    const ValueId more = builder.node("more", Pool2d{padded, {}, PoolMode::average}, {x});
    const ValueId most = builder.node("most", Pool2d{global_mean(3, 4), {}}, {x});
    EXPECT_EQ(operations(passed(builder.with_outputs({part, more, most}), pool_to_reduce)), "pool2d pool2d pool2d");
}

TEST(MatmulToGemm, OfAConstantMatrix) {
    PassBuilder builder;
    const ValueId rows = builder.input("rows", {3, 4}), sequence = builder.input("sequence", {1, 5, 4});
    const ValueId weights = builder.integers("w", {4, 6}, 1);
    const ValueId a = builder.node("a", MatMul{}, {rows, weights});
    const ValueId b = builder.node("b", MatMul{}, {sequence, weights});
    const ValueId c = builder.node("c", MatMul{}, {rows, builder.integers("v", {1, 1, 4, 2}, 2)});
    const Graph graph = passed(builder.with_outputs({a, b, c}), matmul_to_gemm);
    EXPECT_EQ(operations(graph), "gemm reshape gemm reshape gemm reshape");
}

TEST(MatmulToGemm, NotOfComputedOrSeveralMatrices) {
    PassBuilder builder;
    const ValueId a = builder.input("a", {2, 3, 4});
    const ValueId computed = builder.node("computed", MatMul{}, {a, builder.transpose("t", a, {0, 2, 1})});
    const ValueId several = builder.node("several", MatMul{}, {a, builder.integers("w", {2, 4, 5}, 1)});
    EXPECT_EQ(operations(passed(builder.with_outputs({computed, several}), matmul_to_gemm)),
              "transpose matmul matmul");
}

}  // namespace ingot
