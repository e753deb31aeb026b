// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/graph.h"
#include "compiler/infer_tensor_shape.h"
#include "spec/error.h"

namespace ingot {

namespace {

constexpr std::string_view inconsistent =
    "; the model contradicts itself: check it with onnx.checker.check_model(model, full_check=True)";

[[noreturn]] void refuse_contradiction(const Node &node, const std::string &reason) {
    refuse_node(node, reason + std::string(inconsistent));
}

/// True where the kernel, spread by its dilation, fits into a padded extent.
bool fits(int64_t extent, int64_t before, int64_t after, int64_t kernel, int64_t dilation) {
    return extent + before + after >= dilation * (kernel - 1) + 1;
}

/// True where each of `count` windows along one axis holds an element of the picture. Of those that begin inside
/// it or behind it, the last decides.
bool every_window_sees_the_picture(int64_t extent, int64_t before, int64_t kernel, int64_t stride, int64_t dilation,
                                   int64_t count) {
    if ((count - 1) * stride - before >= extent) {
        return false;
    }
    for (int64_t i = 0; i < count && i * stride < before; ++i) {
        const int64_t outside = before - i * stride;
        const int64_t first_inside = (outside + dilation - 1) / dilation;
        if (first_inside >= kernel || first_inside * dilation - outside >= extent) {
            return false;
        }
    }
    return true;
}

std::vector<int64_t> checked_result(const Node &node, std::vector<int64_t> shape) {
    if (!element_count(shape)) {
        refuse_node(node, "a result of shape " + shape_to_text(shape) + " holds more than " +
                              std::to_string(max_elements) + " elements; use a smaller picture or batch");
    }
    return shape;
}

void check_window(const Node &node, const Window &window, const std::vector<int64_t> &src) {
    const auto in_range = [](int64_t value, int64_t least) { return value >= least && value <= max_elements; };
    const std::string most = std::to_string(max_elements);
    for (const Extent2 &extent : {window.kernel, window.stride, window.dilation}) {
        if (!in_range(extent.h, 1) || !in_range(extent.w, 1)) {
            refuse_contradiction(node, "kernel_shape, strides and dilations must be between 1 and " + most);
        }
    }
    const Pad2 &pad = window.pad;
    if (!in_range(pad.top, 0) || !in_range(pad.left, 0) || !in_range(pad.bottom, 0) || !in_range(pad.right, 0)) {
        refuse_contradiction(node, "pads must be between 0 and " + most);
    }
    const int64_t h = src[2], w = src[3];
    if (!fits(h, pad.top, pad.bottom, window.kernel.h, window.dilation.h) ||
        !fits(w, pad.left, pad.right, window.kernel.w, window.dilation.w)) {
        refuse_contradiction(node, "the window " + to_text(window) + " is larger than the padded picture of " +
                                       to_text(Extent2{h, w}));
    }
    const std::vector<int64_t> padded{src[0], src[1], h + pad.top + pad.bottom, w + pad.left + pad.right};
    if (!element_count(padded)) {
        refuse_node(node, "a padded source of shape " + shape_to_text(padded) + " holds more than " + most +
                              " elements; use smaller pads");
    }
}

/// Shape of a max-pool over [n, c, h, w].
std::vector<int64_t> pooled_shape(const Node &node, const std::vector<int64_t> &src, const Window &window) {
    check_window(node, window, src);
    const int64_t h = src[2], w = src[3];
    const Extent2 out = window.output(h, w);
    std::vector<int64_t> shape = checked_result(node, {src[0], src[1], out.h, out.w});
    const Extent2 &kernel = window.kernel, &stride = window.stride, &dilation = window.dilation;
    if (!every_window_sees_the_picture(h, window.pad.top, kernel.h, stride.h, dilation.h, out.h) ||
        !every_window_sees_the_picture(w, window.pad.left, kernel.w, stride.w, dilation.w, out.w)) {
        refuse_node(node, "with " + to_text(window) +
                              " some windows hold padding only, which has no maximum; use smaller pads");
    }
    return shape;
}

void check_rank_4(const Node &node, const std::vector<int64_t> &src) {
    if (src.size() != 4) {
        refuse_node(node, "a source of shape " + shape_to_text(src) +
                              " is not supported, only rank 4 [n,c,h,w]; reshape to it with extents of 1");
    }
}

void check_input_count(const Node &node, std::size_t count) {
    INGOT_CHECK(node.inputs.size() == count, to_text(node.origin) + ": wrong number of inputs");
}

/// A bias is the first step of an epilogue or there is none.
void check_bias_first(const Node &node, const std::vector<Call> &epilogue) {
    for (std::size_t i = 1; i < epilogue.size(); ++i) {
        INGOT_CHECK(epilogue[i].function != Function::bias, to_text(node.origin) + ": bias is not the first step");
    }
}

void check_per_channel(const Node &node, const char *what, const std::vector<int64_t> &shape, int64_t co) {
    if (shape != std::vector<int64_t>{co}) {
        refuse_contradiction(node, std::string(what) + " of shape " + shape_to_text(shape) + " does not fit " +
                                       std::to_string(co) + " output channels");
    }
}

/// The inputs behind the first `operands`, of a node whose result before a fused pool is `result`.
void check_epilogue(const Graph &graph, const Node &node, const std::vector<Call> &epilogue, std::size_t operands,
                    const std::vector<int64_t> &result) {
    check_bias_first(node, epilogue);
    std::size_t next = operands;
    for (const Call &call : epilogue) {
        if (!reads_tensor(call.function)) {
            continue;
        }
        INGOT_CHECK(next < node.inputs.size(), to_text(node.origin) + ": an epilogue without its inputs");
        const std::vector<int64_t> &shape = graph.value(node.inputs[next++]).shape;
        if (call.function == Function::add) {
            INGOT_CHECK(shape == result, to_text(node.origin) + ": adds a tensor of another shape");
        } else {
            check_per_channel(node, call.function == Function::bias ? "a bias" : "a slope", shape, result[1]);
        }
    }
    check_input_count(node, next);
}

/// The shape of each kind of node's result.
struct InferShape {
    const Graph &graph;
    const Node &node;

