// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/place.h"

namespace ingot {

Strides Buffer::strides() const {
    Shape padded = shape;
    if (halo.any()) {
        padded[2] += halo.top + halo.bottom;
        padded[3] += halo.left + halo.right;
    }
    return dense_strides(padded, order);
}

int64_t Buffer::origin() const {
    if (!halo.any()) {
        return 0;
    }
    const Strides s = strides();
    return halo.top * s[2] + halo.left * s[3];
}

int64_t Buffer::bytes() const {
    int64_t elements = 1;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool is_padded = halo.any() && (i == 2 || i == 3);
        const int64_t border = !is_padded ? 0 : i == 2 ? halo.top + halo.bottom : halo.left + halo.right;
        elements *= shape[i] + border;
    }
    return elements * byte_size(type);
}

bool Buffer::is_nhwc() const {
    return order == nhwc;
}

bool is_view_operation(const Node &node) {
    return std::holds_alternative<Reshape>(node.operation) || std::holds_alternative<Transpose>(node.operation) ||
           std::holds_alternative<Slice>(node.operation) || std::holds_alternative<Expand>(node.operation);
}

std::optional<Place> view_of_source(const Graph &graph, const Node &node, const Place &src) {
    const Shape &from = graph.value(node.inputs[0]).shape, &to = graph.value(node.output).shape;
    if (!is_view_operation(node) || graph.value(node.inputs[0]).constant) {
        return std::nullopt;
    }
    Place result{src.root, src.offset, {}};
    if (std::holds_alternative<Reshape>(node.operation)) {
        std::optional<Strides> strides = reshape_strides(from, src.strides, to);
        if (!strides) {
            return std::nullopt;
        }
        result.strides = std::move(*strides);
    } else if (const auto *transpose = std::get_if<Transpose>(&node.operation)) {
        for (const int64_t axis : transpose->perm) {
            result.strides.push_back(src.strides[static_cast<std::size_t>(axis)]);
        }
    } else if (const auto *slice = std::get_if<Slice>(&node.operation)) {
        for (std::size_t i = 0; i < to.size(); ++i) {
            result.offset += slice->starts[i] * src.strides[i];
            result.strides.push_back(slice->steps[i] * src.strides[i]);
        }
    } else {
        result.strides = broadcast_strides(from, src.strides, to);
    }
    return result;
}

std::optional<Place> view_of_result(const Graph &graph, const Node &node, std::size_t index, const Place &dst) {
    const Shape &from = graph.value(node.inputs[index]).shape, &to = graph.value(node.output).shape;
    Place result{dst.root, dst.offset, dst.strides};
    if (std::holds_alternative<Reshape>(node.operation)) {
        std::optional<Strides> strides = reshape_strides(to, dst.strides, from);
        if (!strides) {
            return std::nullopt;
        }
        result.strides = std::move(*strides);
    } else if (const auto *transpose = std::get_if<Transpose>(&node.operation)) {
        for (std::size_t i = 0; i < to.size(); ++i) {
            result.strides[static_cast<std::size_t>(transpose->perm[i])] = dst.strides[i];
        }
    } else if (const auto *concat = std::get_if<Concat>(&node.operation)) {
        const auto axis = static_cast<std::size_t>(concat->axis);
        for (std::size_t i = 0; i < index; ++i) {
            result.offset += graph.value(node.inputs[i]).shape[axis] * dst.strides[axis];
        }
    } else {
        return std::nullopt;
    }
    return result;
}

}  // namespace ingot
