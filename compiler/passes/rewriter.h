// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"
#include <deque>
#include <set>

namespace ingot {

/// A graph while a pass rewrites it: producers and readers of a value are known without a search, and nodes come
/// and go in any order. What no output needs any longer goes at once. The graph has no nodes until `finish`, which
/// puts them back in the order that they had, each new one before its first reader.
///
/// A value keeps its meaning: a pass that computes something else gives it a value of its own, so that intermediate
/// results can be compared by name after any pass.
class Rewriter {
public:
    explicit Rewriter(Graph &graph);
    Rewriter(const Rewriter &) = delete;
    Rewriter &operator=(const Rewriter &) = delete;

    /// Number of nodes, removed ones included; added ones stand behind the others. References stay valid.
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }
    [[nodiscard]] Node &node(std::size_t index) { return nodes_[index]; }
    [[nodiscard]] static bool is_removed(const Node &node) { return node.output < 0; }

    /// The graph's values, inputs and outputs; its nodes are here.
    [[nodiscard]] const Graph &graph() const { return graph_; }
    [[nodiscard]] const Value &value(ValueId id) const { return graph_.value(id); }
    [[nodiscard]] const std::vector<int64_t> &shape(ValueId id) const { return value(id).shape; }
    [[nodiscard]] bool is_output(ValueId id) const { return graph_.is_output(id); }

    /// The node that computes `id`; null for inputs and constants.
    [[nodiscard]] Node *producer(ValueId id) const { return uses_[index(id)].producer; }
    /// The nodes that read `id`, each once.
    [[nodiscard]] const std::vector<Node *> &readers(ValueId id) const { return uses_[index(id)].readers; }
    /// True where one node reads `id`, however often, and it is no output: that node may swallow its producer.
    [[nodiscard]] bool has_one_reader(ValueId id) const { return readers(id).size() == 1 && !is_output(id); }

    /// A new value, named after `like`: `conv1`, then `conv1.SUFFIX`.
    ValueId add_value(ValueId like, const std::string &suffix, std::vector<int64_t> shape);
    ValueId add_constant(ValueId like, const std::string &suffix, std::vector<int64_t> shape,
                         std::vector<float> data);
    /// Adds a node that computes `output`, which has no producer; its origin is that of `like`.
    Node &add(Operation operation, std::vector<ValueId> inputs, ValueId output, const Node &like);
    /// The same with a new value, named after that of `like`; `shape` is its shape where infer_shape asks for it.
    ValueId add(Operation operation, std::vector<ValueId> inputs, const Node &like, const std::string &suffix,
                std::vector<int64_t> shape = {});

    void set_inputs(Node &node, std::vector<ValueId> inputs);
    /// Lets `node` compute `output`, whose producer is removed; what it computed before has no producer then.
    void take_over(Node &node, ValueId output);
    /// Lets `node` compute a new value, named after its own, which has no producer then.
    ValueId compute_anew(Node &node, const std::string &suffix, std::vector<int64_t> shape);
    /// Removes `from`, which is the same tensor as `to`: its readers read `to`. The name of an output stays. False
    /// where both are needed: two outputs, or an output and an input or a constant.
    bool replace(ValueId from, ValueId to);

    void finish();

private:
    struct Uses {
        Node *producer = nullptr;
        std::vector<Node *> readers;
        bool is_there = false;  ///< computed by a node that is back in the graph
    };

    [[nodiscard]] static std::size_t index(ValueId id) { return static_cast<std::size_t>(id); }
    void add_reader(Node &node, ValueId id);
    void remove_reader(Node &node, ValueId id);
    void remove_if_unused(ValueId id);
    void emit(Node &node);

    Graph &graph_;
    std::deque<Node> nodes_;
    std::vector<Uses> uses_;
    std::set<const Node *> added_;
};

}  // namespace ingot
