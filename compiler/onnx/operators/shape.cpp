// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constants, and operators whose result depends on shapes and types alone.
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/steps.h"
#include <algorithm>
#include <array>
#include <cmath>
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

/// The source's extents from `start` to before `end`.
void convert_shape(OnnxBuilder &builder, Attributes &attributes) {
    const bool has_range = builder.opset() >= 15;
    const bool has_end = has_range && attributes.has("end");
    int64_t start = has_range ? attributes.integer("start", 0) : 0,
            end = has_range ? attributes.integer("end", 0) : 0;
    attributes.refuse_others();
    const std::vector<int64_t> shape =
        builder.is_empty_list(0) ? std::vector<int64_t>{0} : builder.value(builder.input(0, "data")).shape;
    const auto rank = static_cast<int64_t>(shape.size());
    const auto position = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
    start = position(start);
    end = has_end ? std::max(start, position(end)) : rank;
    builder.define_result({end - start}, as_floats({shape.begin() + start, shape.begin() + end}), DataType::i64);
}

void convert_size(OnnxBuilder &builder, Attributes &attributes) {
    attributes.refuse_others();
    const int64_t size = builder.is_empty_list(0) ? 0 : builder.value(builder.input(0, "data")).size();
    builder.define_result({}, as_floats({size}), DataType::i64);
}

/// A constant shape, else the one that the file declares for the result.
std::vector<int64_t> read_result_shape(OnnxBuilder &builder) {
    if (builder.is_empty_list(0)) {
        return {};
    }
    const std::vector<int64_t> *declared = builder.declared_shape();
    return declared != nullptr && !builder.is_constant(builder.input(0, "shape")) ? *declared
                                                                                  : builder.integers(0, "shape");
}

/// The only element of `value`, a float32 0 where it is left out; an Expand repeats it.
void convert_constant_of_shape(OnnxBuilder &builder, Attributes &attributes) {
    const OnnxTensor *value = attributes.tensor("value");
    attributes.refuse_others();
    const auto *data = value == nullptr ? nullptr : std::get_if<std::vector<float>>(&value->data);
    if (value != nullptr && (data == nullptr || data->size() != 1 || !std::isfinite((*data)[0]))) {
        throw Refusal{"value is not one finite element of a supported type; export the model again"};
    }
    const DataType type = value == nullptr ? DataType::f32 : value_type(value->type);
    const std::vector<int64_t> shape = read_result_shape(builder);
    if (shape == std::vector<int64_t>{0}) {
        builder.define_result({0}, {}, type);
        return;
    }
    if (!element_count(shape)) {
        throw Refusal{"shape " + shape_to_text(shape) + " is not supported; use extents above 0 and at most " +
                      std::to_string(max_elements) + " elements"};
    }
    const std::string name = builder.node().outputs[0] + ".element";
    const ValueId element = builder.add_constant(name, {}, {data == nullptr ? 0.0f : (*data)[0]}, type);
    if (shape.empty()) {
        builder.forward(element);
    } else {
        builder.add_result(Expand{}, {element}, shape);
    }
}

/// dst[i] = start + i * delta, max(0, ceil((limit - start) / delta)) elements.
void convert_range(OnnxBuilder &builder, Attributes &attributes) {
    attributes.refuse_others();
    const DataType type = builder.value(read_sources(builder, 0, 3, Types::numbers).front()).type;
    const double start = double{builder.number(0, "start")}, limit = double{builder.number(1, "limit")},
                 delta = double{builder.number(2, "delta")};
    const double count = std::max(0.0, std::ceil((limit - start) / delta));
    if (!(count <= static_cast<double>(max_elements))) {
        throw Refusal{"a delta of 0, or more than " + std::to_string(max_elements) +
                      " elements, is not supported; export the model again"};
    }
    builder.charge(static_cast<int64_t>(count));
    std::vector<float> data(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < data.size(); ++i) {
        data[i] = static_cast<float>(start + static_cast<double>(i) * delta);
    }
    const auto size = static_cast<int64_t>(data.size());
    builder.define_result({size}, std::move(data), type);
}

/// The result is the source, an empty list too, as another type. Integers of 32 bits count as int64.
void cast(OnnxBuilder &builder, DataType to) {
    if (builder.is_empty_list(0)) {
        builder.define_result({0}, {}, value_type(to));
        return;
    }
    const ValueId src = builder.input(0, "source");
    const DataType from = builder.value(src).type;
    if (from == to || from == value_type(to)) {
        builder.forward(src);
    } else if (to == DataType::u8) {
        throw Refusal{"a cast to UINT8 is not supported; use FLOAT, INT64 or BOOL"};
    } else {
        const std::string_view function = to == DataType::f32       ? "to_f32"
                                          : to == DataType::boolean ? "to_bool"
                                                                    : "to_i64";
        add_map_result(builder, "x0," + std::string(function), {src});
    }
}

/// Codes of TensorProto.DataType.
constexpr std::array<std::pair<int64_t, DataType>, 6> type_codes = {{{1, DataType::f32},
                                                                     {2, DataType::u8},
                                                                     {6, DataType::i32},
                                                                     {7, DataType::i64},
                                                                     {9, DataType::boolean},
                                                                     {11, DataType::f32}}};

/// Before opset 6, `to` is a name. A double is computed in float32.
void convert_cast(OnnxBuilder &builder, Attributes &attributes) {
    std::optional<DataType> to;
    std::string text;
    if (builder.opset() < 6) {
        text = attributes.text("to", "");
        to = read_onnx_type(text);
    } else {
        const int64_t code = attributes.integer("to", 0);
        text = std::to_string(code);
        for (const auto &[known, type] : type_codes) {
            to = known == code ? type : to;
        }
    }
    if (builder.opset() >= 19) {  // of float8 types only
        attributes.integer("saturate", 1);
    }
    if (builder.opset() >= 24) {
        attributes.text("round_mode", "up");
    }
    attributes.refuse_others();
    if (!to) {
        throw Refusal{"to=" + printable(text) +
                      " is not supported; use FLOAT (1), INT32 (6), INT64 (7) or BOOL (9)"};
    }
    cast(builder, *to);
}

void convert_cast_like(OnnxBuilder &builder, Attributes &attributes) {
    if (builder.opset() >= 19) {
        attributes.integer("saturate", 1);
    }
    if (builder.opset() >= 24) {
        attributes.text("round_mode", "up");
    }
    attributes.refuse_others();
    cast(builder, builder.value(builder.input(1, "target_type")).type);
}

}  // namespace

const std::vector<OnnxOperator> &shape_operators() {
    static const std::vector<OnnxOperator> operators{
        {"Cast", 1, 1, 1, convert_cast, "to float32, int32, int64 and bool"},
        {"CastLike", 2, 2, 1, convert_cast_like, "to float32, int32, int64 and bool"},
        {"Constant", 0, 0, 1, convert_constant, "no strings, no sparse tensors"},
        {"ConstantOfShape", 1, 1, 1, convert_constant_of_shape,
         "shape is constant, or the model declares the result's"},
        {"Range", 3, 3, 1, convert_range, "start, limit and delta are constant"},
        {"Shape", 1, 1, 1, convert_shape},
        {"Size", 1, 1, 1, convert_size},
    };
    return operators;
}

}  // namespace ingot
