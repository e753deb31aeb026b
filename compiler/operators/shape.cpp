// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/operators/families.h"
#include <utility>

namespace ingot {

namespace {

std::vector<float> as_floats(const std::vector<int64_t> &list) {
    std::vector<float> result;
    for (const int64_t element : list) {
        result.push_back(static_cast<float>(element));
    }
    return result;
}

void convert_constant(OnnxBuilder &builder, Attributes &attributes) {
    const OnnxTensor *tensor = attributes.tensor("value");
    const int64_t integer = attributes.integer("value_int", 0);
    const std::vector<int64_t> integers = attributes.integers("value_ints");
    const std::vector<float> numbers = attributes.numbers("value_floats");
    const float number = attributes.number("value_float", 0);
    attributes.refuse_others();
    if (builder.node().attributes.size() != 1) {
        throw Refusal{"it needs exactly one of value, value_float, value_floats, value_int, value_ints; export the "
                      "model again"};
    }
    OnnxTensor result;
    if (tensor != nullptr) {
        result = *tensor;
    } else if (attributes.has("value_float")) {
        result = {{}, DataType::f32, {}, std::vector<float>{number}};
    } else if (attributes.has("value_floats")) {
        result = {{}, DataType::f32, {static_cast<int64_t>(numbers.size())}, numbers};
    } else if (attributes.has("value_ints")) {
        result = {{}, DataType::i64, {static_cast<int64_t>(integers.size())}, as_floats(integers)};
    } else {
        result = {{}, DataType::i64, {}, as_floats({integer})};
    }
    result.name = builder.node().outputs[0];
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
