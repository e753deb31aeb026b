// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/infer_tensor_shape.h"
#include "spec/error.h"
#include <algorithm>
#include <numeric>

namespace ingot {

namespace {

using Shape = std::vector<int64_t>;

std::vector<Shape> input_shapes(const Graph &graph, const Node &node) {
    std::vector<Shape> shapes;
    for (const ValueId id : node.inputs) {
        shapes.push_back(graph.value(id).shape);
    }
    return shapes;
}

std::string shapes_text(const std::vector<Shape> &shapes) {
    std::string text;
    for (const Shape &shape : shapes) {
        text += (text.empty() ? "" : " and ") + shape_to_text(shape);
    }
    return text;
}

Shape common_shape(const Graph &graph, const Node &node) {
    const std::vector<Shape> shapes = input_shapes(graph, node);
    const std::optional<Shape> common = broadcast_shape(shapes);
    if (!common) {
        refuse_node(node, "shapes " + shapes_text(shapes) +
                              " do not broadcast; make the extents equal, or 1 where one is repeated");
    }
    return *common;
}

void check_input_count(const Node &node, std::size_t count) {
    INGOT_CHECK(node.inputs.size() == count, to_text(node.origin) + ": it has " +
                                                 std::to_string(node.inputs.size()) + " inputs, not " +
                                                 std::to_string(count));
}

Shape checked(const Node &node, Shape shape) {
    if (!element_count(shape)) {
        refuse_node(node, "a result of shape " + shape_to_text(shape) + " is empty or holds more than " +
                              std::to_string(max_elements) + " elements; use a smaller picture or batch");
    }
    return shape;
}

}  // namespace

void refuse_node(const Node &node, const std::string &reason) {
    throw Error(to_text(node.origin) + ": " + reason);
}

std::optional<Shape> broadcast_shape(const std::vector<Shape> &shapes) {
    std::size_t rank = 0;
    for (const Shape &shape : shapes) {
        rank = std::max(rank, shape.size());
    }
    Shape common(rank, 1);
    for (const Shape &shape : shapes) {
        for (std::size_t i = 0; i < shape.size(); ++i) {
            int64_t &extent = common[rank - shape.size() + i];
            if (extent != 1 && shape[i] != 1 && extent != shape[i]) {
                return std::nullopt;
            }
            extent = extent == 1 ? shape[i] : extent;
        }
    }
    return common;
}

Shape map_shape(const Graph &graph, const Node &node) {
    const Map &op = std::get<Map>(node.operation);
    INGOT_CHECK(is_well_formed(op.expression), to_text(node.origin) + ": its expression is malformed");
    check_input_count(node, static_cast<std::size_t>(operand_count(op.expression)));
    return checked(node, common_shape(graph, node));
}

Shape reduce_shape(const Graph &graph, const Node &node, const Reduce &op) {
    INGOT_CHECK(is_well_formed(op.expression), to_text(node.origin) + ": its expression is malformed");
    check_input_count(node, static_cast<std::size_t>(operand_count(op.expression)));
    const Shape src = common_shape(graph, node);
    Shape result;
    for (std::size_t i = 0; i < src.size(); ++i) {
        const bool is_reduced = std::find(op.axes.begin(), op.axes.end(), static_cast<int64_t>(i)) != op.axes.end();
        if (!is_reduced || op.keepdims) {
            result.push_back(is_reduced ? 1 : src[i]);
        }
    }
    for (const int64_t axis : op.axes) {
        INGOT_CHECK(axis >= 0 && axis < static_cast<int64_t>(src.size()),
                    to_text(node.origin) + ": an axis that does not exist");
    }
    return checked(node, std::move(result));
}

Shape matmul_shape(const Graph &graph, const Node &node) {
    check_input_count(node, 2);
    const std::vector<Shape> shapes = input_shapes(graph, node);
    const Shape &a = shapes[0], &b = shapes[1];
    INGOT_CHECK(a.size() >= 2 && b.size() >= 2, to_text(node.origin) + ": a matmul of rank below 2");
    std::optional<Shape> result = broadcast_shape({Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2)});
    if (!result || a.back() != b[b.size() - 2]) {
        refuse_node(node,
                    "matrices of shapes " + shapes_text(shapes) +
                        " cannot be multiplied; the last extent of the first is the last but one of the second");
    }
    result->push_back(a[a.size() - 2]);
    result->push_back(b.back());
    return checked(node, std::move(*result));
}

