// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which neighbours in a graph's order one kernel computes.
#pragma once
#include "compiler/lowering/chooser.h"
#include "compiler/lowering/placement.h"
#include <map>
#include <span>
#include <vector>

namespace ingot {

/// Whether one kernel may compute graph.nodes[i] and the node behind it, which alone reads its result: a depthwise
/// convolution and a 1 x 1 one, or a 1 x 1 convolution and the mean over its picture. A node between the two might
/// write over what the first one reads.
bool is_fusable_pair(const Graph &graph, std::size_t i);

/// Whether one kernel is asked to compute two nodes: not; as one of a kind; by the pair's name.
enum class AskedPair { no, by_op, by_name };

/// What a node takes by itself, and together with the node behind it.
struct NodeCosts {
    ExpectedCost alone;
    /// Of two kernels, in the unit of ExpectedCost::estimated: the node's result goes from one to the next.
    double handing_over = 0;
    std::optional<ExpectedCost> pair;  ///< none where no kernel may compute both
    AskedPair asked = AskedPair::no;
};

/// What a kernel for nodes i and i + 1 takes by that of two: measured where all three are, else estimated.
double pair_ratio(std::span<const NodeCosts> nodes, std::size_t i);

/// The nodes that a kernel computes together with the node behind them, so that the most pairs are made that are
/// asked for by name, then of those asked for by op, then the sum of the kernels' costs is the lowest:
///
///     best[i + 1] = min(best[i] + alone[i], best[i - 1] + pair[i - 1])
///
/// over the nodes in order, pairs alone paying no handing over. Costs are measured ones in a run of nodes whose
/// pairs overlap where all its kernels have them, else estimates.
std::vector<std::size_t> cheapest_pairs(std::span<const NodeCosts> nodes);

/// The kernels that compute two nodes, by the first one, and what to add to why others are chosen, by node.
struct Fusion {
    std::map<std::size_t, ChosenKernel> pairs;
    std::map<std::size_t, std::string> remarks;
};

/// `alone`: the kernel of each node by itself, if it has one, of one image of the model. On the CPU.
///
/// What is asked for comes before costs: for a pair, by its name; for one of the two by its own, which keeps them
/// apart; for pairs; for either's op, which keeps them apart, too.
Fusion choose_fusion(const Graph &graph, const Placement &placement,
                     const std::vector<std::optional<ChosenKernel>> &alone, Chooser &chooser);

}  // namespace ingot
