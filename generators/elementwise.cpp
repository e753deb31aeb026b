// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/elementwise.h"
#include "generators/vector_math.h"
#include "spec/error.h"
#include <cmath>
#include <optional>
#include <utility>

namespace ingot {

using namespace Halide;

namespace {

/// A constant of the type, of whole numbers the nearest that it has.
Expr constant(Type type, float value) {
    if (type.is_float()) {
        return Internal::make_const(type, value);
    }
    const double lowest = type.is_uint() ? 0.0 : -std::ldexp(1.0, type.bits() - 1);
    const double highest = std::ldexp(1.0, type.is_uint() ? type.bits() : type.bits() - 1);
    return value <= lowest ? type.min() : value >= highest ? type.max() : cast(type, Expr(value));
}

Expr boolean(const Expr &condition) {
    return cast<uint8_t>(condition);
}

Expr is_true(const Expr &value) {
    return value != Internal::make_zero(value.type());
}

/// `value` in the type, a constant one in full.
Expr as_type(Type type, const Expr &value) {
    const auto known = value.type().is_float() ? Internal::as_const_float(value) : std::nullopt;
    return known ? constant(type, static_cast<float>(*known)) : cast(type, value);
}

/// Both arguments in their common type.
std::pair<Expr, Expr> unified(const Expr &x, const Expr &y) {
    const Type type = x.type() == Float(32) ? y.type() : x.type();
    return {as_type(type, x), as_type(type, y)};
}

/// x^y of whole numbers by squaring, over the bits that |y| may have where |x| > 1; 1 / x^-y for y < 0, cut off.
Expr whole_power(const Expr &x, const Expr &y) {
    constexpr int bits = 6;
    const Expr one = Internal::make_one(x.type()), zero = Internal::make_zero(x.type());
    Expr power = one, square = x;
    for (int i = 0; i < bits; ++i) {
        power = power * select(((y >> i) & one) != zero, square, one);
        square = square * square;
    }
    const Expr is_odd = (y & one) != zero;
    const Expr of_unit = select(x == one, one, select(is_odd, x, one));
    return select(x == one || x == -one, of_unit, y < zero, zero, power);
}

Expr elu(const Expr &x, float alpha, float gamma) {
    return select(x < 0.0f, alpha * gamma * vector_expm1(x), gamma * x);
}

Expr unit(const Expr &x) {
    return clamp(x, 0.0f, 1.0f);
}

/// The functions that float32 alone has.
Expr apply_to_float(const Call &call, const Expr &x) {
    switch (call.function) {
    case Function::leaky_relu:
        return select(x < 0.0f, call.a * x, x);
    case Function::elu:
        return elu(x, call.a, 1.0f);
    case Function::selu:
        return elu(x, call.a, call.b);
    case Function::celu:
        return select(x < 0.0f, call.a * vector_expm1(x * (1.0f / call.a)), x);
    case Function::sigmoid:
        return vector_sigmoid(x);
    case Function::silu:
        return vector_silu(x);
    case Function::hard_sigmoid:
        return unit(call.a * x + call.b);
    case Function::hard_swish:
        return x * unit(x * (1.0f / 6.0f) + 0.5f);
    case Function::tanh:
        return vector_tanh(x);
    case Function::gelu:
        return (0.5f * x) * (1.0f + vector_erf(x * 0.707106781f));
    case Function::gelu_tanh:
        // (1 + tanh(u)) / 2 = sigmoid(2 u), u = sqrt(2 / pi) * (x + 0.044715 x^3).
        return x * vector_sigmoid(x * (1.59576912f + 0.0713548163f * (x * x)));
    case Function::mish:
        return vector_mish(x);
    case Function::softplus:
        return vector_softplus(x);
    case Function::softsign:
        return x / (1.0f + abs(x));
    case Function::thresholded_relu:
        return select(x > call.a, x, 0.0f);
    case Function::reciprocal:
        return 1.0f / x;
    case Function::exp:
        return vector_exp(x);
    case Function::log:
        return vector_log(x);
    case Function::sqrt:
        return sqrt(x);
    case Function::erf:
        return vector_erf(x);
    case Function::floor:
        return floor(x);
    case Function::ceil:
        return ceil(x);
    case Function::round:
        return round(x);
    case Function::sin:
        return vector_sin(x);
    case Function::cos:
        return vector_cos(x);
    default:
        INGOT_CHECK(false, "no function of one float: " + to_text(call));
        return {};
    }
}

Expr apply_to_one(const Call &call, const Expr &x) {
    const Type type = x.type();
    switch (call.function) {
    case Function::bias:
        return x;
    case Function::relu:
        return max(x, Internal::make_zero(type));
    case Function::clip:
        return min(max(x, constant(type, call.a)), constant(type, call.b));
    case Function::abs:
        return type.is_uint() ? x : cast(type, abs(x));
    case Function::neg:
        return -x;
    case Function::sign: {
        const Expr zero = Internal::make_zero(type), one = Internal::make_one(type);
        return select(x > zero, one, x < zero, zero - one, zero);
    }
    case Function::logical_not:
        return boolean(!is_true(x));
    case Function::to_f32:
        return cast<float>(x);
    case Function::to_i64:
        return cast<int64_t>(x);
    case Function::to_bool:
        return boolean(is_true(x));
    default:
        INGOT_CHECK(type == Float(32), to_text(call) + " of a type that it does not have");
        return apply_to_float(call, x);
    }
}

Expr apply_to_two(const Call &call, const Expr &first, const Expr &second) {
    const auto [x, y] = unified(first, second);
    const bool is_float = x.type().is_float();
    switch (call.function) {
    case Function::add:
        return x + y;
    case Function::sub:
        return x - y;
    case Function::mul:
        return x * y;
    case Function::div:
        return is_float ? x / y : div_round_to_zero(x, y);
    case Function::pow:
        return is_float ? vector_pow(x, y) : whole_power(x, y);
    case Function::min:
        return min(x, y);
    case Function::max:
        return max(x, y);
    case Function::prelu:
        return select(x < Internal::make_zero(x.type()), y * x, x);
    case Function::less:
        return boolean(x < y);
    case Function::less_equal:
        return boolean(x <= y);
    case Function::greater:
        return boolean(x > y);
    case Function::greater_equal:
        return boolean(x >= y);
    case Function::equal:
        return boolean(x == y);
    case Function::logical_and:
        return boolean(is_true(x) && is_true(y));
    case Function::logical_or:
        return boolean(is_true(x) || is_true(y));
    case Function::logical_xor:
        return boolean(is_true(x) != is_true(y));
    default:
        INGOT_CHECK(false, "no function of two: " + to_text(call));
        return {};
    }
}

}  // namespace

Expr apply_call(const Call &call, const std::vector<Expr> &arguments) {
    INGOT_CHECK(static_cast<int>(arguments.size()) == argument_count(call.function),
                to_text(call) + ": number of arguments");
    switch (arguments.size()) {
    case 1:
        return apply_to_one(call, arguments[0]);
    case 2:
        return apply_to_two(call, arguments[0], arguments[1]);
    default: {
        INGOT_CHECK(call.function == Function::where, "no function of three: " + to_text(call));
        const auto [x, y] = unified(arguments[1], arguments[2]);
        return select(is_true(arguments[0]), x, y);
    }
    }
}

Expr evaluate_expression(const Expression &expression, const std::vector<Expr> &sources) {
    return evaluate<Expr>(
        expression, [&](int operand) { return sources[static_cast<std::size_t>(operand)]; },
        [](float value) { return Expr(value); }, apply_call);
}

}  // namespace ingot
