// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/expression_tree.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/views.h"
#include <algorithm>

namespace ingot {

namespace {

using Shape = std::vector<int64_t>;

/// The extents that a constant, which broadcasts to `from`, needs to broadcast alike to a reshape of it, `to`. Both
/// fall into runs of dimensions of equal size, as short as can be; the constant has to be the same all along a run,
/// or to have an element for each of the run's.
std::optional<Shape> reshaped(const Shape &constant, const Shape &from, const Shape &to) {
    if (constant.size() > from.size()) {
        return std::nullopt;
    }
    Shape aligned(from.size() - constant.size(), 1), result(to.size(), 1);
    aligned.insert(aligned.end(), constant.begin(), constant.end());
    for (std::size_t i = 0, j = 0; i < from.size();) {
        const std::size_t first = j;
        int64_t elements = aligned[i], size = from[i++], size_to = 1;
        while (size != size_to) {
            if (size > size_to) {
                size_to *= to[j++];
            } else {
                elements *= aligned[i];
                size *= from[i++];
            }
        }
        for (std::size_t k = first; k < j && elements == size; ++k) {
            result[k] = to[k];
        }
        if (elements != size && elements != 1) {
            return std::nullopt;
        }
    }
    return result;
}

/// True for a transpose in which only dimensions of extent 1 change places, the first, which counts images, not
/// among them.
bool moves_ones_only(const Rewriter &rewriter, const Node &node) {
    const auto *transpose = std::get_if<Transpose>(&node.operation);
    if (transpose == nullptr || transpose->perm.empty() || transpose->perm.front() != 0) {
        return false;
    }
    Shape others = transpose->perm;
    std::erase_if(
        others, [&](int64_t axis) { return rewriter.shape(node.inputs[0])[static_cast<std::size_t>(axis)] == 1; });
    return std::is_sorted(others.begin(), others.end());
}

/// Lets a map compute its result in the shape before the reshapes that compute its sources; false where it cannot.
bool move(Rewriter &rewriter, Node &node) {
    if (!map_tree(node)) {
        return false;
    }
    const Shape after = rewriter.shape(node.output);
    std::optional<Shape> before;
    for (const ValueId id : node.inputs) {
        const Node *reshape = rewriter.producer(id);
        if (rewriter.value(id).constant) {
            continue;
        }
        if (reshape == nullptr || !std::holds_alternative<Reshape>(reshape->operation) ||
            !rewriter.has_one_reader(id) || rewriter.shape(id) != after ||
            rewriter.producer(reshape->inputs[0]) == nullptr ||
            (before && *before != rewriter.shape(reshape->inputs[0]))) {
            return false;
        }
        before = rewriter.shape(reshape->inputs[0]);
    }
    // A constant may not differ between images.
    const auto fits = [&](ValueId id) {
        const std::optional<Shape> shape = reshaped(rewriter.shape(id), after, *before);
        return !rewriter.value(id).constant || (shape && (shape->empty() || shape->front() == 1));
    };
    if (!before || !std::all_of(node.inputs.begin(), node.inputs.end(), fits)) {
        return false;
    }
    std::vector<ValueId> inputs;
    for (const ValueId id : std::vector<ValueId>(node.inputs)) {
        if (rewriter.value(id).constant) {
            const std::vector<float> data = *rewriter.value(id).constant;
            inputs.push_back(
                rewriter.add_constant(id, "reshaped", *reshaped(rewriter.shape(id), after, *before), data));
        } else {
            inputs.push_back(rewriter.producer(id)->inputs[0]);
        }
    }
    const ValueId result = node.output, computed = rewriter.compute_anew(node, "reshaped", *before);
    rewriter.add(Reshape{}, {computed}, result, node);
    rewriter.set_inputs(node, std::move(inputs));
    return true;
}

}  // namespace

void move_reshapes(Graph &graph) {
    Rewriter rewriter(graph);
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        Node &node = rewriter.node(i);
        if (!Rewriter::is_removed(node) && moves_ones_only(rewriter, node)) {
            node.operation = Reshape{};
        }
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (std::size_t i = 0; i < rewriter.size(); ++i) {
            Node &node = rewriter.node(i);
            while (!Rewriter::is_removed(node) &&
                   (std::holds_alternative<Reshape>(node.operation) ? simplify_view(rewriter, node)
                                                                    : move(rewriter, node))) {
                changed = true;
            }
        }
    }
    rewriter.finish();
}

}  // namespace ingot
