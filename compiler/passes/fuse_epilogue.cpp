// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/expression_tree.h"
#include "compiler/passes/passes.h"
#include <algorithm>
#include <unordered_map>

namespace ingot {

namespace {

struct EpilogueOf {
    std::vector<Call> *operator()(Conv2d &op) const { return op.pool ? nullptr : &op.epilogue; }
    std::vector<Call> *operator()(Pool2d &op) const { return &op.epilogue; }
    std::vector<Call> *operator()(Gemm &op) const { return &op.epilogue; }
    template<typename Other>
    std::vector<Call> *operator()(Other &) const {
        return nullptr;
    }
};

std::vector<Call> *epilogue_of(Node &node) {
    return std::visit(EpilogueOf{}, node.operation);
}

using Positions = std::unordered_map<const Node *, std::size_t>;

/// Moves what a map does with the result of one layer into the layer's epilogue.
class EpilogueFusion {
public:
    EpilogueFusion(Rewriter &rewriter, const Positions &positions, Node &map, std::size_t operand)
        : rewriter_(rewriter), positions_(positions), map_(map), operand_(static_cast<int>(operand)),
          id_(map.inputs[operand]), producer_(layer(id_)),
          epilogue_(producer_ != nullptr ? epilogue_of(*producer_) : nullptr) {}

    /// True where something was moved; the map is then changed, or gone.
    bool run() {
        Tree tree = *map_tree(map_);
        if (producer_ == nullptr || count_operand(tree, operand_) != 1) {
            return false;
        }
        find_steps(tree);
        if (steps_.empty()) {
            return false;
        }
        append_epilogue(*epilogue_, steps_);
        std::vector<ValueId> inputs = producer_->inputs;
        inputs.insert(inputs.end(), tensors_.begin(), tensors_.end());
        rewriter_.set_inputs(*producer_, std::move(inputs));
        if (tree.is_operand()) {
            rewriter_.take_over(*producer_, map_.output);
            return true;
        }
        std::vector<ValueId> sources = map_.inputs;
        sources[static_cast<std::size_t>(operand_)] =
            rewriter_.compute_anew(*producer_, "fused", rewriter_.shape(map_.output));
        set_map(rewriter_, map_, tree, sources);
        return true;
    }

private:
    /// The layer that computes `id` for the map alone and in its shape, or null.
    [[nodiscard]] Node *layer(ValueId id) const {
        Node *node = rewriter_.producer(id);
        return node != nullptr && epilogue_of(*node) != nullptr && rewriter_.has_one_reader(id) &&
                       rewriter_.shape(id) == rewriter_.shape(map_.output)
                   ? node
                   : nullptr;
    }

    /// Takes the steps from the operand upwards out of `tree`; true where it is then the operand alone.
    bool find_steps(Tree &tree) {
        if (tree.is_operand()) {
            return tree.term.operand == operand_;
        }
        for (std::size_t i = 0; i < tree.arguments.size(); ++i) {
            if (find_steps(tree.arguments[i])) {
                if (!add_step(tree, i)) {
                    return false;
                }
                tree = operand_tree(operand_);
                return true;
            }
        }
        return false;
    }

    /// Makes a call of the operand, its argument `i`, a step of the epilogue; false where it is none.
    bool add_step(const Tree &tree, std::size_t i) {
        const Call &call = tree.term.call;
        std::vector<Call> steps = steps_, epilogue = *epilogue_;
        steps.push_back(call);
        if (result_type(call.function, DataType::f32) != DataType::f32 || !append_epilogue(epilogue, steps)) {
            return false;
        }
        if (tree.arguments.size() == 1) {
            steps_ = std::move(steps);
            return true;
        }
        const Tree &other = tree.arguments[1 - i];
        if (tree.arguments.size() != 2 || !other.is_operand() ||
            std::holds_alternative<Pool2d>(producer_->operation)) {
            return false;
        }
        const ValueId tensor = map_.inputs[static_cast<std::size_t>(other.term.operand)];
        const bool fits = call.function == Function::add     ? can_add(tensor)
                          : call.function == Function::prelu ? i == 0 && is_slope(tensor)
                                                             : false;
        if (fits) {
            steps_ = std::move(steps);
            tensors_.push_back(call.function == Function::prelu ? slope(tensor) : tensor);
        }
        return fits;
    }

    /// A kernel adds a tensor of its result's shape. Of two layers the one that runs last adds the other's result,
    /// which is there by then.
    [[nodiscard]] bool can_add(ValueId tensor) const {
        const Value &value = rewriter_.value(tensor);
        Node *other = layer(tensor);
        std::vector<Call> other_epilogue = other != nullptr ? *epilogue_of(*other) : std::vector<Call>();
        const bool other_adds = other != nullptr && !std::holds_alternative<Pool2d>(other->operation) &&
                                positions_.at(other) > positions_.at(producer_) &&
                                append_epilogue(other_epilogue, {{Function::add}});
        return !value.constant && value.shape == rewriter_.shape(id_) && !other_adds;
    }

    /// A constant per channel.
    [[nodiscard]] bool is_slope(ValueId tensor) const {
        const Value &value = rewriter_.value(tensor);
        const std::vector<int64_t> &shape = rewriter_.shape(id_);
        const auto axis =
            static_cast<std::ptrdiff_t>(value.shape.size() + 1) - static_cast<std::ptrdiff_t>(shape.size());
        return value.constant && axis >= 0 && value.size() == shape[1] &&
               value.shape[static_cast<std::size_t>(axis)] == shape[1];
    }
    ValueId slope(ValueId tensor) {
        const std::vector<float> data = *rewriter_.value(tensor).constant;
        return rewriter_.add_constant(tensor, "slope", {static_cast<int64_t>(data.size())}, data);
    }

    Rewriter &rewriter_;
    const Positions &positions_;
    Node &map_;
    int operand_;
    ValueId id_;
    Node *producer_;
    std::vector<Call> *epilogue_;
    std::vector<Call> steps_;
    std::vector<ValueId> tensors_;  ///< that the steps read
};

bool fuse_an_operand(Rewriter &rewriter, const Positions &positions, Node &node) {
    for (std::size_t i = 0; map_tree(node) && i < node.inputs.size(); ++i) {
        if (EpilogueFusion(rewriter, positions, node, i).run()) {
            return true;
        }
    }
    return false;
}

}  // namespace

void fuse_epilogue(Graph &graph) {
    Rewriter rewriter(graph);
    read_sources_once(rewriter);
    Positions positions;
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        positions.emplace(&rewriter.node(i), i);
    }
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        while (fuse_an_operand(rewriter, positions, rewriter.node(i))) {
        }
    }
    rewriter.finish();
}

}  // namespace ingot
