// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the conversions of operators have in common. All throw Refusal or FollowUp, as OnnxBuilder does.
#pragma once
#include "compiler/onnx/builder.h"
#include <string_view>

namespace ingot {

/// Adds a node between the current operator's sources and its result; its value is named after the latter, as in
/// `y.mean`. Reshapes, slices and expands have the shape `shape`, others the inferred one.
ValueId add_step(OnnxBuilder &builder, std::string_view suffix, Operation operation, std::vector<ValueId> inputs,
                 std::vector<int64_t> shape = {});

/// A Map of `expression`, as in `x0,x1,add`.
ValueId add_map(OnnxBuilder &builder, std::string_view suffix, std::string_view expression,
                std::vector<ValueId> inputs);
/// The same as the operator's result.
void add_map_result(OnnxBuilder &builder, std::string_view expression, std::vector<ValueId> inputs);

/// `id` under another shape; itself where it has this one.
ValueId add_reshape(OnnxBuilder &builder, std::string_view suffix, ValueId id, std::vector<int64_t> shape);
/// The same as the operator's result, which is a node of its own in any case.
void add_reshape_result(OnnxBuilder &builder, ValueId id, std::vector<int64_t> shape);

/// The types that an operator's sources may have.
enum class Types { floats, numbers, booleans, any };

/// An input of one of these types.
ValueId typed_input(OnnxBuilder &builder, std::size_t index, std::string_view role, Types types);
/// An input of type float32.
ValueId float_input(OnnxBuilder &builder, std::size_t index, std::string_view role);
/// The same, whose value has to be known at import.
ValueId constant_float_input(OnnxBuilder &builder, std::size_t index, std::string_view role);
/// `count` inputs from `first` on, all of one type.
std::vector<ValueId> read_sources(OnnxBuilder &builder, std::size_t first, std::size_t count, Types types);

/// Axis of a tensor of `rank` dimensions, counted from 0; negative ones count from its end.
int64_t resolve_axis(int64_t axis, std::size_t rank);
/// The same for several axes, which are then in rising order. Each may be named once.
std::vector<int64_t> resolve_axes(const std::vector<int64_t> &axes, std::size_t rank);

/// [1, count, 1, ...] of `rank` dimensions, with `count` in the place of `axis`.
std::vector<int64_t> shape_along(std::size_t axis, int64_t count, std::size_t rank);

/// A constant as it stands in an expression.
std::string number(double value);

}  // namespace ingot
