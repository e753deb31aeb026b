// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/operators/families.h"
#include <optional>
#include <utility>

namespace ingot {

namespace {

void convert_identity(OnnxBuilder &builder, Attributes &attributes) {
    attributes.refuse_others();
    builder.forward_first_input();
}

/// Inference only: the identity. Since opset 12, training_mode is an input.
void convert_dropout(OnnxBuilder &builder, Attributes &attributes) {
    if (builder.opset() < 12) {
        attributes.number("ratio", 0.5F);
        if (builder.has_input(1)) {
            throw Refusal{"it has 2 inputs, not 1; export the model again"};
        }
    } else {
        attributes.integer("seed", 0);
    }
    attributes.refuse_others();
    if (builder.has_input(2)) {
        const std::vector<int64_t> &training = builder.integers(2, "training_mode");
        if (training.size() != 1 || training[0] != 0) {
            throw Refusal{"training_mode=true is not supported; export the model for inference"};
        }
    }
    builder.forward_first_input();
}

/// [product of the extents before axis, product of the others].
void convert_flatten(OnnxBuilder &builder, Attributes &attributes) {
    const int64_t axis = attributes.integer("axis", 1);
    attributes.refuse_others();
    const ValueId src = builder.input(0, "source");
    const std::vector<int64_t> &shape = builder.value(src).shape;
    const auto rank = static_cast<int64_t>(shape.size());
    const int64_t least = builder.opset() >= 11 ? -rank : 0;
    if (axis < least || axis > rank) {
        throw Refusal{"axis=" + std::to_string(axis) + " is not supported for a source of rank " +
                      std::to_string(rank) + "; use " + std::to_string(least) + " to " + std::to_string(rank)};
    }
    std::vector<int64_t> result{1, 1};
    for (int64_t i = 0; i < rank; ++i) {
        result[i < (axis < 0 ? axis + rank : axis) ? 0 : 1] *= shape[static_cast<std::size_t>(i)];
    }
    builder.add_result(Reshape{}, {src}, std::move(result));
}

/// The shape that a Reshape of `src` to `wanted` has: 0 keeps an extent, unless allowzero; -1 takes what is left.
std::vector<int64_t> reshaped(const std::vector<int64_t> &src, const std::vector<int64_t> &wanted, bool allowzero) {
    const std::string text = "shape " + shape_to_text(wanted);
    const auto refuse = [&](const std::string &why) -> std::vector<int64_t> {
        throw Refusal{text + " is not supported for a source of shape " + shape_to_text(src) + ": " + why};
    };
    if (wanted.empty()) {
        return refuse("it has no dimension; keep one of extent 1");
    }
    std::vector<int64_t> result = wanted;
    std::optional<std::size_t> rest;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i] == 0 && !allowzero && i < src.size()) {
            result[i] = src[i];
        } else if (wanted[i] == -1 && !rest) {
            rest = i;
            result[i] = 1;
        } else if (wanted[i] < 1) {
            return refuse("extents are positive, 0 to keep one, at most one -1; export the model again");
        }
    }
    const std::optional<int64_t> count = element_count(src), known = element_count(result);
    if (!known || *count % *known != 0 || (!rest && *known != *count)) {
        return refuse("the numbers of elements differ; export the model with the input's fixed dimensions");
    }
    if (rest) {
        result[*rest] = *count / *known;
    }
    return result;
}

void convert_reshape(OnnxBuilder &builder, Attributes &attributes) {
    const bool allowzero = builder.opset() >= 14 && attributes.flag("allowzero");
    attributes.refuse_others();
    const ValueId src = builder.input(0, "source");
    const std::vector<int64_t> &wanted = builder.integers(1, "shape");
    builder.add_result(Reshape{}, {src}, reshaped(builder.value(src).shape, wanted, allowzero));
}

}  // namespace

const std::vector<OnnxOperator> &movement_operators() {
    static const std::vector<OnnxOperator> operators{
        {"Dropout", 1, 3, 2, convert_dropout},
        {"Flatten", 1, 1, 1, convert_flatten},
        {"Identity", 1, 1, 1, convert_identity},
        {"Reshape", 2, 2, 1, convert_reshape},
    };
    return operators;
}

}  // namespace ingot
