// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/fusion.h"
#include "compiler/lowering/node_chain.h"
#include "compiler/lowering/node_kernel.h"
#include "compiler/lowering/picture_operand.h"
#include <algorithm>
#include <array>
#include <cstdio>
#include <tuple>

namespace ingot {

namespace {

std::string times(double ratio) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f x", ratio);
    return text;
}

/// A convolution as a kernel, wherever its operands lie; none of another node.
std::optional<KernelSpec> convolution(const Graph &graph, const Node &node) {
    return std::holds_alternative<Conv2d>(node.operation)
               ? std::optional(bare_spec(graph, node, DimOrder::nhwc, DimOrder::nhwc))
               : std::nullopt;
}

/// Half cycles that two kernels take longer than one that keeps the first one's result in the cache next to it: its
/// elements go to L2 and come back, 64 bytes a cycle. What is measured within a network has that in it.
double handing_over(const KernelSpec &first) {
    const Extent2 result = first.output();
    const double bytes = static_cast<double>(first.n * first.co * result.h * result.w) * sizeof(float);
    return 2 * 2 * bytes / 64;
}

/// True where nodes i and i + 1, by themselves or in one kernel, were measured within a network.
bool is_measured(std::span<const NodeCosts> nodes, std::size_t i) {
    return nodes[i].alone.in_chain && nodes[i + 1].alone.in_chain && nodes[i].pair->in_chain;
}

/// Ways to compute the nodes up to one: the better has more of what is asked for, then the lower cost.
struct Way {
    int by_name = 0, by_op = 0;
    double cost = 0;
    bool ends_in_pair = false;

    [[nodiscard]] bool operator<(const Way &other) const {
        return std::tuple(-by_name, -by_op, cost) < std::tuple(-other.by_name, -other.by_op, other.cost);
    }
};

/// The best way for each number of nodes of a run from the start, in which all or none are measured.
std::vector<Way> best_ways(std::span<const NodeCosts> run, bool measured) {
    const auto cost = [&](const ExpectedCost &of) { return measured ? *of.in_chain : of.estimated; };
    const auto handed_over = [&](std::size_t i) { return measured || i == 0 ? 0.0 : run[i - 1].handing_over; };
    std::vector<Way> best(1);
    for (std::size_t i = 0; i < run.size(); ++i) {
        Way way = best[i];
        way.cost += handed_over(i) + cost(run[i].alone);
        way.ends_in_pair = false;
        if (i > 0 && run[i - 1].pair) {
            const NodeCosts &first = run[i - 1];
            Way pair = best[i - 1];
            pair.by_name += first.asked == AskedPair::by_name ? 1 : 0;
            pair.by_op += first.asked == AskedPair::by_op ? 1 : 0;
            pair.cost += handed_over(i - 1) + cost(*first.pair);
            pair.ends_in_pair = true;
            way = std::min(way, pair);
        }
        best.push_back(way);
    }
    return best;
}

/// Nodes i and i + 1 in one kernel, where one supports them and nothing that is asked for keeps them apart.
struct Pair {
    std::string name;
    ChosenKernel kernel;
    AskedPair asked = AskedPair::no;
};

std::optional<Pair> find_pair(const Graph &graph, const Placement &placement, std::size_t i,
                              const std::vector<std::optional<ChosenKernel>> &alone, Chooser &chooser) {
    const ChosenKernel &first = *alone[i], &second = *alone[i + 1];
    const std::optional<PictureOperand> dst = picture_operand(graph, placement, graph.nodes[i + 1].output);
    if (!dst) {
        return std::nullopt;
    }
    const std::array nodes = {i, i + 1};
    Pair pair{step_name(graph, nodes),
              {chain_spec(graph, nodes, first.spec.src.order, dst->operand.order, 1), {}},
              AskedPair::no};
    const KernelSpec &spec = pair.kernel.spec;
    const std::vector<Choice> supported = supported_choices(spec, chooser.target(), false);
    const auto answers = [&](const Choice &asked) {
        return std::any_of(supported.begin(), supported.end(),
                           [&](const Choice &choice) { return choice.algorithm == asked.algorithm; });
    };
    std::optional<Choice> asked = chooser.asked(spec, pair.name);
    if (chooser.is_asked_by_name(spec, pair.name)) {
        pair.asked = AskedPair::by_name;
    } else if (asked && answers(*asked)) {
        pair.asked = AskedPair::by_op;
    } else {
        asked.reset();  // a choice for pairs of another kind
    }
    const bool by_node = chooser.is_asked_by_name(first.spec, graph.nodes[i].origin.name) ||
                         chooser.is_asked_by_name(second.spec, graph.nodes[i + 1].origin.name);
    const bool by_op = first.chosen.why == asked_for || second.chosen.why == asked_for;
    const bool is_apart = pair.asked != AskedPair::by_name && (by_node || (by_op && !asked));
    if (is_apart || supported.empty()) {
        return std::nullopt;
    }
    pair.kernel.chosen = chooser.choose(spec, asked);
    return pair;
}

}  // namespace