Shape transpose_shape(const Graph &graph, const Node &node, const Transpose &op) {
    check_input_count(node, 1);
    const Shape &src = graph.value(node.inputs[0]).shape;
    Shape axes(src.size()), sorted = op.perm;
    std::iota(axes.begin(), axes.end(), int64_t{0});
    std::sort(sorted.begin(), sorted.end());
    if (sorted != axes) {
        refuse_node(node, "perm=" + shape_to_text(op.perm) + " does not order the dimensions of " +
                              shape_to_text(src) + "; name each of them once");
    }
    Shape result;
    for (const int64_t axis : op.perm) {
        result.push_back(src[static_cast<std::size_t>(axis)]);
    }
    return result;
}

Shape slice_shape(const Graph &graph, const Node &node, const Slice &op) {
    check_input_count(node, 1);
    const Shape &src = graph.value(node.inputs[0]).shape, &result = graph.value(node.output).shape;
    INGOT_CHECK(op.starts.size() == src.size() && op.steps.size() == src.size() && result.size() == src.size(),
                to_text(node.origin) + ": a slice of another rank");
    for (std::size_t i = 0; i < src.size(); ++i) {
        const int64_t last = op.starts[i] + (result[i] - 1) * op.steps[i];
        if (result[i] < 1 || op.steps[i] == 0 || op.starts[i] < 0 || op.starts[i] >= src[i] || last < 0 ||
            last >= src[i]) {
            refuse_node(node, "it takes nothing, or elements beyond its source of shape " + shape_to_text(src) +
                                  "; choose starts and ends inside it");
        }
    }
    return result;
}

Shape expand_shape(const Graph &graph, const Node &node) {
    check_input_count(node, 1);
    const Shape &src = graph.value(node.inputs[0]).shape, &result = graph.value(node.output).shape;
    if (broadcast_shape({src, result}) != result) {
        refuse_node(node, "shape " + shape_to_text(src) + " does not broadcast to " + shape_to_text(result) +
                              "; make the extents equal, or 1 where one is repeated");
    }
    return checked(node, result);
}

Shape concat_shape(const Graph &graph, const Node &node, const Concat &op) {
    INGOT_CHECK(!node.inputs.empty(), to_text(node.origin) + ": a concat of nothing");
    const std::vector<Shape> shapes = input_shapes(graph, node);
    Shape result = shapes[0];
    INGOT_CHECK(op.axis >= 0 && op.axis < static_cast<int64_t>(result.size()),
                to_text(node.origin) + ": an axis that does not exist");
    const auto axis = static_cast<std::size_t>(op.axis);
    result[axis] = 0;
    for (const Shape &shape : shapes) {
        Shape others = shape;
        if (shape.size() == result.size()) {
            others[axis] = result[axis];
        }
        if (others != result) {
            refuse_node(node, "shapes " + shapes_text(shapes) + " differ beside axis " + std::to_string(op.axis) +
                                  "; make the other extents equal");
        }
        result[axis] += shape[axis];
    }
    return checked(node, std::move(result));
}

Shape pad_shape(const Graph &graph, const Node &node, const Pad &op) {
    check_input_count(node, 1);
    Shape result = graph.value(node.inputs[0]).shape;
    INGOT_CHECK(op.before.size() == result.size() && op.after.size() == result.size(),
                to_text(node.origin) + ": pads of another rank");
    for (std::size_t i = 0; i < result.size(); ++i) {
        INGOT_CHECK(op.before[i] >= 0 && op.after[i] >= 0, to_text(node.origin) + ": negative pads");
        result[i] += op.before[i] + op.after[i];
    }
    return checked(node, std::move(result));
}

Shape resample_shape(const Graph &graph, const Node &node, const Resample &op) {
    check_input_count(node, 1);
    Shape result = graph.value(node.inputs[0]).shape;
    INGOT_CHECK(op.axis >= 0 && op.axis < static_cast<int64_t>(result.size()) && op.taps >= 1 &&
                    static_cast<int64_t>(op.index.size()) % op.taps == 0 &&
                    op.weights.size() == (op.taps == 1 ? 0 : op.index.size()),
                to_text(node.origin) + ": tables that do not fit");
    int64_t &extent = result[static_cast<std::size_t>(op.axis)];
    for (const int32_t index : op.index) {
        INGOT_CHECK(index >= 0 && index < extent, to_text(node.origin) + ": an index beyond its source");
    }
    extent = static_cast<int64_t>(op.index.size()) / op.taps;
    return checked(node, std::move(result));
}

}  // namespace ingot
