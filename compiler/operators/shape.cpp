// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/operators/families.h"
#include <utility>

namespace ingot {

namespace {

void convert_constant(OnnxBuilder &builder, Attributes &attributes) {
    const std::string &name = builder.node().outputs[0];
    const OnnxTensor *tensor = attributes.tensor("value");
    OnnxTensor result{name, "INT64", {}, std::vector<int64_t>{attributes.integer("value_int", 0)}};
    const std::vector<int64_t> integers = attributes.integers("value_ints");
    const std::vector<float> numbers = attributes.numbers("value_floats");
    const float number = attributes.number("value_float", 0);
    attributes.refuse_others();
    if (builder.node().attributes.size() != 1) {
        throw Refusal{"it needs exactly one of value, value_float, value_floats, value_int, value_ints; export the "
                      "model again"};
    }
    if (tensor != nullptr) {
        result = *tensor;
        result.name = name;
    } else if (attributes.has("value_float")) {
        result = {name, "FLOAT", {}, std::vector<float>{number}};
    } else if (attributes.has("value_floats")) {
        result = {name, "FLOAT", {static_cast<int64_t>(numbers.size())}, numbers};
    } else if (attributes.has("value_ints")) {
        result = {name, "INT64", {static_cast<int64_t>(integers.size())}, integers};
    }
    if (result.shape == std::vector<int64_t>{0} && std::holds_alternative<std::vector<float>>(result.data)) {
        throw Refusal{"an empty list is not supported; export the model again"};
    }
    builder.define_result(std::move(result));
}

}  // namespace

const std::vector<OnnxOperator> &shape_operators() {
    static const std::vector<OnnxOperator> operators{
        {"Constant", 0, 0, 1, convert_constant},
    };
    return operators;
}

}  // namespace ingot
