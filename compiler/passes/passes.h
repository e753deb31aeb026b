// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"
#include <functional>
#include <string_view>
#include <vector>

namespace ingot {

/// Computes nodes whose inputs are all constant, with the reference interpreter in double; integers and booleans
/// are exact. Ids and types of values stay. A node whose result exceeds the FoldingBudget stays. Throws Error,
/// which begins with the node's origin, where that takes more than 2^26 multiplications, and leaves the graph as it
/// was, or where an integer takes more than 24 bits.
void fold_constants(Graph &graph);

/// The elements that constants computed in one model may hold beyond those of the constants they are computed from,
/// 2^26: a few bytes of a file may ask for tensors of any size.
class FoldingBudget {
public:
    /// False, and nothing taken, where fewer are left.
    bool take(double elements);
    /// The same of what a node's result adds to its inputs.
    bool take(const Graph &graph, const Node &node);

private:
    double left_ = 1 << 26;
};

/// Elements that a node reads and writes, and its multiplications.
double folding_cost(const Graph &graph, const Node &node);

/// Makes the result of a node, all of whose inputs are constants, a constant. Throws Error as fold_constants.
void fold_node(Graph &graph, const Node &node);

/// Removes identities, and nodes and values that no output needs. An identity between two outputs, or between an
/// input and an output, stays: it is a copy.
void remove_dead_code(Graph &graph);
/// Appends a ReLU to the epilogue of the convolution, pooling or gemm that feeds it and nothing else.
void fuse_epilogue(Graph &graph);
/// Fuses a max-pool, with its epilogue, into the convolution that feeds it and nothing else: conv2d_pool2d. Only
/// windows that lie side by side without padding: shared results would be computed once per window.
/// The epilogue of the pooling is computed before it: a ReLU of a maximum is the maximum of the ReLUs.
void fuse_conv_pool(Graph &graph);
/// Lets a gemm read the tensor before a flatten: the order of its elements becomes a matter of packing weights.
void flatten_into_weights(Graph &graph);

/// Appends the steps of `added`; a ReLU after a ReLU is left out.
void append_epilogue(std::vector<Call> &epilogue, const std::vector<Call> &added);

struct Pass {
    std::string_view name;
    void (*run)(Graph &);
};

/// All passes in the order in which they run.
const std::vector<Pass> &all_passes();

/// Runs all passes, or those that `enabled` accepts; verifies the graph after each.
void run_passes(Graph &graph, const std::function<bool(std::string_view pass)> &enabled = {});

}  // namespace ingot
