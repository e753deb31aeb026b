// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/expression_tree.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/views.h"
#include <algorithm>
#include <map>
#include <numeric>

namespace ingot {

namespace {

using Axes = std::vector<int64_t>;

const Transpose *transpose_of(const Node *node) {
    return node != nullptr ? std::get_if<Transpose>(&node->operation) : nullptr;
}

/// The same operation on sources in the order before a transpose of `perm`, and the transpose that its result needs
/// behind it; one per operation that can be exchanged with a transpose.
struct Moved {
    Operation operation;
    Axes perm;
};
struct Move {
    const Axes &perm;

    [[nodiscard]] int64_t axis(int64_t axis) const { return perm[static_cast<std::size_t>(axis)]; }
    [[nodiscard]] Axes per_axis(const Axes &values) const { return permuted(values, inverse(perm)); }

    std::optional<Moved> operator()(const Map &op) const { return Moved{op, perm}; }
    std::optional<Moved> operator()(const Relu &op) const { return Moved{op, perm}; }
    std::optional<Moved> operator()(const Concat &op) const { return Moved{Concat{axis(op.axis)}, perm}; }
    std::optional<Moved> operator()(const Pad &op) const {
        return Moved{Pad{per_axis(op.before), per_axis(op.after), op.value}, perm};
    }
    std::optional<Moved> operator()(const Slice &op) const {
        return Moved{Slice{per_axis(op.starts), per_axis(op.steps)}, perm};
    }
    std::optional<Moved> operator()(Resample op) const {
        op.axis = axis(op.axis);
        return Moved{op, perm};
    }
    std::optional<Moved> operator()(Reduce op) const {
        Axes kept;  // dimensions of the source in the order of the result
        for (std::size_t i = 0; i < perm.size(); ++i) {
            if (op.keepdims ||
                std::find(op.axes.begin(), op.axes.end(), static_cast<int64_t>(i)) == op.axes.end()) {
                kept.push_back(perm[i]);
            }
        }
        std::transform(op.axes.begin(), op.axes.end(), op.axes.begin(), [&](int64_t a) { return axis(a); });
        std::sort(op.axes.begin(), op.axes.end());
        Axes sorted = kept;
        std::sort(sorted.begin(), sorted.end());
        std::transform(kept.begin(), kept.end(), kept.begin(),
                       [&](int64_t a) { return std::find(sorted.begin(), sorted.end(), a) - sorted.begin(); });
        return Moved{op, kept};
    }
    template<typename Other>
    std::optional<Moved> operator()(const Other &) const {
        return std::nullopt;
    }
};

/// Elements of a row-major tensor in the order of a transpose.
std::vector<float> transposed(const std::vector<float> &data, const Axes &shape, const Axes &perm) {
    Axes strides(shape.size(), 1);
    for (std::size_t i = shape.size(); i-- > 1;) {
        strides[i - 1] = strides[i] * shape[i];
    }
    const Axes result_shape = permuted(shape, perm), steps = permuted(strides, perm);
    std::vector<float> result;
    Axes position(shape.size());
    while (result.size() < data.size()) {
        result.push_back(data[static_cast<std::size_t>(
            std::inner_product(position.begin(), position.end(), steps.begin(), int64_t{0}))]);
        for (std::size_t i = position.size(); i-- > 0 && ++position[i] == result_shape[i];) {
            position[i] = 0;
        }
    }
    return result;
}

/// Moves transposes behind the nodes that read them, towards others that take them back.
class TransposeMover {
public:
    explicit TransposeMover(Rewriter &rewriter) : rewriter_(rewriter) {}

    /// True where a transpose was moved behind `node`.
    bool move(Node &node) {
        const std::optional<Axes> perm = common_perm(node, {});
        std::optional<Moved> moved = perm ? std::visit(Move{*perm}, node.operation) : std::nullopt;
        if (!moved) {
            return false;
        }
        const Followers followers = find_followers(node, moved->perm);
        if (!leaves_no_copy(node, followers.perms) || !(followers.meet_a_transpose || follows_a_layer(node))) {
            return false;
        }
        std::vector<ValueId> inputs;
        for (const ValueId id : std::vector<ValueId>(node.inputs)) {
            inputs.push_back(rewriter_.value(id).constant ? moved_constant(id, *perm)
                                                          : rewriter_.producer(id)->inputs[0]);
        }
        const ValueId result = node.output;
        node.operation = std::move(moved->operation);
        if (!is_identity(moved->perm)) {
            const Axes shape = permuted(rewriter_.shape(result), inverse(moved->perm));
            const ValueId before = rewriter_.compute_anew(node, "untransposed", shape);
            rewriter_.add(Transpose{moved->perm}, {before}, result, node);
        }
        rewriter_.set_inputs(node, std::move(inputs));
        return true;
    }

private:
    using Perms = std::map<ValueId, Axes>;

