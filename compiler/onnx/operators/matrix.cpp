// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/steps.h"
#include <algorithm>
#include <cmath>
#include <utility>

namespace ingot {

namespace {

using Shape = std::vector<int64_t>;

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

/// A or B of a Gemm.
ValueId read_matrix(OnnxBuilder &builder, std::size_t index, std::string_view role) {
    const ValueId id = float_input(builder, index, role);
    if (builder.value(id).shape.size() != 2) {
        throw Refusal{std::string(role) + " of shape " + shape_to_text(builder.value(id).shape) +
                      " is not supported, only rank 2; flatten it before"};
    }
    return id;
}

/// A matrix, transposed where asked: one of a single row or column is reshaped.
ValueId add_transposed(OnnxBuilder &builder, std::string_view suffix, ValueId id, bool transposed) {
    const Shape shape = builder.value(id).shape;
    if (!transposed) {
        return id;
    }
    if (shape[0] == 1 || shape[1] == 1) {
        return add_step(builder, suffix, Reshape{}, {id}, {shape[1], shape[0]});
    }
    return add_step(builder, suffix, Transpose{{1, 0}}, {id});
}

/// A constant B of a Gemm, times alpha, as [co, ci].
ValueId gemm_weights(OnnxBuilder &builder, ValueId id, bool transposed, float alpha) {
    const Value &b = builder.value(id);
    if (transposed && alpha == 1.0F) {
        return id;
    }
    Shape shape = b.shape;
    if (!transposed) {
        std::swap(shape[0], shape[1]);
    }
    std::vector<float> data = scaled(b, !transposed, alpha);
    check_finite(data, "alpha");
    return builder.add_constant(builder.node().outputs[0] + ".weights", std::move(shape), std::move(data));
}

/// C of a Gemm, times beta, as [co], where C is a constant that adds the same row to each row of the result.
std::optional<ValueId> gemm_bias(OnnxBuilder &builder, ValueId id, int64_t co, float beta) {
    const Shape shape = builder.value(id).shape;
    const int64_t columns = shape.empty() ? 1 : shape.back();
    const bool is_row = shape.size() < 2 || (shape.size() == 2 && shape[0] == 1);
    if (!is_row || (columns != 1 && columns != co) || !builder.is_constant(id)) {
        return std::nullopt;
    }
    if (beta == 1.0F && shape == Shape{co}) {
        return id;
    }
    const std::vector<float> &c = *builder.value(id).constant;
    std::vector<float> data(static_cast<std::size_t>(co));
    for (std::size_t i = 0; i < data.size(); ++i) {
        data[i] = beta * c[columns == 1 ? 0 : i];
    }
    check_finite(data, "beta");
    return builder.add_constant(builder.node().outputs[0] + ".bias", {co}, std::move(data));
}

/// C, which has to broadcast to the product.
ValueId read_addend(OnnxBuilder &builder, const Shape &product) {
    const ValueId id = float_input(builder, 2, "C");
    const Shape &shape = builder.value(id).shape;
    if (broadcast_shape({shape, product}) != product) {
        throw Refusal{"C of shape " + shape_to_text(shape) + " does not broadcast to " + shape_to_text(product) +
                      "; export the model again"};
    }
    return id;
}

/// alpha * A B + beta * C. A constant B makes it a gemm, with alpha in its weights and, where C is a constant row,
/// with a bias.
void convert_gemm(OnnxBuilder &builder, Attributes &attributes) {
    const bool trans_a = attributes.flag("transA"), trans_b = attributes.flag("transB");
    const float alpha = attributes.number("alpha", 1.0F), beta = attributes.number("beta", 1.0F);
    if (builder.opset() < 7) {
        attributes.flag("broadcast");
    }
    attributes.refuse_others();
    const ValueId a = read_matrix(builder, 0, "A"), b = read_matrix(builder, 1, "B");
    const Shape a_shape = builder.value(a).shape, b_shape = builder.value(b).shape;
    const Shape product{a_shape[trans_a ? 1 : 0], b_shape[trans_b ? 0 : 1]};
    const bool adds = builder.has_input(2) && beta != 0.0F;
    const ValueId c = adds ? read_addend(builder, product) : -1;
    const ValueId src = add_transposed(builder, "source", a, trans_a);
    Operation operation = MatMul{};
    std::vector<ValueId> inputs{src};
    float factor = alpha;
    bool is_done = !adds;
    if (builder.is_constant(b)) {
        inputs.push_back(gemm_weights(builder, b, trans_b, alpha));
        factor = 1.0F;
        Gemm gemm;
        const std::optional<ValueId> bias = adds ? gemm_bias(builder, c, product[1], beta) : std::nullopt;
        if (bias) {
            inputs.push_back(*bias);
            gemm.epilogue = {{Function::bias}};
            is_done = true;
        }
        operation = std::move(gemm);
    } else {
        inputs.push_back(add_transposed(builder, "weights", b, trans_b));
    }
    if (is_done && factor == 1.0F) {
        builder.add_result(std::move(operation), std::move(inputs));
        return;
    }
    const ValueId result = add_step(builder, "product", std::move(operation), std::move(inputs));
    const std::string scaled_product = factor == 1.0F ? "x0" : "x0," + number(factor) + ",mul";
    if (is_done) {
        add_map_result(builder, scaled_product, {result});
    } else {
        add_map_result(builder, scaled_product + (beta == 1.0F ? ",x1,add" : ",x1," + number(beta) + ",mul,add"),
                       {result, c});
    }
}

/// A of rank 1 is a row, B a column; their dimension is not in the result.
void convert_matmul(OnnxBuilder &builder, Attributes &attributes) {
    attributes.refuse_others();
    ValueId a = float_input(builder, 0, "A"), b = float_input(builder, 1, "B");
    const Shape a_shape = builder.value(a).shape, b_shape = builder.value(b).shape;
    if (a_shape.empty() || b_shape.empty()) {
        throw Refusal{"a scalar is not supported; use Mul"};
    }
    if (a_shape.size() > 1 && b_shape.size() > 1) {
        builder.add_result(MatMul{}, {a, b});
        return;
    }
    if (a_shape.size() == 1) {
        a = add_reshape(builder, "row", a, {1, a_shape[0]});
    }
    if (b_shape.size() == 1) {
        b = add_reshape(builder, "column", b, {b_shape[0], 1});
    }
    const ValueId product = add_step(builder, "product", MatMul{}, {a, b});
    Shape shape = builder.value(product).shape;
    if (b_shape.size() == 1) {
        shape.pop_back();
    }
    if (a_shape.size() == 1) {
        shape.erase(shape.end() - (b_shape.size() == 1 ? 1 : 2));
    }
    builder.add_result(Reshape{}, {product}, std::move(shape));
}

}  // namespace

const std::vector<OnnxOperator> &matrix_operators() {
    static const std::vector<OnnxOperator> operators{
        {"Gemm", 2, 3, 1, convert_gemm},
        {"MatMul", 2, 2, 1, convert_matmul},
    };
    return operators;
}

}  // namespace ingot
