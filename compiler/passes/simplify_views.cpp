// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include "compiler/passes/views.h"
#include "spec/error.h"
#include <algorithm>
#include <numeric>

namespace ingot {

namespace {

using Axes = std::vector<int64_t>;

bool is_identity(const Axes &perm) {
    return std::is_sorted(perm.begin(), perm.end());
}

/// Simplifies one node; an overload per operation.
struct Simplify {
    Rewriter &rewriter;
    Node &node;

    [[nodiscard]] const Axes &shape() const { return rewriter.shape(node.output); }
    [[nodiscard]] const Axes &src_shape() const { return rewriter.shape(node.inputs[0]); }
    /// The node that computes the source, if it is an `Operation`.
    template<typename Operation>
    [[nodiscard]] const Node *source() const {
        const Node *producer = rewriter.producer(node.inputs[0]);
        return producer != nullptr && std::holds_alternative<Operation>(producer->operation) ? producer : nullptr;
    }
    [[nodiscard]] bool remove() const { return rewriter.replace(node.output, node.inputs[0]); }
    [[nodiscard]] bool become(Operation operation) const {
        node.operation = std::move(operation);
        return true;
    }
    [[nodiscard]] bool skip(const Node &before) const {
        rewriter.set_inputs(node, std::vector<ValueId>(before.inputs));
        return true;
    }

    bool operator()(const Transpose &op) const {
        if (is_identity(op.perm)) {
            return remove();
        }
        const Node *before = source<Transpose>();
        if (before == nullptr) {
            return false;
        }
        node.operation = Transpose{composed(std::get<Transpose>(before->operation).perm, op.perm)};
        return skip(*before);
    }

    bool operator()(const Reshape &) const {
        if (src_shape() == shape()) {
            return remove();
        }
        const Node *before = source<Reshape>();
        return before != nullptr && skip(*before);
    }

    bool operator()(const Expand &) const {
        if (src_shape() == shape()) {
            return remove();
        }
        const Node *before = source<Expand>();
        return before != nullptr && skip(*before);
    }

    bool operator()(const Slice &op) const {
        const bool is_forward =
            std::all_of(op.steps.begin(), op.steps.end(), [](int64_t step) { return step > 0; });
        if (src_shape() == shape() && is_forward) {
            return remove();
        }
        const Node *before = source<Slice>();
        if (before == nullptr) {
            return false;
        }
        // first.start + first.step * (second.start + second.step * i)
        Slice slice = std::get<Slice>(before->operation);
        for (std::size_t i = 0; i < op.starts.size(); ++i) {
            slice.starts[i] += slice.steps[i] * op.starts[i];
            slice.steps[i] *= op.steps[i];
        }
        node.operation = std::move(slice);
        return skip(*before);
    }

    bool operator()(const Concat &op) const {
        if (node.inputs.size() == 1) {
            return remove();
        }
        std::vector<ValueId> inputs;
        for (const ValueId id : node.inputs) {
            const Node *before = rewriter.producer(id);
            const bool is_part = before != nullptr && before->operation == Operation(op) &&
                                 rewriter.has_one_reader(id) &&
                                 std::count(node.inputs.begin(), node.inputs.end(), id) == 1;
            const std::vector<ValueId> parts = is_part ? before->inputs : std::vector<ValueId>{id};
            inputs.insert(inputs.end(), parts.begin(), parts.end());
        }
        const bool changes = inputs != node.inputs;
        rewriter.set_inputs(node, std::move(inputs));
        return changes;
    }

    bool operator()(const Pad &) const { return src_shape() == shape() && remove(); }

    bool operator()(const Resample &op) const {
        Axes all(static_cast<std::size_t>(src_shape()[static_cast<std::size_t>(op.axis)]));
        std::iota(all.begin(), all.end(), int64_t{0});
        return op.taps == 1 && std::equal(all.begin(), all.end(), op.index.begin(), op.index.end()) && remove();
    }

    /// A sum, product, mean or extreme of single elements.
    bool operator()(const Reduce &op) const {
        const Axes &src = src_shape();
        const bool is_single = std::all_of(op.axes.begin(), op.axes.end(),
                                           [&](int64_t axis) { return src[static_cast<std::size_t>(axis)] == 1; });
        const bool is_of_source = op.expression == Expression{operand_term(0)};
        return is_single && is_of_source && !reduces_to_index(op) && become(Reshape{});
    }

    bool operator()(const Pool2d &op) const { return op.window == Window{} && op.epilogue.empty() && remove(); }

    template<typename Other>
    bool operator()(const Other &) const {
        return false;
    }
};

/// Lets a map read what an Expand repeats, which it does itself.
void skip_expands(Rewriter &rewriter, Node &node) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const Node *expand = rewriter.producer(node.inputs[i]);
        if (expand == nullptr || !std::holds_alternative<Expand>(expand->operation)) {
            continue;
        }
        Node skipped = node;
        skipped.inputs[i] = expand->inputs[0];
        std::vector<Axes> shapes;
        for (const ValueId id : skipped.inputs) {
            shapes.push_back(rewriter.shape(id));
        }
        if (broadcast_shape(shapes) == rewriter.shape(node.output)) {
            rewriter.set_inputs(node, skipped.inputs);
        }
    }
}

}  // namespace

Axes composed(const Axes &first, const Axes &second) {
    return permuted(first, second);
}

Axes inverse(const Axes &perm) {
    Axes result(perm.size());
    for (std::size_t i = 0; i < perm.size(); ++i) {
        result[static_cast<std::size_t>(perm[i])] = static_cast<int64_t>(i);
    }
    return result;
}

Axes permuted(const Axes &shape, const Axes &perm) {
    Axes result;
    for (const int64_t axis : perm) {
        result.push_back(shape[static_cast<std::size_t>(axis)]);
    }
    return result;
}

bool simplify_view(Rewriter &rewriter, Node &node) {
    return !Rewriter::is_removed(node) && std::visit(Simplify{rewriter, node}, Operation(node.operation));
}

void simplify_views(Graph &graph) {
    Rewriter rewriter(graph);
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        Node &node = rewriter.node(i);
        while (simplify_view(rewriter, node)) {
        }
        if (std::holds_alternative<Map>(node.operation) && !Rewriter::is_removed(node)) {
            skip_expands(rewriter, node);
        }
    }
    rewriter.finish();
}

}  // namespace ingot
