// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which neighbours are computed by one kernel, by costs alone.
#include "compiler/lowering/fusion.h"
#include <gtest/gtest.h>

namespace ingot {

namespace {

NodeCosts node(double alone, double handing_over = 0) {
    NodeCosts costs;
    costs.alone.estimated = alone;
    costs.handing_over = handing_over;
    return costs;
}

/// A node that a kernel may compute together with the one behind it.
NodeCosts node_with_pair(double alone, double handing_over, double pair, AskedPair asked = AskedPair::no) {
    NodeCosts costs = node(alone, handing_over);
    costs.pair = ExpectedCost{pair, std::nullopt};
    costs.asked = asked;
    return costs;
}

using Pairs = std::vector<std::size_t>;

}  // namespace

TEST(CheapestPairs, AreNoneWhereTwoKernelsTakeLess) {
    EXPECT_EQ(cheapest_pairs({}), Pairs{});
    EXPECT_EQ(cheapest_pairs(std::vector{node(1), node(2)}), Pairs{});
    EXPECT_EQ(cheapest_pairs(std::vector{node_with_pair(10, 1, 13), node(2)}), Pairs{});
}

TEST(CheapestPairs, SaveTheHandingOver) {
    EXPECT_EQ(cheapest_pairs(std::vector{node_with_pair(10, 2, 13), node(2)}), Pairs{0});
}

TEST(CheapestPairs, TakeTheBetterOfTwoThatOverlap) {
    // 10 + 20 + 30 + 4 + 4 by themselves.
    EXPECT_EQ(cheapest_pairs(std::vector{node_with_pair(10, 4, 31), node_with_pair(20, 4, 51), node(30)}),
              Pairs{0});
    EXPECT_EQ(cheapest_pairs(std::vector{node_with_pair(10, 4, 31), node_with_pair(20, 4, 49), node(30)}),
              Pairs{1});
}

TEST(CheapestPairs, LeaveOutTheBestOneForTwoThatSaveMore) {
    const std::vector<NodeCosts> four = {node_with_pair(10, 0, 17), node_with_pair(10, 0, 15),
                                         node_with_pair(10, 0, 17), node(10)};
    EXPECT_EQ(cheapest_pairs(four), (Pairs{0, 2}));
}

TEST(CheapestPairs, HaveWhatIsAskedForBeforeCosts) {
    const auto overlapping = [](AskedPair first, AskedPair second) {
        return std::vector{node_with_pair(10, 4, 90, first), node_with_pair(20, 4, 40, second), node(30)};
    };
    EXPECT_EQ(cheapest_pairs(overlapping(AskedPair::no, AskedPair::no)), Pairs{1});
    EXPECT_EQ(cheapest_pairs(overlapping(AskedPair::by_op, AskedPair::no)), Pairs{0});
    EXPECT_EQ(cheapest_pairs(overlapping(AskedPair::by_op, AskedPair::by_op)), Pairs{1});
    EXPECT_EQ(cheapest_pairs(overlapping(AskedPair::by_name, AskedPair::by_op)), Pairs{0});
}

TEST(CheapestPairs, AreJudgedByMeasurementsWhereAllKernelsHaveThem) {
    std::vector<NodeCosts> nodes = {node_with_pair(10, 4, 31), node_with_pair(20, 4, 49), node(30)};
    nodes[0].alone.in_chain = 10;
    nodes[1].alone.in_chain = 20;
    nodes[2].alone.in_chain = 30;
    nodes[0].pair->in_chain = 25;
    EXPECT_EQ(cheapest_pairs(nodes), Pairs{1}) << "one pair is not measured";
    nodes[1].pair->in_chain = 49;
    EXPECT_EQ(cheapest_pairs(nodes), Pairs{0});
    EXPECT_DOUBLE_EQ(pair_ratio(nodes, 0), 25.0 / 30.0);
    // Measured kernels have their hand-over in them.
    nodes[0].pair->in_chain = 31;
    nodes[1].pair->in_chain = 51;
    EXPECT_EQ(cheapest_pairs(nodes), Pairs{});
}

}  // namespace ingot
