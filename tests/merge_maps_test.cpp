// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/pass_checks.h"

namespace ingot {

using test::expression_of;
using test::operations;
using test::PassBuilder;
using test::passed;

TEST(MergeMaps, WritesAChainAsOneExpression) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 3, 3});
    const ValueId scaled = builder.map("scaled", "x0,x1,mul", {x, builder.rising("s", {2, 1, 1})});
    const ValueId shifted = builder.map("shifted", "x1,x0,add", {builder.rising("t", {2, 1, 1}), scaled});
    const Graph graph = passed(builder.with_outputs({builder.relu("y", shifted)}), merge_maps);
    ASSERT_EQ(operations(graph), "map");
    EXPECT_EQ(expression_of(graph, 0), "x0,x1,mul,x2,add,relu");
}

TEST(MergeMaps, ReadsASourceOnce) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 3, 3});
    const ValueId gate = builder.map("gate", "x0,sigmoid", {x});
    const Graph graph = passed(builder.with_outputs({builder.map("y", "x0,x1,mul", {x, gate})}), merge_maps);
    ASSERT_EQ(operations(graph), "map");
    EXPECT_EQ(expression_of(graph, 0), "x0,x0,sigmoid,mul");
    EXPECT_EQ(graph.nodes[0].inputs.size(), 1U);
}

TEST(MergeMaps, MergesWhatOneNodeReadsTwice) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 3, 3});
    const ValueId shifted = builder.map("shifted", "x0,3,add", {x});
    const ValueId clipped = builder.map("clipped", "x0,clip(0/6)", {shifted});
    const Graph graph =
        passed(builder.with_outputs({builder.map("y", "x0,x1,mul", {clipped, shifted})}), merge_maps);
    ASSERT_EQ(operations(graph), "map");
    EXPECT_EQ(expression_of(graph, 0), "x0,3,add,clip(0/6),x0,3,add,mul");
}

TEST(MergeMaps, WritesConstantsOfOneElementIntoTheExpression) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 3, 3});
    const ValueId three = builder.constant("three", {1, 1}, {3});
    const Graph graph = passed(builder.with_outputs({builder.map("y", "x0,x1,add", {x, three})}), merge_maps);
    EXPECT_EQ(expression_of(graph, 0), "x0,3,add");
    EXPECT_EQ(graph.values.size(), 2U) << "the constant is gone";
}

TEST(MergeMaps, KeepsConstantsThatGiveTheResultItsRankOrType) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {3});
    const ValueId three = builder.constant("three", {1, 1, 1, 1}, {3});
    const ValueId count = builder.constant("count", {1}, {2});
    builder.graph.value(count).type = DataType::i64;
    const ValueId y = builder.map("y", "x0,x1,add", {x, three});
    const ValueId z = builder.map("z", "x0,x1,add", {builder.map("whole", "x0,to_i64", {x}), count});
    const Graph graph = passed(builder.with_outputs({y, z}), merge_maps);
    EXPECT_EQ(operations(graph), "map map");
    EXPECT_EQ(expression_of(graph, 0), "x0,x1,add");
    EXPECT_EQ(expression_of(graph, 1), "x0,to_i64,x1,add");
}

TEST(MergeMaps, KeepsWhatOthersReadAndWhatBroadcasts) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 3, 3}), row = builder.input("row", {1, 2, 1, 1});
    const ValueId shared = builder.map("shared", "x0,exp", {x});
    const ValueId gate = builder.map("gate", "x0,sigmoid", {row});
    const ValueId a = builder.map("a", "x0,x1,mul", {shared, gate});
    const ValueId b = builder.map("b", "x0,neg", {shared});
    const ValueId c = builder.map("c", "x0,abs", {b});
    const Graph graph = passed(builder.with_outputs({a, b, c}), merge_maps);
    EXPECT_EQ(operations(graph), "map map map map map");
}

TEST(MergeMaps, StopsAtEightSources) {
    PassBuilder builder;
    ValueId sum = builder.input("x", {1, 2});
    for (int i = 0; i < 11; ++i) {
        sum = builder.map("sum" + std::to_string(i), "x0,x1,add",
                          {sum, builder.input("x" + std::to_string(i), {1, 2})});
    }
    const Graph graph = passed(builder.with_outputs({sum}), merge_maps);
    EXPECT_EQ(operations(graph), "map map");
    for (const Node &node : graph.nodes) {
        EXPECT_LE(node.inputs.size(), 8U);
    }
}

TEST(NarrowConstants, GivesEqualElementsAnExtentOfOne) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 2, 2});
    const ValueId channels = builder.constant("channels", {2, 2, 2}, {1, 1, 1, 1, 2, 2, 2, 2});
    const ValueId columns = builder.constant("columns", {2, 2}, {1, 2, 1, 2});
    const ValueId y = builder.map("y", "x0,x1,add,x2,mul", {x, channels, columns});
    const Graph graph = passed(builder.with_outputs({y}), narrow_constants);
    EXPECT_EQ(graph.value(graph.nodes[0].inputs[1]).shape, (std::vector<int64_t>{2, 1, 1}));
    EXPECT_EQ(graph.value(graph.nodes[0].inputs[2]).shape, (std::vector<int64_t>{1, 2}));
}

