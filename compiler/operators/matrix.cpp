// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/operators/families.h"
#include <algorithm>
#include <cmath>
#include <utility>

namespace ingot {

namespace {

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

}  // namespace

const std::vector<OnnxOperator> &matrix_operators() {
    static const std::vector<OnnxOperator> operators{
        {"Gemm", 2, 3, 1, convert_gemm},
    };
    return operators;
}

}  // namespace ingot
