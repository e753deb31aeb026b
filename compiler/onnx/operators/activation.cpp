// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elementwise operators that are more than a function of the same attributes.
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/steps.h"
#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace ingot {

namespace {

void convert_relu(OnnxBuilder &builder, Attributes &attributes) {
    attributes.refuse_others();
    const ValueId src = typed_input(builder, 0, "source", Types::numbers);
    if (builder.value(src).type == DataType::f32) {
        builder.add_result(Relu{}, {src});
    } else {
        add_map_result(builder, "x0,0,max", {src});
    }
}

/// One of Clip's bounds: a constant where it is known at import, else the scalar that is computed, if there is one.
struct Bound {
    std::optional<float> constant;
    std::optional<ValueId> computed;
};

Bound read_bound(OnnxBuilder &builder, std::size_t index, DataType type) {
    if (!builder.has_input(index)) {
        return {};
    }
    const std::string_view role = index == 1 ? "min" : "max";
    const ValueId id = builder.input(index, role);
    if (builder.value(id).type != type || builder.value(id).size() != 1) {
        throw Refusal{std::string(role) + ' ' + quote(builder.node().inputs[index]) +
                      " is no scalar of the source's type, which is not supported; export the model again"};
    }
    if (builder.is_constant(id)) {
        return {builder.value(id).constant->front(), std::nullopt};
    }
    return {std::nullopt, add_reshape(builder, role, id, {})};
}

/// The least and the most value are attributes before opset 11, then inputs. Either may be left out.
void convert_clip(OnnxBuilder &builder, Attributes &attributes) {
    constexpr float largest = std::numeric_limits<float>::max();
    Bound min, max;
    if (builder.opset() < 11) {
        min.constant = std::max(-largest, attributes.number("min", -largest));
        max.constant = std::min(largest, attributes.number("max", largest));
        if (builder.node().inputs.size() > 1) {
            throw Refusal{"it has " + std::to_string(builder.node().inputs.size()) +
                          " inputs, not 1; export the model again"};
        }
    }
    attributes.refuse_others();
    const ValueId src = typed_input(builder, 0, "source", Types::numbers);
    const DataType type = builder.value(src).type;
    if (builder.opset() >= 11) {
        min = read_bound(builder, 1, type);
        max = read_bound(builder, 2, type);
    }
    if (type == DataType::f32 && !min.computed && !max.computed) {
        const float least = min.constant.value_or(-largest), most = max.constant.value_or(largest);
        if (least == 0.0F && most == largest) {
            builder.add_result(Relu{}, {src});
        } else {
            builder.add_result(Map{{operand_term(0), call_term(Function::clip, least, most)}}, {src});
        }
        return;
    }
    std::string expression = "x0";
    std::vector<ValueId> sources{src};
    for (const auto &[bound, function] : {std::pair{min, ",max"}, std::pair{max, ",min"}}) {
        if (bound.constant) {
            expression += ',' + number(*bound.constant) + function;
        } else if (bound.computed) {
            expression += ",x" + std::to_string(sources.size()) + function;
            sources.push_back(*bound.computed);
        }
    }
    add_map_result(builder, expression, sources);
}

/// x >= 0 ? x : slope * x; the slope broadcasts to x. Before opset 7 a slope of rank 1 is per channel.
void convert_prelu(OnnxBuilder &builder, Attributes &attributes) {
    attributes.refuse_others();
    std::vector<ValueId> sources = read_sources(builder, 0, 2, Types::floats);
    const std::vector<int64_t> x = builder.value(sources[0]).shape, slope = builder.value(sources[1]).shape;
    if (builder.opset() < 7 && slope.size() == 1 && x.size() >= 2) {
        sources[1] = add_reshape(builder, "slope", sources[1], shape_along(0, slope[0], x.size() - 1));
    }
    if (broadcast_shape({x, builder.value(sources[1]).shape}) != x) {
        throw Refusal{"slope of shape " + shape_to_text(slope) + " does not broadcast to " + shape_to_text(x) +
                      "; use [C,1,1] for a slope per channel"};
    }
    add_map_result(builder, "x0,x1,prelu", sources);
}

void convert_gelu(OnnxBuilder &builder, Attributes &attributes) {
    const std::string approximate = attributes.text("approximate", "none");
    attributes.refuse_others();
    if (approximate != "none" && approximate != "tanh") {
        throw Refusal{"approximate=" + printable(approximate) + " is not supported; use none or tanh"};
    }
    add_map_result(builder, approximate == "tanh" ? "x0,gelu_tanh" : "x0,gelu",
                   {float_input(builder, 0, "source")});
}

/// x * sigmoid(alpha * x).
void convert_swish(OnnxBuilder &builder, Attributes &attributes) {
    const float alpha = attributes.number("alpha", 1.0F);
    attributes.refuse_others();
    const ValueId src = float_input(builder, 0, "source");
    add_map_result(builder, alpha == 1.0F ? "x0,silu" : "x0,x0," + number(alpha) + ",mul,sigmoid,mul", {src});
}

/// x < -lambd ? x + bias : x > lambd ? x - bias : 0.
void convert_shrink(OnnxBuilder &builder, Attributes &attributes) {
    const std::string bias = number(attributes.number("bias", 0.0F));
    const float lambd = attributes.number("lambd", 0.5F);
    attributes.refuse_others();
    add_map_result(builder,
                   "x0," + number(-lambd) + ",less,x0," + bias + ",add,x0," + number(lambd) + ",greater,x0," +
                       bias + ",sub,0,where,where",
                   {float_input(builder, 0, "source")});
}

}  // namespace

const std::vector<OnnxOperator> &activation_operators() {
    static const std::vector<OnnxOperator> operators{
        {"Clip", 1, 3, 1, convert_clip}, {"Gelu", 1, 1, 1, convert_gelu},     {"PRelu", 2, 2, 1, convert_prelu},
        {"Relu", 1, 1, 1, convert_relu}, {"Shrink", 1, 1, 1, convert_shrink}, {"Swish", 1, 1, 1, convert_swish},
    };
    return operators;
}

}  // namespace ingot
