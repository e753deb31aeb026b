// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators with which exporters compute positions and masks: of constants, but for Trilu's source.
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/steps.h"
#include <cmath>
#include <utility>

namespace ingot {

namespace {

using Shape = std::vector<int64_t>;

/// Constants are floats, which hold whole numbers up to this one.
constexpr double largest_whole = 1 << 24;

/// dst[i] = sum over j <= i of x[j] along an axis, or over j < i (exclusive), or from the end (reverse).
void convert_cum_sum(OnnxBuilder &builder, Attributes &attributes) {
    const bool exclusive = attributes.flag("exclusive"), reverse = attributes.flag("reverse");
    attributes.refuse_others();
    if (builder.is_empty_list(0)) {
        builder.forward_first_input();
        return;
    }
    const Value value = builder.value(builder.constant_input(0, "source"));
    const auto axis = static_cast<std::size_t>(resolve_axis(builder.integer(1, "axis"), value.shape.size()));
    const int64_t extent = value.shape[axis];
    int64_t stride = 1;
    for (std::size_t i = axis + 1; i < value.shape.size(); ++i) {
        stride *= value.shape[i];
    }
    std::vector<float> result(value.constant->size());
    for (int64_t line = 0; line < static_cast<int64_t>(result.size()) / extent; ++line) {
        double sum = 0;
        for (int64_t i = 0; i < extent; ++i) {
            const int64_t along = reverse ? extent - 1 - i : i;
            const auto at = static_cast<std::size_t>((line / stride * extent + along) * stride + line % stride);
            const double element = double{(*value.constant)[at]};
            result[at] = static_cast<float>(exclusive ? sum : sum + element);
            sum += element;
            if (value.type != DataType::f32 && std::abs(sum) > largest_whole) {
                throw Refusal{"its sums are beyond 2^24, which is not supported; use a smaller model"};
            }
        }
    }
    builder.define_result(value.shape, std::move(result), value.type);
}

/// The positions of the elements that are not 0: a row for each dimension, in row-major order.
void convert_non_zero(OnnxBuilder &builder, Attributes &attributes) {
    attributes.refuse_others();
    const Value value = builder.value(builder.constant_input(0, "source"));
    std::vector<int64_t> found;
    for (std::size_t i = 0; i < value.constant->size(); ++i) {
        if ((*value.constant)[i] != 0.0F) {
            found.push_back(static_cast<int64_t>(i));
        }
    }
    const auto count = static_cast<int64_t>(found.size()), rank = static_cast<int64_t>(value.shape.size());
    if (count == 0 || rank == 0) {
        throw Refusal{"a source without other elements than 0, or without dimensions, is not supported; export the "
                      "model again"};
    }
    builder.charge(count * rank);
    std::vector<float> result(found.size() * value.shape.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        int64_t rest = found[i];
        for (std::size_t dim = value.shape.size(); dim-- > 0;) {
            result[dim * found.size() + i] = static_cast<float>(rest % value.shape[dim]);
            rest /= value.shape[dim];
        }
    }
    builder.define_result({rank, count}, std::move(result), DataType::i64);
}

/// x on and below the diagonal `k`, or on and above it (upper), 0 elsewhere.
void convert_trilu(OnnxBuilder &builder, Attributes &attributes) {
    const bool upper = attributes.integer("upper", 1) != 0;
    attributes.refuse_others();
    const ValueId src = float_input(builder, 0, "source");
    const Shape shape = builder.value(src).shape;
    if (shape.size() < 2) {
        throw Refusal{"a source of shape " + shape_to_text(shape) + " is no matrix; export the model again"};
    }
    const int64_t k = builder.has_input(1) ? builder.integer(1, "k") : 0;
    const int64_t rows = shape[shape.size() - 2], columns = shape.back();
    builder.charge(rows * columns);
    std::vector<float> mask;
    for (int64_t row = 0; row < rows; ++row) {
        for (int64_t column = 0; column < columns; ++column) {
            const int64_t above = column - row;
            mask.push_back((upper ? above >= k : above <= k) ? 1.0F : 0.0F);
        }
    }
    const std::string name = builder.node().outputs[0] + ".mask";
    const ValueId kept = builder.add_constant(name, {rows, columns}, std::move(mask), DataType::boolean);
    add_map_result(builder, "x1,x0,0,where", {src, kept});
}

}  // namespace

const std::vector<OnnxOperator> &table_operators() {
    static const std::vector<OnnxOperator> operators{
        {"CumSum", 2, 2, 1, convert_cum_sum, "of a constant"},
        {"NonZero", 1, 1, 1, convert_non_zero, "of a constant"},
        {"Trilu", 1, 2, 1, convert_trilu, "float32; k is constant"},
    };
    return operators;
}

}  // namespace ingot
