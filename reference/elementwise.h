// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of expressions and epilogues, one element at a time, and how far a float kernel may depart from
// them.
#pragma once
#include "spec/kernel_spec.h"
#include <vector>

namespace ingot::reference {

/// A function of its arguments, by the formula of ONNX's operator; `bias` is x + y. Booleans are 0 and 1; where
/// `type`, that of the arguments (of `where` the last two), is an integer, div, pow and reciprocal truncate and
/// a division by 0 is 0. T is float or double.
template<typename T>
T apply_call(const Call &call, const std::vector<T> &arguments, DataType type);

/// The type that each call of an expression computes in, in the order of the terms: that of its arguments, of which
/// constants take the others' type; f32 of constants alone. `types` are those of the operands.
std::vector<DataType> call_types(const Expression &expression, const std::vector<DataType> &types);

/// The type of an expression's result.
DataType expression_type(const Expression &expression, const std::vector<DataType> &types);

/// An expression of one element of each operand. `calls` are the call_types.
template<typename T>
T evaluate_expression(const Expression &expression, const std::vector<T> &operands,
                      const std::vector<DataType> &calls);

/// The error of a kernel's function in float, in units in the last place of what error_scale gives: 0 where the
/// result is an argument, a constant or a whole number; 1 of one rounding; 2 of a division, which may be a product
/// with a reciprocal; 4 of what holds an exponential, a logarithm, an error function or a sine.
double ulp_bound(Function function);

/// A number and the largest absolute error that a float kernel may have made until it.
struct Estimate {
    double value = 0, error = 0;
};

/// A function of numbers that carry errors: the farthest of its values where each argument is at its least or its
/// largest, and its own rounding. Functions that fall and rise do so by more than an argument's error.
Estimate estimate_call(const Call &call, const std::vector<Estimate> &arguments, DataType type);

/// An expression of exact operands, and its error.
Estimate estimate_expression(const Expression &expression, const std::vector<double> &operands,
                             const std::vector<DataType> &calls);

}  // namespace ingot::reference