TEST(NarrowConstants, KeepsThoseThatGiveTheResultItsShapeAndThoseThatDiffer) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 1, 1});
    const ValueId wide = builder.constant("wide", {3, 3}, std::vector<float>(9, 1.0f));
    const ValueId differ = builder.rising("differ", {2, 1, 1});
    const ValueId y = builder.map("y", "x0,x1,mul,x2,add", {x, wide, differ});
    const Graph graph = passed(builder.with_outputs({y}), narrow_constants);
    EXPECT_EQ(graph.nodes[0].inputs, builder.graph.nodes[0].inputs);
}

namespace {

ValueId colour(PassBuilder &builder, ValueId x, int64_t first, int64_t count = 1) {
    const std::vector<int64_t> &shape = builder.graph.value(x).shape;
    return builder.node("colour", Slice{{0, first, 0, 0}, {1, 1, 1, 1}}, {x},
                        {shape[0], count, shape[2], shape[3]});
}

}  // namespace

TEST(JoinParts, WritesMapsOfEachColourAsOne) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 4, 3, 3});
    const ValueId y = builder.node("y", Concat{1},
                                   {builder.map("r", "x0,0.5,mul,1,add", {colour(builder, x, 0)}),
                                    builder.map("g", "x0,0.25,mul,1,add", {colour(builder, x, 1, 2)}),
                                    builder.map("b", "x0,2,mul,1,add", {colour(builder, x, 3)})});
    const Graph graph = passed(builder.with_outputs({y}), join_parts);
    ASSERT_EQ(operations(graph), "map");
    EXPECT_EQ(expression_of(graph, 0), "x0,x1,mul,1,add");
    EXPECT_EQ(graph.value(graph.nodes[0].inputs[1]).constant, (std::vector<float>{0.5f, 0.25f, 0.25f, 2}));
    EXPECT_EQ(graph.value(graph.nodes[0].inputs[1]).shape, (std::vector<int64_t>{4, 1, 1}));
}

TEST(JoinParts, TakesTheTensorForAllOfItsParts) {
    PassBuilder builder;
    const ValueId x = builder.relu("x", builder.input("image", {1, 4, 3, 3}));
    const ValueId y = builder.node("y", Concat{1}, {colour(builder, x, 0), colour(builder, x, 1, 3)});
    EXPECT_EQ(operations(passed(builder.with_outputs({builder.map("z", "x0,exp", {y})}), join_parts)), "relu map");
}

TEST(JoinParts, LeavesOtherExpressionsOrdersAndTensors) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 3, 3}), z = builder.input("z", {1, 2, 3, 3});
    const auto join = [&](ValueId a, ValueId b) { return builder.node("y", Concat{1}, {a, b}); };
    const auto shared = builder.map("shared", "x0,2,mul", {colour(builder, x, 0)});
    const Graph graph =
        passed(builder.with_outputs({join(builder.map("r", "x0,2,mul", {colour(builder, x, 0)}),
                                          builder.map("g", "x0,2,add", {colour(builder, x, 1)})),
                                     join(colour(builder, x, 1), colour(builder, x, 0)),
                                     join(colour(builder, x, 0), colour(builder, z, 1)),
                                     join(shared, builder.map("g", "x0,3,mul", {colour(builder, x, 1)})), shared}),
               join_parts);
    EXPECT_EQ(graph.nodes.size(), builder.graph.nodes.size());
}

TEST(JoinParts, LeavesWhatIsNotFloat32AllTheWay) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2, 3, 3});
    const auto join = [&](const char *first, const char *second) {
        return builder.node(
            "y", Concat{1},
            {builder.map("a", first, {colour(builder, x, 0)}), builder.map("b", second, {colour(builder, x, 1)})});
    };
    const Graph graph = passed(
        builder.with_outputs({join("x0,0.1,less", "x0,0.2,less"), join("x0,0.5,mul,to_i64", "x0,0.7,mul,to_i64")}),
        join_parts);
    EXPECT_EQ(graph.nodes.size(), builder.graph.nodes.size());
}

TEST(MergeIntoReductions, TakesTheMapThatOnlyItReads) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 4, 3, 3}), mean = builder.input("mean", {1, 4, 1, 1});
    const ValueId square = builder.map("square", "x0,x1,sub,x0,x1,sub,mul", {x, mean});
    const ValueId sum = builder.node("sum", Reduce{Reduction::sum, {2, 3}, true}, {square});
    const ValueId active = builder.relu("active", x);
    const ValueId most =
        builder.node("most", Reduce{Reduction::max, {1}, false, parse_expression("x0,2,mul")}, {active});
    const Graph graph = passed(builder.with_outputs({sum, most}), merge_into_reductions);
    ASSERT_EQ(operations(graph), "reduce reduce");
    EXPECT_EQ(to_text(std::get<Reduce>(graph.nodes[0].operation).expression), "x0,x1,sub,x0,x1,sub,mul");
    EXPECT_EQ(to_text(std::get<Reduce>(graph.nodes[1].operation).expression), "x0,relu,2,mul");
}

TEST(MergeIntoReductions, KeepsAMapThatOthersReadAndAReductionOfSeveral) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 4, 3, 3});
    const ValueId shared = builder.relu("shared", x), other = builder.map("other", "x0,exp", {x});
    const ValueId sum = builder.node("sum", Reduce{Reduction::sum, {2, 3}, true}, {shared});
    const ValueId both =
        builder.node("both", Reduce{Reduction::sum, {1}, true, parse_expression("x0,x1,mul")}, {x, other});
    EXPECT_EQ(operations(passed(builder.with_outputs({shared, sum, both}), merge_into_reductions)),
              "relu map reduce reduce");
}

}  // namespace ingot
