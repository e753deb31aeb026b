// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One function per ONNX operator. Each reads all attributes before it reads inputs, so that it is checked even
// where a node before it was refused.
#include "compiler/onnx_builder.h"
#include "compiler/onnx_window.h"
#include <algorithm>
#include <cmath>
#include <utility>

namespace ingot {

namespace {

Extent2 picture_of(const Value &src) {
    if (src.shape.size() != 4) {
        throw Refusal{"a source of shape " + shape_to_text(src.shape) +
                      " is not supported, only rank 4 [n,c,h,w]; reshape to it with extents of 1"};
    }
    return {src.shape[2], src.shape[3]};
}

void convert_conv(OnnxBuilder &builder, Attributes &attributes) {
    const WindowAttributes window = read_window(attributes);
    const int64_t groups = attributes.integer("group", 1);
    attributes.refuse_others();
    if (groups < 1 || groups > max_elements) {
        throw Refusal{"group=" + std::to_string(groups) + " is not supported; use a divisor of the channels"};
    }
    const ValueId src = builder.input(0, "source");
    const Extent2 picture = picture_of(builder.value(src));
    const ValueId weights = builder.constant_input(1, "weights");
    const std::vector<int64_t> &shape = builder.value(weights).shape;
    if (shape.size() != 4) {
        throw Refusal{"weights of shape " + shape_to_text(shape) +
                      " are not supported, only rank 4 [co,ci,kh,kw]; export the model again"};
    }
    const Extent2 kernel = window.kernel.value_or(Extent2{shape[2], shape[3]});
    Conv2d conv{resolve_window(window, kernel, picture), groups, {}, std::nullopt};
    std::vector<ValueId> inputs{src, weights};
    if (builder.has_input(2)) {
        inputs.push_back(builder.constant_input(2, "bias"));
        conv.epilogue = {{Function::bias}};
    }
    builder.add_result(std::move(conv), std::move(inputs));
}

void convert_max_pool(OnnxBuilder &builder, Attributes &attributes) {
    const WindowAttributes window = read_pool_window(attributes, builder.opset());
    attributes.refuse_others();
    const ValueId src = builder.input(0, "source");
    const Extent2 picture = picture_of(builder.value(src));
    builder.add_result(Pool2d{resolve_window(window, *window.kernel, picture), {}}, {src});
}

void convert_relu(OnnxBuilder &builder, Attributes &attributes) {
    attributes.refuse_others();
    builder.add_result(Relu{}, {builder.input(0, "source")});
}

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
        const std::vector<int64_t> &training = builder.integer_input(2, "training_mode");
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
    const std::vector<int64_t> &wanted = builder.integer_input(1, "shape");
    builder.add_result(Reshape{}, {src}, reshaped(builder.value(src).shape, wanted, allowzero));
}

/// `factor` times a matrix, transposed where asked.
std::vector<float> scaled(const Value &matrix, bool transposed, float factor) {
    const auto rows = static_cast<std::size_t>(matrix.shape[0]),
               columns = static_cast<std::size_t>(matrix.shape[1]);
    std::vector<float> result(rows * columns);
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) {
            result[transposed ? j * rows + i : i * columns + j] = factor * (*matrix.constant)[i * columns + j];
        }
    }
    return result;
}

void check_finite(const std::vector<float> &data, std::string_view factor) {
    if (!std::all_of(data.begin(), data.end(), [](float element) { return std::isfinite(element); })) {
        throw Refusal{std::string(factor) + " makes a constant overflow; scale the weights before the export"};
    }
}

void check_matrix(const Value &matrix, std::string_view role) {
    if (matrix.shape.size() != 2) {
        throw Refusal{std::string(role) + " of shape " + shape_to_text(matrix.shape) +
                      " is not supported, only rank 2; flatten it before"};
    }
}