    [[nodiscard]] const std::vector<int64_t> &input(std::size_t i) const {
        return graph.value(node.inputs[i]).shape;
    }

    std::vector<int64_t> operator()(const Conv2d &op) const {
        INGOT_CHECK(node.inputs.size() >= 2, to_text(node.origin) + ": a convolution without weights");
        const std::vector<int64_t> &src = input(0), &weights = input(1);
        check_rank_4(node, src);
        const auto refuse_weights = [&](const std::string &why) {
            refuse_contradiction(node, "weights of shape " + shape_to_text(weights) +
                                           " with group=" + std::to_string(op.groups) +
                                           " do not fit a source of shape " + shape_to_text(src) + ": " + why);
        };
        if (weights.size() != 4) {
            refuse_weights("they need rank 4");
        }
        if (op.groups < 1 || src[1] % op.groups != 0 || src[1] / op.groups != weights[1]) {
            refuse_weights("input channels differ");
        }
        if (weights[0] % op.groups != 0) {
            refuse_weights("group does not divide the output channels");
        }
        if (op.window.kernel != Extent2{weights[2], weights[3]}) {
            refuse_weights("kernel_shape is " + to_text(op.window.kernel));
        }
        check_window(node, op.window, src);
        const Extent2 out = op.window.output(src[2], src[3]);
        std::vector<int64_t> shape = checked_result(node, {src[0], weights[0], out.h, out.w});
        check_epilogue(graph, node, op.epilogue, 2, shape);
        return op.pool ? pooled_shape(node, shape, *op.pool) : shape;
    }

    std::vector<int64_t> operator()(const Pool2d &op) const {
        for (const Call &call : op.epilogue) {
            INGOT_CHECK(!reads_tensor(call.function), to_text(node.origin) + ": a max-pool with a bias");
        }
        check_input_count(node, 1);
        check_rank_4(node, input(0));
        return pooled_shape(node, input(0), op.window);
    }

    std::vector<int64_t> operator()(const Gemm &op) const {
        INGOT_CHECK(node.inputs.size() >= 2, to_text(node.origin) + ": a gemm without weights");
        const std::vector<int64_t> &src = input(0), &weights = input(1);
        if (src.empty() || weights.size() != 2 || *element_count(src) / src[0] != weights[1]) {
            refuse_contradiction(node, "weights of shape " + shape_to_text(weights) +
                                           " (outputs, inputs) do not fit a source of shape " + shape_to_text(src));
        }
        std::vector<int64_t> shape = checked_result(node, {src[0], weights[0]});
        check_epilogue(graph, node, op.epilogue, 2, shape);
        return shape;
    }

    std::vector<int64_t> operator()(const Relu &) const {
        check_input_count(node, 1);
        return input(0);
    }

    std::vector<int64_t> operator()(const Reshape &) const {
        check_input_count(node, 1);
        const std::vector<int64_t> &result = graph.value(node.output).shape;
        if (element_count(result) != element_count(input(0))) {
            refuse_contradiction(node,
                                 "shape " + shape_to_text(input(0)) + " cannot become " + shape_to_text(result));
        }
        return result;
    }

    std::vector<int64_t> operator()(const Identity &) const {
        check_input_count(node, 1);
        return input(0);
    }

    std::vector<int64_t> operator()(const Map &) const { return map_shape(graph, node); }
    std::vector<int64_t> operator()(const Reduce &op) const { return reduce_shape(graph, node, op); }
    std::vector<int64_t> operator()(const MatMul &) const { return matmul_shape(graph, node); }
    std::vector<int64_t> operator()(const Transpose &op) const { return transpose_shape(graph, node, op); }
    std::vector<int64_t> operator()(const Slice &op) const { return slice_shape(graph, node, op); }
    std::vector<int64_t> operator()(const Expand &) const { return expand_shape(graph, node); }
    std::vector<int64_t> operator()(const Concat &op) const { return concat_shape(graph, node, op); }
    std::vector<int64_t> operator()(const Pad &op) const { return pad_shape(graph, node, op); }
    std::vector<int64_t> operator()(const Resample &op) const { return resample_shape(graph, node, op); }
};

}  // namespace

DataType infer_type(const Graph &graph, const Node &node) {
    const auto input_type = [&](std::size_t i) { return graph.value(node.inputs[i]).type; };
    if (const auto *reduce = std::get_if<Reduce>(&node.operation); reduce != nullptr && reduces_to_index(*reduce)) {
        return DataType::i64;
    }
    const auto *map = std::get_if<Map>(&node.operation);
    if (map == nullptr) {
        return input_type(0);
    }
    return evaluate<DataType>(
        map->expression, [&](int operand) { return input_type(static_cast<std::size_t>(operand)); },
        [](float) { return DataType::f32; },
        [](const Call &call, const std::vector<DataType> &arguments) {
            const DataType first = arguments.front(), last = arguments.back();
            return result_type(call.function, call.function == Function::where ? last
                                              : first == DataType::f32         ? last
                                                                               : first);
        });
}

std::vector<int64_t> infer_shape(const Graph &graph, const Node &node) {
    return std::visit(InferShape{graph, node}, node.operation);
}

}  // namespace ingot
