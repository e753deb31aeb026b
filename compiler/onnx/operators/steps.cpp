// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/operators/steps.h"
#include "spec/text.h"
#include <algorithm>
#include <utility>

namespace ingot {

namespace {

/// ONNX's name of a type.
std::string_view onnx_type(DataType type) {
    switch (type) {
    case DataType::f32:
        return "FLOAT";
    case DataType::i64:
        return "INT64";
    case DataType::i32:
        return "INT32";
    case DataType::u8:
        return "UINT8";
    case DataType::boolean:
        return "BOOL";
    case DataType::bf16:
        return "BFLOAT16";
    case DataType::f16:
        return "FLOAT16";
    }
    return "unknown";
}

bool accepts(Types types, DataType type) {
    switch (types) {
    case Types::floats:
        return type == DataType::f32;
    case Types::numbers:
        return type != DataType::boolean;
    case Types::booleans:
        return type == DataType::boolean;
    case Types::any:
        break;
    }
    return true;
}

std::string_view names_of(Types types) {
    return types == Types::floats ? "float32" : types == Types::numbers ? "float32 or an integer type" : "bool";
}

}  // namespace

ValueId add_step(OnnxBuilder &builder, std::string_view suffix, Operation operation, std::vector<ValueId> inputs,
                 std::vector<int64_t> shape) {
    return builder.add_helper(std::move(operation), std::move(inputs), std::move(shape),
                              builder.node().outputs[0] + '.' + std::string(suffix));
}

ValueId add_map(OnnxBuilder &builder, std::string_view suffix, std::string_view expression,
                std::vector<ValueId> inputs) {
    return add_step(builder, suffix, Map{parse_expression(expression)}, std::move(inputs));
}

void add_map_result(OnnxBuilder &builder, std::string_view expression, std::vector<ValueId> inputs) {
    builder.add_result(Map{parse_expression(expression)}, std::move(inputs));
}

ValueId add_reshape(OnnxBuilder &builder, std::string_view suffix, ValueId id, std::vector<int64_t> shape) {
    return builder.value(id).shape == shape ? id : add_step(builder, suffix, Reshape{}, {id}, std::move(shape));
}

void add_reshape_result(OnnxBuilder &builder, ValueId id, std::vector<int64_t> shape) {
    builder.add_result(Reshape{}, {id}, std::move(shape));
}

ValueId typed_input(OnnxBuilder &builder, std::size_t index, std::string_view role, Types types) {
    const ValueId id = builder.input(index, role);
    const DataType type = builder.value(id).type;
    if (!accepts(types, type)) {
        throw Refusal{std::string(role) + ' ' + quote(builder.node().inputs[index]) + " has type " +
                      std::string(onnx_type(type)) + ", only " + std::string(names_of(types)) +
                      " is supported; cast it before"};
    }
    return id;
}

ValueId float_input(OnnxBuilder &builder, std::size_t index, std::string_view role) {
    return typed_input(builder, index, role, Types::floats);
}

ValueId constant_float_input(OnnxBuilder &builder, std::size_t index, std::string_view role) {
    float_input(builder, index, role);
    return builder.constant_input(index, role);
}

std::vector<ValueId> read_sources(OnnxBuilder &builder, std::size_t first, std::size_t count, Types types) {
    std::vector<ValueId> sources;
    for (std::size_t i = first; i < first + count; ++i) {
        sources.push_back(typed_input(builder, i, "source", types));
        if (builder.value(sources.back()).type != builder.value(sources.front()).type) {
            throw Refusal{"sources " + quote(builder.node().inputs[first]) + " and " +
                          quote(builder.node().inputs[i]) +
                          " differ in type, which is not supported; cast one of them before"};
        }
    }
    return sources;
}

int64_t resolve_axis(int64_t axis, std::size_t rank) {
    const auto count = static_cast<int64_t>(rank);
    if (axis < -count || axis >= count) {
        const std::string range = std::to_string(-count) + " to " + std::to_string(count - 1);
        throw Refusal{"axis=" + std::to_string(axis) + " is not supported for a source of rank " +
                      std::to_string(rank) + "; use " + (rank == 0 ? "a source of rank 1 or more" : range)};
    }
    return axis < 0 ? axis + count : axis;
}

std::vector<int64_t> resolve_axes(const std::vector<int64_t> &axes, std::size_t rank) {
    std::vector<int64_t> result;
    for (const int64_t axis : axes) {
        result.push_back(resolve_axis(axis, rank));
    }
    std::sort(result.begin(), result.end());
    if (std::adjacent_find(result.begin(), result.end()) != result.end()) {
        throw Refusal{"axes=" + shape_to_text(axes) +
                      " name a dimension twice, which is not supported; name each "
                      "once"};
    }
    return result;
}

std::vector<int64_t> shape_along(std::size_t axis, int64_t count, std::size_t rank) {
    std::vector<int64_t> shape(rank, 1);
    shape[axis] = count;
    return shape;
}

std::string number(double value) {
    return print_float(static_cast<float>(value));
}

}  // namespace ingot
