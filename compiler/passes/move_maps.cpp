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
bool move_before_reshapes(Rewriter &rewriter, Node &node) {
    const Shape after = rewriter.shape(node.output);
    std::optional<Shape> before;
    for (const ValueId id : node.inputs) {
        if (rewriter.value(id).constant) {
            continue;
        }
        const Node *reshape = rewriter.producer(id);
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
            const Shape shape = *reshaped(rewriter.shape(id), after, *before);
            inputs.push_back(rewriter.add_constant(id, "reshaped", shape, data));
        } else {
            inputs.push_back(rewriter.producer(id)->inputs[0]);
        }
    }
    const ValueId result = node.output, computed = rewriter.compute_anew(node, "reshaped", *before);
    rewriter.add(Reshape{}, {computed}, result, node);
    rewriter.set_inputs(node, std::move(inputs));
    return true;
}

/// True where layers compute all of a value, and each part is read here alone.
bool leads_to_layers(const Rewriter &rewriter, ValueId id) {
    const Node *producer = rewriter.producer(id);
    if (producer == nullptr || !rewriter.has_one_reader(id)) {
        return false;
    }
    const Operation &operation = producer->operation;
    const bool is_layer = std::holds_alternative<Conv2d>(operation) || std::holds_alternative<Pool2d>(operation) ||
                          std::holds_alternative<Gemm>(operation);
    const bool is_view = std::holds_alternative<Reshape>(operation) || std::holds_alternative<Slice>(operation) ||
                         std::holds_alternative<Concat>(operation);
    return is_layer || (is_view && std::all_of(producer->inputs.begin(), producer->inputs.end(),
                                               [&](ValueId part) { return leads_to_layers(rewriter, part); }));
}

/// Extent of a value along an axis of a result of `rank` dimensions to which it broadcasts.
int64_t extent_along(const Shape &shape, std::size_t rank, std::size_t axis) {
    const std::size_t missing = rank - shape.size();
    return axis < missing ? 1 : shape[axis - missing];
}

/// The part of a constant that goes with elements first to first + count along an axis; itself where it broadcasts.
ValueId part_of(Rewriter &rewriter, ValueId id, std::size_t rank, std::size_t axis, int64_t first, int64_t count) {
    Shape shape = rewriter.shape(id);
    const int64_t extent = extent_along(shape, rank, axis);
    if (extent == 1) {
        return id;
    }
    const std::size_t own_axis = axis - (rank - shape.size());
    std::ptrdiff_t inner = 1;
    for (std::size_t i = own_axis + 1; i < shape.size(); ++i) {
        inner *= shape[i];
    }
    const std::vector<float> data = *rewriter.value(id).constant;
    std::vector<float> part;
    for (auto run = data.begin(); run != data.end(); run += extent * inner) {
        part.insert(part.end(), run + first * inner, run + (first + count) * inner);
    }
    shape[own_axis] = count;
    return rewriter.add_constant(id, "part", std::move(shape), std::move(part));
}

/// The tensor of a map whose other sources are constants that broadcast to it, where layers compute it.
std::optional<ValueId> only_tensor(const Rewriter &rewriter, const Node &node) {
    std::vector<ValueId> tensors = node.inputs;
    std::erase_if(tensors, [&](ValueId id) { return rewriter.value(id).constant.has_value(); });
    return tensors.size() == 1 && rewriter.shape(tensors[0]) == rewriter.shape(node.output) &&
                   leads_to_layers(rewriter, tensors[0])
               ? std::optional(tensors[0])
               : std::nullopt;
}

/// Writes a map of what a Concat joins as the Concat of maps; false where it cannot.
bool move_before_concat(Rewriter &rewriter, Node &node) {
    const std::optional<ValueId> joined = only_tensor(rewriter, node);
    const Node *concat = joined ? rewriter.producer(*joined) : nullptr;
    if (concat == nullptr || !std::holds_alternative<Concat>(concat->operation)) {
        return false;
    }
    const auto axis = static_cast<std::size_t>(std::get<Concat>(concat->operation).axis);
    const std::size_t rank = rewriter.shape(*joined).size();
    const std::vector<ValueId> sources = node.inputs, parts = concat->inputs;
    std::vector<ValueId> results;
    int64_t first = 0;
    for (const ValueId part : parts) {
        const int64_t count = rewriter.shape(part)[axis];
        std::vector<ValueId> inputs;
        for (const ValueId id : sources) {
            inputs.push_back(id == *joined ? part : part_of(rewriter, id, rank, axis, first, count));
        }
        results.push_back(rewriter.add(node.operation, std::move(inputs), node, "part"));
        first += count;
    }
    node.operation = concat->operation;
    rewriter.set_inputs(node, std::move(results));
    return true;
}

/// Writes a map of a Slice, which leaves at least three quarters, as the Slice of a map; false where it cannot.
bool move_before_slice(Rewriter &rewriter, Node &node) {
    const std::optional<ValueId> cut = only_tensor(rewriter, node);
    const Node *slice = cut ? rewriter.producer(*cut) : nullptr;
    if (slice == nullptr || !std::holds_alternative<Slice>(slice->operation) ||
        4 * rewriter.value(*cut).size() < 3 * rewriter.value(slice->inputs[0]).size()) {
        return false;
    }
    const Shape whole = rewriter.shape(slice->inputs[0]), part = rewriter.shape(*cut);
    const Shape &steps = std::get<Slice>(slice->operation).steps;
    for (const ValueId id : node.inputs) {
        for (std::size_t axis = 0; axis < whole.size(); ++axis) {
            if (id != *cut && (whole[axis] != part[axis] || steps[axis] != 1) &&
                extent_along(rewriter.shape(id), whole.size(), axis) != 1) {
                return false;
            }
        }
    }
    std::vector<ValueId> inputs = node.inputs;
    std::replace(inputs.begin(), inputs.end(), *cut, slice->inputs[0]);
    const ValueId result = rewriter.add(node.operation, std::move(inputs), node, "whole");
    node.operation = slice->operation;
    rewriter.set_inputs(node, {result});
    return true;
}

bool move(Rewriter &rewriter, Node &node) {
    return map_tree(node) && (move_before_reshapes(rewriter, node) || move_before_concat(rewriter, node) ||
                              move_before_slice(rewriter, node));
}

}  // namespace

void move_maps(Graph &graph) {
    Rewriter rewriter(graph);
    read_sources_once(rewriter);
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
    read_sources_once(rewriter);
    rewriter.finish();
}

}  // namespace ingot
