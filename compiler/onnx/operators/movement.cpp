// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators that keep all elements: under another shape, in another order, or repeated.
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/resample.h"
#include "compiler/onnx/operators/steps.h"
#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace ingot {

namespace {

using Shape = std::vector<int64_t>;

void convert_identity(OnnxBuilder &builder, Attributes &attributes) {
    attributes.refuse_others();
    builder.forward_first_input();
}

/// Inference only: the identity, whatever is_test (before opset 7) says. Since opset 12, training_mode is an input.
void convert_dropout(OnnxBuilder &builder, Attributes &attributes) {
    if (builder.opset() < 7) {
        attributes.flag("is_test");
    }
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

/// Since opset 5, shape is an input.
void convert_reshape(OnnxBuilder &builder, Attributes &attributes) {
    const bool from_attribute = builder.opset() < 5;
    const bool allowzero = builder.opset() >= 14 && attributes.flag("allowzero");
    std::vector<int64_t> wanted = from_attribute ? attributes.integers("shape") : std::vector<int64_t>{};
    attributes.refuse_others();
    const ValueId src = builder.input(0, "source");
    if (!from_attribute) {
        builder.require_input(1);
        wanted = builder.integers(1, "shape");
    }
    builder.add_result(Reshape{}, {src}, reshaped(builder.value(src).shape, wanted, allowzero));
}

/// `axes`, the only attribute before opset 13, an input since then; none where it is left out.
std::optional<std::vector<int64_t>> read_axes(OnnxBuilder &builder, Attributes &attributes) {
    const std::vector<int64_t> attribute =
        builder.opset() < 13 ? attributes.integers("axes") : std::vector<int64_t>{};
    attributes.refuse_others();
    if (builder.opset() < 13) {
        return attributes.has("axes") ? std::optional(attribute) : std::nullopt;
    }
    return builder.has_input(1) ? std::optional(builder.integers(1, "axes")) : std::nullopt;
}

bool holds(const std::vector<int64_t> &axes, std::size_t axis) {
    return std::find(axes.begin(), axes.end(), static_cast<int64_t>(axis)) != axes.end();
}

/// Drops the dimensions `axes`, or all of extent 1.
void convert_squeeze(OnnxBuilder &builder, Attributes &attributes) {
    const std::optional<std::vector<int64_t>> named = read_axes(builder, attributes);
    const ValueId src = builder.input(0, "source");
    const Shape shape = builder.value(src).shape;
    const std::vector<int64_t> axes = resolve_axes(named.value_or(std::vector<int64_t>{}), shape.size());
    Shape result;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool dropped = named ? holds(axes, i) : shape[i] == 1;
        if (dropped && shape[i] != 1) {
            throw Refusal{"axes=" + shape_to_text(axes) + " of a source of shape " + shape_to_text(shape) +
                          " are not all of extent 1; name only those"};
        }
        if (!dropped) {
            result.push_back(shape[i]);
        }
    }
    builder.add_result(Reshape{}, {src}, std::move(result));
}

/// Adds dimensions of extent 1 at the places `axes` of the result.
void convert_unsqueeze(OnnxBuilder &builder, Attributes &attributes) {
    const std::optional<std::vector<int64_t>> named = read_axes(builder, attributes);
    const ValueId src = builder.input(0, "source");
    const Shape shape = builder.value(src).shape;
    if (!named) {
        throw Refusal{"axes are missing; export the model again"};
    }
    const std::size_t rank = shape.size() + named->size();
    const std::vector<int64_t> axes = resolve_axes(*named, rank);
    Shape result(rank, 1);
    auto next = shape.begin();
    for (std::size_t i = 0; i < rank; ++i) {
        if (!std::binary_search(axes.begin(), axes.end(), static_cast<int64_t>(i))) {
            result[i] = *next++;
        }
    }
    builder.add_result(Reshape{}, {src}, std::move(result));
}

void convert_transpose(OnnxBuilder &builder, Attributes &attributes) {
    std::vector<int64_t> perm = attributes.integers("perm");
    attributes.refuse_others();
    const ValueId src = builder.input(0, "source");
    std::vector<int64_t> order(builder.value(src).shape.size());
    std::iota(order.begin(), order.end(), int64_t{0});
    if (!attributes.has("perm")) {
        perm.assign(order.rbegin(), order.rend());
    }
    if (perm == order) {
        builder.forward(src);
    } else {
        builder.add_result(Transpose{std::move(perm)}, {src});
    }
}

/// The shape to which the source broadcasts together with `shape`.
void convert_expand(OnnxBuilder &builder, Attributes &attributes) {
    attributes.refuse_others();
    const ValueId src = builder.input(0, "source");
    const std::vector<int64_t> wanted = builder.integers(1, "shape");
    const Shape &shape = builder.value(src).shape;
    std::optional<Shape> result;
    if (element_count(wanted)) {
        result = broadcast_shape({shape, wanted});
    }
    if (!result) {
        throw Refusal{"shape " + shape_to_text(wanted) + " is not supported for a source of shape " +
                      shape_to_text(shape) + "; use extents above 0 that are equal, or 1 where one is repeated"};
    }
    if (*result == shape) {
        builder.forward(src);
    } else {
        builder.add_result(Expand{}, {src}, std::move(*result));
    }
}

/// The source `repeats[i]` times along dimension i; before opset 6, `tiles` times along one axis.
void convert_tile(OnnxBuilder &builder, Attributes &attributes) {
    attributes.refuse_others();
    const ValueId src = builder.input(0, "source");
    const std::size_t rank = builder.value(src).shape.size();
    std::vector<int64_t> repeats(rank, 1);
    if (builder.opset() < 6) {
        builder.require_input(2);
        const int64_t axis = resolve_axis(builder.integer(2, "axis"), rank);
        repeats[static_cast<std::size_t>(axis)] = builder.integer(1, "tiles");
    } else {
        repeats = builder.integers(1, "repeats");
    }
    if (repeats.size() != rank || !element_count(repeats)) {
        throw Refusal{"repeats " + shape_to_text(repeats) + " are not supported for a source of rank " +
                      std::to_string(rank) + "; use one above 0 for each dimension"};
    }
    builder.forward(add_repeats(builder, src, repeats, false));
}

/// The block of DepthToSpace and SpaceToDepth, over a source of rank 4.
int64_t read_block(Attributes &attributes) {
    const int64_t block = attributes.integer("blocksize", 0);
    if (block < 1 || block > (1 << 14)) {
        throw Refusal{"blocksize=" + std::to_string(block) + " is not supported; use 1 to 16384"};
    }
    return block;
}

Shape checked_blocks(const Value &src, int64_t block, bool to_space) {
    const Shape &shape = src.shape;
    const bool divides = shape.size() == 4 && (to_space ? shape[1] % (block * block) == 0
                                                        : shape[2] % block == 0 && shape[3] % block == 0);
    if (!divides) {
        throw Refusal{"a source of shape " + shape_to_text(shape) + " is not supported with blocksize=" +
                      std::to_string(block) + "; use rank 4 [n,c,h,w] with extents that it divides"};
    }
    return shape;
}

/// Reshape to `apart`, Transpose by `perm`, Reshape to `result`.
void add_reordered(OnnxBuilder &builder, ValueId src, Shape apart, std::vector<int64_t> perm, Shape result) {
    const ValueId blocks = add_step(builder, "blocks", Reshape{}, {src}, std::move(apart));
    const ValueId reordered = add_step(builder, "reordered", Transpose{std::move(perm)}, {blocks});
    builder.add_result(Reshape{}, {reordered}, std::move(result));
}

/// mode=DCR: dst(n, c, h*b + i, w*b + j) = src(n, (i*b + j)*C + c, h, w), CRD: src(n, c*b*b + i*b + j, h, w), with
/// C channels of dst.
void convert_depth_to_space(OnnxBuilder &builder, Attributes &attributes) {
    const int64_t block = read_block(attributes);
    const std::string mode = builder.opset() < 11 ? "DCR" : attributes.text("mode", "DCR");
    attributes.refuse_others();
    if (mode != "DCR" && mode != "CRD") {
        throw Refusal{"mode=" + printable(mode) + " is not supported; use DCR or CRD"};
    }
    const ValueId src = builder.input(0, "source");
    const Shape s = checked_blocks(builder.value(src), block, true);
    const int64_t n = s[0], c = s[1] / (block * block), h = s[2], w = s[3];
    const Shape result{n, c, h * block, w * block};
    if (mode == "DCR") {
        add_reordered(builder, src, {n, block, block, c, h, w}, {0, 3, 4, 1, 5, 2}, result);
    } else {
        add_reordered(builder, src, {n, c, block, block, h, w}, {0, 1, 4, 2, 5, 3}, result);
    }
}

/// dst(n, (i*b + j)*C + c, h, w) = src(n, c, h*b + i, w*b + j), with C channels of src.
void convert_space_to_depth(OnnxBuilder &builder, Attributes &attributes) {
    const int64_t block = read_block(attributes);
    attributes.refuse_others();
    const ValueId src = builder.input(0, "source");
    const Shape s = checked_blocks(builder.value(src), block, false);
    const int64_t n = s[0], c = s[1], h = s[2] / block, w = s[3] / block;
    add_reordered(builder, src, {n, c, h, block, w, block}, {0, 3, 5, 1, 2, 4}, {n, c * block * block, h, w});
}

}  // namespace

const std::vector<OnnxOperator> &movement_operators() {
    static const std::vector<OnnxOperator> operators{
        {"DepthToSpace", 1, 1, 1, convert_depth_to_space},
        {"Dropout", 1, 3, 2, convert_dropout, "inference only, without the mask"},
        {"Expand", 2, 2, 1, convert_expand, "shape is constant"},
        {"Flatten", 1, 1, 1, convert_flatten},
        {"Identity", 1, 1, 1, convert_identity},
        {"Reshape", 1, 2, 1, convert_reshape, "shape is constant"},
        {"SpaceToDepth", 1, 1, 1, convert_space_to_depth},
        {"Squeeze", 1, 2, 1, convert_squeeze, "axes are constant"},
        {"Tile", 2, 3, 1, convert_tile, "repeats are constant"},
        {"Transpose", 1, 1, 1, convert_transpose},
        {"Unsqueeze", 1, 2, 1, convert_unsqueeze, "axes are constant"},
    };
    return operators;
}

}  // namespace ingot
