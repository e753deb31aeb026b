// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx_window.h"
#include "compiler/operators/families.h"

namespace ingot {

namespace {

void convert_max_pool(OnnxBuilder &builder, Attributes &attributes) {
    const WindowAttributes window = read_pool_window(attributes, builder.opset());
    attributes.refuse_others();
    const ValueId src = builder.input(0, "source");
    const Extent2 picture = picture_of(builder.value(src));
    builder.add_result(Pool2d{resolve_window(window, *window.kernel, picture), {}}, {src});
}

}  // namespace

const std::vector<OnnxOperator> &pooling_operators() {
    static const std::vector<OnnxOperator> operators{
        {"MaxPool", 1, 1, 2, convert_max_pool},
    };
    return operators;
}

}  // namespace ingot
