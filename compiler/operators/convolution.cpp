// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx_window.h"
#include "compiler/operators/families.h"
#include <utility>

namespace ingot {

namespace {

void convert_conv(OnnxBuilder &builder, Attributes &attributes) {
    const WindowAttributes window = read_window(attributes);
    const int64_t groups = attributes.integer("group", 1);
    attributes.refuse_others();
    if (groups < 1 || groups > max_elements) {
        throw Refusal{"group=" + std::to_string(groups) + " is not supported; use a divisor of the channels"};
    }
    const ValueId src = builder.input(0, "source");
    const Extent2 picture = picture_of(builder.value(src));
    const ValueId weights = builder.constant_input(1, "weights");
    const std::vector<int64_t> &shape = builder.value(weights).shape;
    if (shape.size() != 4) {
        throw Refusal{"weights of shape " + shape_to_text(shape) +
                      " are not supported, only rank 4 [co,ci,kh,kw]; export the model again"};
    }
    const Extent2 kernel = window.kernel.value_or(Extent2{shape[2], shape[3]});
    Conv2d conv{resolve_window(window, kernel, picture), groups, {}, std::nullopt};
    std::vector<ValueId> inputs{src, weights};
    if (builder.has_input(2)) {
        inputs.push_back(builder.constant_input(2, "bias"));
        conv.epilogue = {{Function::bias}};
    }
    builder.add_result(std::move(conv), std::move(inputs));
}

}  // namespace

const std::vector<OnnxOperator> &convolution_operators() {
    static const std::vector<OnnxOperator> operators{
        {"Conv", 2, 3, 1, convert_conv},
    };
    return operators;
}

}  // namespace ingot
