// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators over an axis; before opset 13, over all dimensions from it on, by default from 1.
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/steps.h"
#include <numeric>
#include <utility>

namespace ingot {

namespace {

struct Normalized {
    ValueId src;
    std::vector<int64_t> axes;
};

Normalized read_normalized(OnnxBuilder &builder, Attributes &attributes) {
    const bool one_axis = builder.opset() >= 13;
    const int64_t axis = attributes.integer("axis", one_axis ? -1 : 1);
    attributes.refuse_others();
    const ValueId src = float_input(builder, 0, "source");
    const std::size_t rank = builder.value(src).shape.size();
    const auto first = static_cast<std::size_t>(resolve_axis(axis, rank));
    std::vector<int64_t> axes(one_axis ? 1 : rank - first);
    std::iota(axes.begin(), axes.end(), static_cast<int64_t>(first));
    return {src, std::move(axes)};
}

struct Exponentials {
    ValueId largest, sum;
};

/// max(x) and the sum of exp(x - max(x)).
Exponentials add_exponentials(OnnxBuilder &builder, const Normalized &over) {
    const ValueId largest = add_step(builder, "max", Reduce{Reduction::max, over.axes}, {over.src});
    const ValueId sum =
        add_step(builder, "sum", Reduce{Reduction::sum, over.axes, true, parse_expression("x0,x1,sub,exp")},
                 {over.src, largest});
    return {largest, sum};
}

/// exp(x - max) / sum.
void convert_softmax(OnnxBuilder &builder, Attributes &attributes) {
    const Normalized over = read_normalized(builder, attributes);
    const Exponentials exponentials = add_exponentials(builder, over);
    add_map_result(builder, "x0,x1,sub,exp,x2,div", {over.src, exponentials.largest, exponentials.sum});
}

/// x - max - log(sum).
void convert_log_softmax(OnnxBuilder &builder, Attributes &attributes) {
    const Normalized over = read_normalized(builder, attributes);
    const Exponentials exponentials = add_exponentials(builder, over);
    const ValueId log = add_map(builder, "log", "x0,log", {exponentials.sum});
    add_map_result(builder, "x0,x1,sub,x2,sub", {over.src, exponentials.largest, log});
}

/// 1 at the first of the largest elements, else 0: where the index is that of ArgMax.
void convert_hardmax(OnnxBuilder &builder, Attributes &attributes) {
    const Normalized over = read_normalized(builder, attributes);
    const std::vector<int64_t> shape = builder.value(over.src).shape;
    const auto first = static_cast<std::ptrdiff_t>(over.axes.front()),
               end = static_cast<std::ptrdiff_t>(over.axes.back()) + 1;
    std::vector<int64_t> merged(shape.begin(), shape.begin() + first);
    const int64_t count = *element_count({shape.begin() + first, shape.begin() + end});
    merged.push_back(count);
    merged.insert(merged.end(), shape.begin() + end, shape.end());
    const ValueId src = add_reshape(builder, "merged", over.src, merged);
    const ValueId largest = add_step(builder, "index", Reduce{Reduction::arg_max, {over.axes.front()}}, {src});
    std::vector<float> counted(static_cast<std::size_t>(count));
    std::iota(counted.begin(), counted.end(), 0.0F);
    const ValueId indices = builder.add_constant(builder.node().outputs[0] + ".indices",
                                                 shape_along(static_cast<std::size_t>(first), count, merged.size()),
                                                 std::move(counted));
    const ValueId result = add_map(builder, "hardmax", "x0,x1,to_f32,equal,to_f32", {indices, largest});
    builder.add_result(Reshape{}, {result}, shape);
}

}  // namespace

const std::vector<OnnxOperator> &softmax_operators() {
    static const std::vector<OnnxOperator> operators{
        {"Hardmax", 1, 1, 1, convert_hardmax},
        {"LogSoftmax", 1, 1, 1, convert_log_softmax},
        {"Softmax", 1, 1, 1, convert_softmax},
    };
    return operators;
}

}  // namespace ingot
