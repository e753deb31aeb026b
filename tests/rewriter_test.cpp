// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/rewriter.h"
#include "tests/pass_checks.h"

namespace ingot {

using test::operations;
using test::output_names;
using test::PassBuilder;

namespace {

std::vector<std::string> names(const Graph &graph) {
    std::vector<std::string> result;
    for (const Node &node : graph.nodes) {
        result.push_back(graph.value(node.output).name);
    }
    return result;
}

}  // namespace

TEST(Rewriter, KnowsProducersAndReaders) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2}), y = builder.relu("y", x);
    const ValueId z = builder.map("z", "x0,x1,add", {y, y});
    Graph graph = builder.with_outputs({z, builder.relu("w", x)});
    const Rewriter rewriter(graph);
    EXPECT_EQ(rewriter.producer(x), nullptr);
    EXPECT_EQ(rewriter.producer(y)->output, y);
    EXPECT_EQ(rewriter.readers(x).size(), 2U);
    EXPECT_EQ(rewriter.readers(y).size(), 1U) << "one node, which reads it twice";
    EXPECT_TRUE(rewriter.has_one_reader(y));
    EXPECT_FALSE(rewriter.has_one_reader(x));
    EXPECT_FALSE(rewriter.has_one_reader(z)) << "an output";
}

TEST(Rewriter, ForgetsWhatNoOutputNeeds) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2}), a = builder.relu("a", x), b = builder.relu("b", a);
    builder.relu("dead", builder.relu("dead too", a));
    const ValueId y = builder.relu("y", b);
    Graph graph = builder.with_outputs({y});
    Rewriter rewriter(graph);
    EXPECT_TRUE(rewriter.has_one_reader(a));
    rewriter.set_inputs(*rewriter.producer(y), {x});
    EXPECT_EQ(rewriter.producer(a), nullptr);
    EXPECT_EQ(rewriter.producer(b), nullptr);
    EXPECT_EQ(rewriter.readers(x).size(), 1U);
    rewriter.finish();
    verify(graph);
    EXPECT_EQ(names(graph), std::vector<std::string>{"y"});
    EXPECT_EQ(graph.values.size(), 2U);
}

TEST(Rewriter, PutsAddedNodesBehindTheirSources) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2}), a = builder.relu("a", x), b = builder.relu("b", x);
    Graph graph = builder.with_outputs({builder.relu("y", a), builder.relu("z", b)});
    Rewriter rewriter(graph);
    Node &y = *rewriter.producer(graph.outputs[0]);
    const ValueId sum = rewriter.add(Map{parse_expression("x0,x1,add")}, {a, b}, y, "sum");
    rewriter.set_inputs(y, {sum});
    rewriter.finish();
    verify(graph);
    EXPECT_EQ(names(graph), (std::vector<std::string>{"a", "b", "y.sum", "y", "z"}));
}

TEST(Rewriter, MovesANodeBehindWhatItComesToRead) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2}), a = builder.relu("a", x), b = builder.relu("b", x);
    Graph graph = builder.with_outputs({builder.relu("c", x), builder.relu("y", a), builder.relu("z", b)});
    Rewriter rewriter(graph);
    Node &first = *rewriter.producer(a);
    first.operation = Map{parse_expression("x0,x1,add")};
    rewriter.set_inputs(first, {x, b});
    rewriter.finish();
    verify(graph);
    EXPECT_EQ(names(graph), (std::vector<std::string>{"b", "a", "c", "y", "z"}));
}

TEST(Rewriter, TakesOverAResultAndComputesANewOne) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2}), a = builder.relu("a", x), b = builder.relu("b", a);
    const ValueId y = builder.map("y", "x0,exp", {b});
    Graph graph = builder.with_outputs({y});
    Rewriter rewriter(graph);
    Node &first = *rewriter.producer(a);
    rewriter.take_over(first, b);
    EXPECT_EQ(rewriter.producer(b), &first);
    EXPECT_EQ(rewriter.producer(a), nullptr);
    EXPECT_TRUE(rewriter.readers(a).empty());
    const ValueId anew = rewriter.compute_anew(first, "new", {1, 2});
    rewriter.add(Map{parse_expression("x0,neg")}, {anew}, b, first);
    rewriter.finish();
    verify(graph);
    EXPECT_EQ(names(graph), (std::vector<std::string>{"b.new", "b", "y"}));
}

TEST(Rewriter, ReplacesEqualTensorsAndKeepsOutputNames) {
    PassBuilder builder;
    const ValueId x = builder.input("x", {1, 2}), a = builder.relu("a", x), b = builder.identity("b", a);
    const ValueId c = builder.identity("c", x), y = builder.identity("y", b), z = builder.relu("z", a);
    Graph graph = builder.with_outputs({y, z, c});
    Rewriter rewriter(graph);
    EXPECT_TRUE(rewriter.replace(b, a));
    EXPECT_TRUE(rewriter.replace(y, a)) << "the producer of a computes y";
    EXPECT_FALSE(rewriter.replace(c, x)) << "an output that is an input is a copy";
    EXPECT_FALSE(rewriter.replace(z, y)) << "two outputs";
    rewriter.finish();
    verify(graph);
    EXPECT_EQ(names(graph), (std::vector<std::string>{"y", "c", "z"}));
    EXPECT_EQ(output_names(graph), (std::vector<std::string>{"y", "z", "c"}));
}

}  // namespace ingot
