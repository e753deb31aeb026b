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

}  // namespace ingot