/// A of a Gemm as [rows, ci].
ValueId gemm_source(OnnxBuilder &builder, bool transposed) {
    const ValueId id = builder.input(0, "A");
    const Value &a = builder.value(id);
    check_matrix(a, "A");
    if (!transposed) {
        return id;
    }
    const std::string name = builder.node().outputs[0] + ".source";
    std::vector<int64_t> shape{a.shape[1], a.shape[0]};
    if (a.constant) {
        std::vector<float> data = scaled(a, true, 1.0F);
        return builder.add_constant(name, std::move(shape), std::move(data));
    }
    if (a.shape[0] != 1 && a.shape[1] != 1) {
        throw Refusal{"transA=1 on a matrix that is computed at run time is not supported; use transA=0"};
    }
    return builder.add_helper(Reshape{}, {id}, std::move(shape), name);
}

/// B of a Gemm, times alpha, as [co, ci].
ValueId gemm_weights(OnnxBuilder &builder, bool transposed, float alpha) {
    const ValueId id = builder.constant_input(1, "B");
    const Value &b = builder.value(id);
    check_matrix(b, "B");
    if (transposed && alpha == 1.0F) {
        return id;
    }
    std::vector<int64_t> shape = b.shape;
    if (!transposed) {
        std::swap(shape[0], shape[1]);
    }
    std::vector<float> data = scaled(b, !transposed, alpha);
    check_finite(data, "alpha");
    return builder.add_constant(builder.node().outputs[0] + ".weights", std::move(shape), std::move(data));
}

/// C of a Gemm, times beta, as [co]: C may be anything that adds the same row to each row of the result.
ValueId gemm_bias(OnnxBuilder &builder, int64_t co, float beta) {
    const ValueId id = builder.constant_input(2, "C");
    const Value &c = builder.value(id);
    const int64_t columns = c.shape.empty() ? 1 : c.shape.back();
    if (c.shape.size() > 2 || (columns != 1 && columns != co) || (c.shape.size() == 2 && c.shape[0] != 1)) {
        const std::string n = std::to_string(co);
        throw Refusal{"C of shape " + shape_to_text(c.shape) + " is not supported; use [" + n + "], [1," + n +
                      "], [1] or a scalar"};
    }
    if (beta == 1.0F && c.shape == std::vector<int64_t>{co}) {
        return id;
    }
    std::vector<float> data(static_cast<std::size_t>(co));
    for (std::size_t i = 0; i < data.size(); ++i) {
        data[i] = beta * (*c.constant)[columns == 1 ? 0 : i];
    }
    check_finite(data, "beta");
    return builder.add_constant(builder.node().outputs[0] + ".bias", {co}, std::move(data));
}

void convert_gemm(OnnxBuilder &builder, Attributes &attributes) {
    const bool trans_a = attributes.flag("transA"), trans_b = attributes.flag("transB");
    const float alpha = attributes.number("alpha", 1.0F), beta = attributes.number("beta", 1.0F);
    attributes.refuse_others();
    const ValueId src = gemm_source(builder, trans_a);
    const ValueId weights = gemm_weights(builder, trans_b, alpha);
    std::vector<ValueId> inputs{src, weights};
    Gemm gemm;
    if (builder.has_input(2) && beta != 0.0F) {
        inputs.push_back(gemm_bias(builder, builder.value(weights).shape[0], beta));
        gemm.epilogue = {{Function::bias}};
    }
    builder.add_result(std::move(gemm), std::move(inputs));
}

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

const std::vector<OnnxOperator> &onnx_operators() {
    static const std::vector<OnnxOperator> operators{
        {"Constant", 0, 0, 1, convert_constant}, {"Conv", 2, 3, 1, convert_conv},
        {"Dropout", 1, 3, 2, convert_dropout},   {"Flatten", 1, 1, 1, convert_flatten},
        {"Gemm", 2, 3, 1, convert_gemm},         {"Identity", 1, 1, 1, convert_identity},
        {"MaxPool", 1, 1, 2, convert_max_pool},  {"Relu", 1, 1, 1, convert_relu},
        {"Reshape", 2, 2, 1, convert_reshape},
    };
    return operators;
}

}  // namespace ingot
