// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/graph.h"
#include "spec/error.h"

namespace ingot {

namespace {

constexpr std::string_view inconsistent =
    "; the model contradicts itself: check it with onnx.checker.check_model(model, full_check=True)";

[[noreturn]] void refuse(const Node &node, const std::string &reason) {
    throw Error(to_text(node.origin) + ": " + reason);
}

[[noreturn]] void refuse_contradiction(const Node &node, const std::string &reason) {
    refuse(node, reason + std::string(inconsistent));
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
        refuse(node, "a result of shape " + shape_to_text(shape) + " holds more than " +
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
        refuse(node, "a padded source of shape " + shape_to_text(padded) + " holds more than " + most +
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
        refuse(node, "with " + to_text(window) +
                         " some windows hold padding only, which has no maximum; use smaller pads");
    }
    return shape;
}

void check_rank_4(const Node &node, const std::vector<int64_t> &src) {
    if (src.size() != 4) {
        refuse(node, "a source of shape " + shape_to_text(src) +
                         " is not supported, only rank 4 [n,c,h,w]; reshape to it with extents of 1");
    }
}

void check_input_count(const Node &node, std::size_t count) {
    INGOT_CHECK(node.inputs.size() == count, to_text(node.origin) + ": wrong number of inputs");
}

/// A bias is the first step of an epilogue or there is none.
bool has_bias(const Node &node, const std::vector<Epilogue> &epilogue) {
    for (std::size_t i = 1; i < epilogue.size(); ++i) {
        INGOT_CHECK(epilogue[i].kind != EpilogueKind::bias, to_text(node.origin) + ": bias is not the first step");
    }
    return !epilogue.empty() && epilogue.front().kind == EpilogueKind::bias;
}

void check_bias(const Node &node, const std::vector<int64_t> &bias, int64_t co) {
    if (bias != std::vector<int64_t>{co}) {
        refuse_contradiction(node, "a bias of shape " + shape_to_text(bias) + " does not fit " +
                                       std::to_string(co) + " output channels");
    }
}

/// The shape of each kind of node's result.
struct InferShape {
    const Graph &graph;
    const Node &node;

    [[nodiscard]] const std::vector<int64_t> &input(std::size_t i) const {
        return graph.value(node.inputs[i]).shape;
    }

    std::vector<int64_t> operator()(const Conv2d &op) const {
        const bool bias = has_bias(node, op.epilogue);
        check_input_count(node, bias ? 3 : 2);
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
        if (bias) {
            check_bias(node, input(2), weights[0]);
        }
        check_window(node, op.window, src);
        const Extent2 out = op.window.output(src[2], src[3]);
        std::vector<int64_t> shape = checked_result(node, {src[0], weights[0], out.h, out.w});
        return op.pool ? pooled_shape(node, shape, *op.pool) : shape;
    }

    std::vector<int64_t> operator()(const Pool2d &op) const {
        INGOT_CHECK(!has_bias(node, op.epilogue), to_text(node.origin) + ": a max-pool with a bias");
        check_input_count(node, 1);
        check_rank_4(node, input(0));
        return pooled_shape(node, input(0), op.window);
    }

    std::vector<int64_t> operator()(const Gemm &op) const {
        const bool bias = has_bias(node, op.epilogue);
        check_input_count(node, bias ? 3 : 2);
        const std::vector<int64_t> &src = input(0), &weights = input(1);
        if (src.empty() || weights.size() != 2 || *element_count(src) / src[0] != weights[1]) {
            refuse_contradiction(node, "weights of shape " + shape_to_text(weights) +
                                           " (outputs, inputs) do not fit a source of shape " + shape_to_text(src));
        }
        if (bias) {
            check_bias(node, input(2), weights[0]);
        }
        return checked_result(node, {src[0], weights[0]});
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
};

}  // namespace

std::vector<int64_t> infer_shape(const Graph &graph, const Node &node) {
    return std::visit(InferShape{graph, node}, node.operation);
}

}  // namespace ingot
