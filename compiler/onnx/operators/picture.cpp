// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/operators/picture.h"
#include "spec/error.h"
#include <utility>

namespace ingot {

namespace {

/// [a, b, w] as [a, b, 1, w].
ValueId as_picture(OnnxBuilder &builder, std::string_view suffix, ValueId id) {
    std::vector<int64_t> shape = builder.value(id).shape;
    shape.insert(shape.begin() + 2, 1);
    return add_reshape(builder, suffix, id, std::move(shape));
}

}  // namespace

int64_t read_groups(Attributes &attributes) {
    const int64_t groups = attributes.integer("group", 1);
    if (groups < 1 || groups > max_elements) {
        throw Refusal{"group=" + std::to_string(groups) + " is not supported; use a divisor of the channels"};
    }
    return groups;
}

Picture read_picture(OnnxBuilder &builder, const WindowAttributes &window) {
    const ValueId src = float_input(builder, 0, "source");
    const std::vector<int64_t> shape = builder.value(src).shape;
    if (shape.size() != 3 && shape.size() != 4) {
        throw Refusal{"a source of shape " + shape_to_text(shape) +
                      " is not supported, only rank 3 [n,c,w] and rank 4 [n,c,h,w]; reshape to one of them"};
    }
    if (window.rank != 0 && window.rank != shape.size() - 2) {
        throw Refusal{"a " + std::to_string(window.rank) + "-D window does not fit a source of shape " +
                      shape_to_text(shape) + "; export the model again"};
    }
    if (shape.size() == 4) {
        return {src, {shape[2], shape[3]}, false};
    }
    return {as_picture(builder, "source", src), {1, shape[2]}, true};
}

ValueId read_weights(OnnxBuilder &builder, const Picture &picture) {
    const ValueId weights = constant_float_input(builder, 1, "weights");
    const std::vector<int64_t> &shape = builder.value(weights).shape;
    const std::size_t rank = picture.is_row ? 3 : 4;
    if (shape.size() != rank) {
        throw Refusal{"weights of shape " + shape_to_text(shape) + " are not supported, only rank " +
                      std::to_string(rank) + " as of the source; export the model again"};
    }
    const ValueId result = picture.is_row ? as_picture(builder, "weights", weights) : weights;
    INGOT_CHECK(builder.is_constant(result), "weights that are constant until they are reshaped");
    return result;
}

void add_picture_result(OnnxBuilder &builder, const Picture &picture, Operation operation,
                        std::vector<ValueId> inputs, std::vector<int64_t> shape) {
    if (!picture.is_row) {
        builder.add_result(std::move(operation), std::move(inputs), std::move(shape));
        return;
    }
    const ValueId result = add_step(builder, "picture", std::move(operation), std::move(inputs), std::move(shape));
    std::vector<int64_t> row = builder.value(result).shape;
    row.erase(row.begin() + 2);
    builder.add_result(Reshape{}, {result}, std::move(row));
}

}  // namespace ingot
