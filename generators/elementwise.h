// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "spec/expression.h"
#include <vector>

namespace ingot {

/// function(arguments) over float32, int64, int32 or uint8, of which a boolean is the uint8 0 or 1. Arguments of
/// two types meet as compiler/infer_shape.cpp infers: what is float32, a constant, takes the other's type. A
/// comparison or a logical function gives a boolean. Whole numbers divide towards 0, and by 0 give 0; a cast to
/// them cuts off. A function that has no meaning for its argument's type is an internal error. Function::bias is
/// its argument: the accumulators start at the bias.
///
/// Largest error of a result in ULP, arguments taken as exact; in brackets in ULP of x instead, where what is
/// rounded on the way is as large as x:
///
///     exp, log, tanh, erf, sigmoid, silu, softplus, mish, sin, cos, pow: see vector_math.h
///     elu, selu, celu                             3
///     gelu, gelu_tanh                             [2]
///     hard_swish, hard_sigmoid                    [1.5]
///     softsign                                    1.5
///     sqrt, reciprocal, div, add, sub, mul        0.5
///     leaky_relu, prelu                           0.5
///     relu, clip, thresholded_relu, abs, neg, floor, ceil, round, sign, min, max, where: exact
Halide::Expr apply_call(const Call &call, const std::vector<Halide::Expr> &arguments);

/// The expression over these sources, as many as it has operands or more. A constant that meets no other argument
/// stays float32.
Halide::Expr evaluate_expression(const Expression &expression, const std::vector<Halide::Expr> &sources);

}  // namespace ingot
