// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/cuda_chains.h"
#include "compiler/lowering/node_chain.h"
#include "compiler/lowering/node_kernel.h"
#include <algorithm>

namespace ingot {

namespace {

class ChainFinder {
public:
    ChainFinder(const Graph &graph, const LowerOptions &options, DimOrder src, DimOrder dst, const Target &target)
        : graph_(graph), options_(options), src_(src), dst_(dst), target_(target) {}

    /// The nodes of the graph where one kernel can compute them all and none is asked to be another.
    [[nodiscard]] std::vector<std::size_t> nodes() const {
        std::vector<std::size_t> nodes = node_chain(graph_);
        const auto is_asked = [&](std::size_t i) {
            return asked(i, kernel_op(graph_.nodes[i]).value()).has_value();
        };
        if (nodes.size() < 2 || std::any_of(nodes.begin(), nodes.end(), is_asked) ||
            supported_choices(spec_of(nodes, 1), target_, false).empty()) {
            nodes.clear();
        }
        return nodes;
    }

    [[nodiscard]] Chain chain_of(std::vector<std::size_t> nodes, int64_t images,
                                 std::optional<Choice> wanted) const {
        Chain chain;
        chain.spec = spec_of(nodes, images);
        chain.batch = chain.spec.n / images;
        wanted = wanted ? wanted : asked(nodes.front(), chain.spec.op);
        chain.chosen = choose(chain.spec, target_, {wanted, options_.numerics, options_.cpu, options_.tables});
        chain.nodes = std::move(nodes);
        return chain;
    }

private:
    [[nodiscard]] std::optional<Choice> asked(std::size_t node, Op op) const {
        return find_asked(options_.asked, target_.device, graph_.nodes[node].origin.name, op);
    }
    [[nodiscard]] KernelSpec spec_of(const std::vector<std::size_t> &nodes, int64_t images) const {
        const bool from_start = graph_.nodes[nodes.front()].inputs[0] == graph_.inputs[0];
        const bool to_end = graph_.nodes[nodes.back()].output == graph_.outputs[0];
        return chain_spec(graph_, nodes, from_start ? src_ : DimOrder::nhwc, to_end ? dst_ : DimOrder::nhwc,
                          images);
    }

    const Graph &graph_;
    const LowerOptions &options_;
    DimOrder src_, dst_;
    const Target &target_;
};

}  // namespace

// On CUDA a net whose activations fit a multiprocessor is one kernel: a block computes an image. A few images would
// leave most multiprocessors idle; for them the convolutions are one kernel, which may spread an image over the
// device, and what follows is another. Its gemms take the threads of the whole net's kernel and so its order of
// summation: results do not depend on the batch.
std::vector<Chain> cuda_chains(const Graph &graph, const LowerOptions &options, DimOrder src, DimOrder dst,
                               int64_t many, Plan &plan) {
    const ChainFinder finder(graph, options, src, dst, *plan.target);
    const std::vector<std::size_t> nodes = finder.nodes();
    if (nodes.empty()) {
        return {};
    }
    const auto gemm = std::find_if(nodes.begin(), nodes.end(), [&](std::size_t i) {
        return std::holds_alternative<Gemm>(graph.nodes[i].operation);
    });
    Chain whole = finder.chain_of(nodes, many, std::nullopt);
    std::vector<Chain> chains;
    if (plan.min_images > 1 || gemm == nodes.begin()) {
        chains.push_back(std::move(whole));
        return chains;
    }
    chains.push_back(finder.chain_of({nodes.begin(), gemm}, 1, std::nullopt));
    if (gemm != nodes.end()) {
        chains.push_back(finder.chain_of({gemm, nodes.end()}, 1, whole.chosen.choice));
        chains.back().chosen.why = "it sums in the order of the kernel for batches";
    }
    // Larger batches are the other plan's.
    const bool is_apart = chains.size() > 1 || chains[0].chosen.choice != whole.chosen.choice;
    if (is_apart && plan.max_images >= batch_images) {
        plan.max_images = batch_images - 1;
    }
    return chains;
}

}  // namespace ingot