    /// Values that would be transposes of others if a node's result were one, and whether a transpose reads them or
    /// ends among them.
    struct Followers {
        Perms perms;
        bool meet_a_transpose = false;
    };

    static bool is_identity(const Axes &perm) { return std::is_sorted(perm.begin(), perm.end()); }

    [[nodiscard]] Followers find_followers(const Node &node, const Axes &perm) const {
        Followers followers{{{node.output, perm}}, is_identity(perm)};
        std::vector<ValueId> queue{node.output};
        while (!queue.empty()) {
            const ValueId id = queue.back();
            queue.pop_back();
            for (const Node *reader : rewriter_.readers(id)) {
                followers.meet_a_transpose |= transpose_of(reader) != nullptr;
                const std::optional<Axes> common = common_perm(*reader, followers.perms);
                const std::optional<Moved> moved =
                    common ? std::visit(Move{*common}, reader->operation) : std::nullopt;
                if (moved && followers.perms.emplace(reader->output, moved->perm).second) {
                    followers.meet_a_transpose |= is_identity(moved->perm);
                    queue.push_back(reader->output);
                }
            }
        }
        return followers;
    }

    /// The permutation of the transposes that compute all sources of a node, constants apart; those in `moved`
    /// count as transposed. None where they differ or a constant does not fit.
    [[nodiscard]] std::optional<Axes> common_perm(const Node &node, const Perms &moved) const {
        std::optional<Axes> common;
        for (const ValueId id : node.inputs) {
            if (rewriter_.value(id).constant) {
                continue;
            }
            const auto found = moved.find(id);
            const Transpose *transpose = transpose_of(rewriter_.producer(id));
            const Axes *perm = found != moved.end()   ? &found->second
                               : transpose != nullptr ? &transpose->perm
                                                      : nullptr;
            if (perm == nullptr || (common && *common != *perm)) {
                return std::nullopt;
            }
            common = *perm;
        }
        const bool fits = common && std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
                              return !rewriter_.value(id).constant || constant_shape(id, *common);
                          });
        return fits ? common : std::nullopt;
    }

    /// The shape of a constant before a transpose. It may not differ between images.
    [[nodiscard]] std::optional<Axes> constant_shape(ValueId id, const Axes &perm) const {
        Axes shape = rewriter_.shape(id);
        if (shape.size() > perm.size()) {
            return std::nullopt;
        }
        shape.insert(shape.begin(), perm.size() - shape.size(), 1);
        shape = permuted(shape, inverse(perm));
        return shape.front() == 1 ? std::optional(shape) : std::nullopt;
    }

    [[nodiscard]] ValueId moved_constant(ValueId id, const Axes &perm) {
        const std::vector<float> data = *rewriter_.value(id).constant;
        Axes shape = rewriter_.shape(id);
        shape.insert(shape.begin(), perm.size() - shape.size(), 1);
        return rewriter_.add_constant(id, "untransposed", *constant_shape(id, perm),
                                      transposed(data, shape, inverse(perm)));
    }

    /// True where no other node goes on reading the transposes before `node`.
    [[nodiscard]] bool leaves_no_copy(const Node &node, const Perms &followers) const {
        const auto can_follow = [&](const Node *reader) {
            const std::optional<Axes> perm = common_perm(*reader, followers);
            return transpose_of(reader) != nullptr || (perm && std::visit(Move{*perm}, reader->operation));
        };
        return std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
            const std::vector<Node *> &readers = rewriter_.readers(id);
            return rewriter_.value(id).constant ||
                   (!rewriter_.is_output(id) && std::all_of(readers.begin(), readers.end(), can_follow));
        });
    }

    /// True for a map behind a layer that could compute it, but for a transpose between them.
    [[nodiscard]] bool follows_a_layer(const Node &node) const {
        return map_tree(node) && std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
                   const Node *transpose = rewriter_.producer(id);
                   const Node *layer = transpose != nullptr ? rewriter_.producer(transpose->inputs[0]) : nullptr;
                   return layer != nullptr && (std::holds_alternative<Conv2d>(layer->operation) ||
                                               std::holds_alternative<Pool2d>(layer->operation) ||
                                               std::holds_alternative<Gemm>(layer->operation));
               });
    }

    Rewriter &rewriter_;
};

}  // namespace

void move_transposes(Graph &graph) {
    Rewriter rewriter(graph);
    TransposeMover mover(rewriter);
    for (bool changed = true; changed;) {
        changed = false;
        for (std::size_t i = 0; i < rewriter.size(); ++i) {
            Node &node = rewriter.node(i);
            while (!Rewriter::is_removed(node) &&
                   (transpose_of(&node) != nullptr ? simplify_view(rewriter, node) : mover.move(node))) {
                changed = true;
            }
        }
    }
    rewriter.finish();
}

}  // namespace ingot
