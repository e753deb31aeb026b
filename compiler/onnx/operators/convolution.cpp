// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/picture.h"
#include <utility>

namespace ingot {

namespace {

void convert_conv(OnnxBuilder &builder, Attributes &attributes) {
    const WindowAttributes window = read_window(attributes);
    const int64_t groups = read_groups(attributes);
    attributes.refuse_others();
    const Picture picture = read_picture(builder, window);
    const ValueId weights = read_weights(builder, picture);
    const std::vector<int64_t> &shape = builder.value(weights).shape;
    const Extent2 kernel = window.kernel.value_or(Extent2{shape[2], shape[3]});
    Conv2d conv{resolve_window(window, kernel, picture.extent), groups, {}, std::nullopt};
    std::vector<ValueId> inputs{picture.src, weights};
    if (builder.has_input(2)) {
        inputs.push_back(constant_float_input(builder, 2, "bias"));
        conv.epilogue = {{Function::bias}};
    }
    add_picture_result(builder, picture, std::move(conv), std::move(inputs));
}

}  // namespace

const std::vector<OnnxOperator> &convolution_operators() {
    static const std::vector<OnnxOperator> operators{
        {"Conv", 2, 3, 1, convert_conv, "1-D and 2-D; constant weights and bias"},
    };
    return operators;
}

}  // namespace ingot