bool is_fusable_pair(const Graph &graph, std::size_t i) {
    if (i + 1 >= graph.nodes.size()) {
        return false;
    }
    const Node &node = graph.nodes[i], &reader = graph.nodes[i + 1];
    const std::optional<KernelSpec> first = convolution(graph, node), second = convolution(graph, reader);
    if (!first || !graph.has_one_use(node.output) || reader.inputs.empty() || reader.inputs[0] != node.output) {
        return false;
    }
    return second ? first->op == Op::conv2d && first->is_depthwise() && !first->has(Function::add) &&
                        second->is_pointwise()
                  : first->is_pointwise() && is_picture_mean(graph, reader);
}

double pair_ratio(std::span<const NodeCosts> nodes, std::size_t i) {
    const ExpectedCost &first = nodes[i].alone, &second = nodes[i + 1].alone, &pair = *nodes[i].pair;
    return is_measured(nodes, i) ? *pair.in_chain / (*first.in_chain + *second.in_chain)
                                 : pair.estimated / (first.estimated + second.estimated + nodes[i].handing_over);
}

std::vector<std::size_t> cheapest_pairs(std::span<const NodeCosts> nodes) {
    std::vector<std::size_t> pairs;
    for (std::size_t begin = 0, end = 0; begin < nodes.size(); begin = end) {
        bool measured = true;
        for (end = begin + 1; end < nodes.size() && nodes[end - 1].pair; ++end) {
            measured = measured && is_measured(nodes, end - 1);
        }
        const std::vector<Way> best = best_ways(nodes.subspan(begin, end - begin), measured);
        for (std::size_t i = end; i > begin; --i) {
            if (best[i - begin].ends_in_pair) {
                pairs.insert(pairs.begin(), --i - 1);
            }
        }
    }
    return pairs;
}

Fusion choose_fusion(const Graph &graph, const Placement &placement,
                     const std::vector<std::optional<ChosenKernel>> &alone, Chooser &chooser) {
    std::vector<NodeCosts> costs(graph.nodes.size());
    std::map<std::size_t, Pair> pairs;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        costs[i].alone = alone[i] ? chooser.cost(*alone[i]) : ExpectedCost{};
        std::optional<Pair> pair =
            is_fusable_pair(graph, i) ? find_pair(graph, placement, i, alone, chooser) : std::nullopt;
        if (pair) {
            costs[i].handing_over = handing_over(alone[i]->spec);
            costs[i].pair = chooser.cost(pair->kernel);
            costs[i].asked = pair->asked;
            pairs.emplace(i, std::move(*pair));
        }
    }
    Fusion fusion;
    for (const std::size_t i : cheapest_pairs(costs)) {
        Pair &pair = pairs.at(i);
        pair.kernel.chosen.why += "; two kernels take " + times(1 / pair_ratio(costs, i)) + " the time";
        fusion.pairs.emplace(i, std::move(pair.kernel));
    }
    for (const auto &[i, pair] : pairs) {
        const bool overlaps = fusion.pairs.contains(i + 1) || (i > 0 && fusion.pairs.contains(i - 1));
        if (!fusion.pairs.contains(i) && !overlaps) {
            fusion.remarks[i + 1] +=
                "; one kernel, " + pair.name + ", takes " + times(pair_ratio(costs, i)) + " the time";
        }
    }
    return fusion;
}

}  // namespace ingot
