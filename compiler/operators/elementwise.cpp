// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/operators/families.h"

namespace ingot {

namespace {

void convert_relu(OnnxBuilder &builder, Attributes &attributes) {
    attributes.refuse_others();
    builder.add_result(Relu{}, {builder.input(0, "source")});
}

}  // namespace

const std::vector<OnnxOperator> &elementwise_operators() {
    static const std::vector<OnnxOperator> operators{
        {"Relu", 1, 1, 1, convert_relu},
    };
    return operators;
}

}  // namespace ingot
