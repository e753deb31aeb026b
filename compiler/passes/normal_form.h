// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/passes/expression_tree.h"
#include <optional>
#include <string>
#include <string_view>

namespace ingot {

/// A function that is written with others: `silu` is x0 * sigmoid(x0), in the postfix order of Expression.
struct Definition {
    Function function;
    std::string_view expression;
};
const std::vector<Definition> &function_definitions();

/// A text that is the same for expressions that are equal by the rules of sums and products: order, brackets,
/// distribution, division by a constant, whole powers, clips of scaled and shifted arguments, and the definitions
/// above. It is a polynomial whose variables are the operands and the functions that are no sum or product,
///
///     sum over m of coefficient(m) * (product of the variables of m)
///
/// with six digits of each coefficient, so that a constant counts as equal to its nearest floats. None where
/// the polynomial grows too long.
std::optional<std::string> normal_form(const Tree &tree);

/// slope * min(max(x, low), high) + offset, x being the only operand: what a tree of sums and products with
/// constants, ReLUs, clips, minima and maxima with constants and hard sigmoids computes.
struct Ramp {
    double slope = 1, offset = 0, low = 0, high = 0;
};
/// None for another function, and where nothing of the ramp is left between two clips.
std::optional<Ramp> as_ramp(const Tree &tree);

}  // namespace ingot
