// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "reference/elementwise.h"
#include "spec/error.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

namespace ingot::reference {

namespace {

/// 1 / (1 + e^-x), by the exponential that does not overflow.
template<typename T>
T sigmoid(T x) {
    const T e = std::exp(-std::abs(x));
    return (x >= 0 ? T{1} : e) / (1 + e);
}

/// x * tanh(log(1 + e^x)) = x * n / (n + 2) with n = e^x * (e^x + 2), by the exponential that does not overflow.
template<typename T>
T mish(T x) {
    const T e = std::exp(-std::abs(x));
    return x >= 0 ? x * (1 + 2 * e) / (1 + 2 * e + 2 * e * e) : x * (e * (e + 2)) / (e * (e + 2) + 2);
}

/// x / 2 * (1 + tanh(u)) = x * sigmoid(2 * u), u = sqrt(2 / pi) * (x + 0.044715 * x^3).
template<typename T>
T gelu_tanh(T x) {
    const T root = std::numbers::sqrt2_v<T> * std::numbers::inv_sqrtpi_v<T>;
    return x * sigmoid(2 * root * (x + static_cast<T>(0.044715) * x * x * x));
}

template<typename T>
T apply_one(const Call &call, T x) {
    const T zero{0}, one{1}, a = static_cast<T>(call.a), b = static_cast<T>(call.b);
    switch (call.function) {
    case Function::relu:
        return std::max(zero, x);
    case Function::clip:
        return std::min(std::max(x, a), b);
    case Function::leaky_relu:
        return x >= 0 ? x : a * x;
    case Function::elu:
        return x >= 0 ? x : a * std::expm1(x);
    case Function::selu:
        return b * (x > 0 ? x : a * std::expm1(x));
    case Function::celu:
        return std::max(zero, x) + std::min(zero, a * std::expm1(x / a));
    case Function::sigmoid:
        return sigmoid(x);
    case Function::silu:
        return x * sigmoid(x);
    case Function::hard_sigmoid:
        return std::max(zero, std::min(one, a * x + b));
    case Function::hard_swish:
        return x * std::max(zero, std::min(one, x / 6 + one / 2));
    case Function::tanh:
        return std::tanh(x);
    case Function::gelu:
        return x / 2 * std::erfc(-x / std::numbers::sqrt2_v<T>);
    case Function::gelu_tanh:
        return gelu_tanh(x);
    case Function::mish:
        return mish(x);
    case Function::softplus:
        return std::max(zero, x) + std::log1p(std::exp(-std::abs(x)));
    case Function::softsign:
        return x / (1 + std::abs(x));
    case Function::thresholded_relu:
        return x > a ? x : zero;
    case Function::abs:
        return std::abs(x);
    case Function::neg:
        return -x;
    case Function::reciprocal:
        return 1 / x;
    case Function::exp:
        return std::exp(x);
    case Function::log:
        return std::log(x);
    case Function::sqrt:
        return std::sqrt(x);
    case Function::erf:
        return std::erf(x);
    case Function::floor:
        return std::floor(x);
    case Function::ceil:
        return std::ceil(x);
    case Function::round:
        return std::nearbyint(x);
    case Function::sign:
        return static_cast<T>((x > 0) - (x < 0));
    case Function::sin:
        return std::sin(x);
    case Function::cos:
        return std::cos(x);
    case Function::logical_not:
        return static_cast<T>(x == 0);
    case Function::to_f32:
        return x;
    case Function::to_i64:
        return std::trunc(x);
    case Function::to_bool:
        return static_cast<T>(x != 0);
    default:
        break;
    }
    report_internal_error(__FILE__, __LINE__, "not a function of one argument");
}

template<typename T>
T apply_two(Function function, T x, T y) {
    switch (function) {
    case Function::bias:
    case Function::add:
        return x + y;
    case Function::sub:
        return x - y;
    case Function::mul:
        return x * y;
    case Function::div:
        return x / y;
    case Function::pow:
        return std::pow(x, y);
    case Function::min:
        return std::min(x, y);
    case Function::max:
        return std::max(x, y);
    case Function::prelu:
        return x >= 0 ? x : y * x;
    case Function::less:
        return static_cast<T>(x < y);
    case Function::less_equal:
        return static_cast<T>(x <= y);
    case Function::greater:
        return static_cast<T>(x > y);
    case Function::greater_equal:
        return static_cast<T>(x >= y);
    case Function::equal:
        return static_cast<T>(x == y);
    case Function::logical_and:
        return static_cast<T>(x != 0 && y != 0);
    case Function::logical_or:
        return static_cast<T>(x != 0 || y != 0);
    case Function::logical_xor:
        return static_cast<T>((x != 0) != (y != 0));
    default:
        break;
    }
    report_internal_error(__FILE__, __LINE__, "not a function of two arguments");
}

/// What ulp_bound is a multiple of: the result, or the largest number that a kernel rounds on the way to it where
/// parts of it cancel: 1 + erf, e^x - 1, log(1 + e^x), y * log(x) in an exponent.
double error_scale(const Call &call, const std::vector<Estimate> &arguments, double result) {
    const double x = std::abs(arguments[0].value), a = std::abs(static_cast<double>(call.a)),
                 b = std::abs(static_cast<double>(call.b));
    switch (call.function) {
    case Function::elu:
    case Function::celu:
        return std::max(std::abs(result), a);
    case Function::selu:
        return std::max(std::abs(result), a * b);
    case Function::hard_sigmoid:
        return a * x + b;
    case Function::hard_swish:
    case Function::gelu:
    case Function::gelu_tanh:
    case Function::mish:
        return x;
    case Function::softplus:
    case Function::sin:
    case Function::cos:
        return std::max(std::abs(result), 1.0);
    case Function::pow:
        return std::abs(result) * (1 + std::abs(arguments[1].value * std::log(std::max(x, 1e-300))));
    default:
        return std::abs(result);
    }
}

}  // namespace

template<typename T>
T apply_call(const Call &call, const std::vector<T> &arguments, DataType type) {
    if (call.function == Function::where) {
        return arguments.at(0) != 0 ? arguments.at(1) : arguments.at(2);
    }
    const T result = argument_count(call.function) == 1 && call.function != Function::bias
                         ? apply_one(call, arguments.at(0))
                         : apply_two(call.function, arguments.at(0), arguments.at(1));
    const bool divides =
        call.function == Function::div || call.function == Function::pow || call.function == Function::reciprocal;
    if (divides && type != DataType::f32) {
        return std::isfinite(result) ? std::trunc(result) : T{0};
    }
    return result;
}

std::vector<DataType> call_types(const Expression &expression, const std::vector<DataType> &types) {
    std::vector<DataType> calls;
    evaluate<std::optional<DataType>>(
        expression, [&](int operand) { return types.at(static_cast<std::size_t>(operand)); },
        [](float) { return std::nullopt; },
        [&](const Call &call, const std::vector<std::optional<DataType>> &arguments) {
            const auto first = arguments.begin() + (call.function == Function::where ? 1 : 0);
            const auto known =
                std::find_if(first, arguments.end(), [](const auto &type) { return type.has_value(); });
            calls.push_back(known == arguments.end() ? DataType::f32 : **known);
            return result_type(call.function, calls.back());
        });
    return calls;
}

DataType expression_type(const Expression &expression, const std::vector<DataType> &types) {
    const Term &last = expression.back();
    switch (last.kind) {
    case Term::Kind::operand:
        return types.at(static_cast<std::size_t>(last.operand));
    case Term::Kind::call:
        return result_type(last.call.function, call_types(expression, types).back());
    default:
        return DataType::f32;
    }
}

template<typename T>
T evaluate_expression(const Expression &expression, const std::vector<T> &operands,
                      const std::vector<DataType> &calls) {
    std::size_t next = 0;
    return evaluate<T>(
        expression, [&](int operand) { return operands[static_cast<std::size_t>(operand)]; },
        [](float constant) { return static_cast<T>(constant); },
        [&](const Call &call, const std::vector<T> &arguments) {
            return apply_call(call, arguments, calls.at(next++));
        });
}

double ulp_bound(Function function) {
    switch (function) {
    case Function::elu:
    case Function::selu:
    case Function::celu:
    case Function::sigmoid:
    case Function::silu:
    case Function::tanh:
    case Function::gelu:
    case Function::gelu_tanh:
    case Function::mish:
    case Function::softplus:
    case Function::exp:
    case Function::log:
    case Function::erf:
    case Function::sin:
    case Function::cos:
    case Function::pow:
        return 4;
    case Function::hard_sigmoid:
    case Function::hard_swish:
    case Function::softsign:
    case Function::reciprocal:
    case Function::div:
        return 2;
    case Function::bias:
    case Function::leaky_relu:
    case Function::sqrt:
    case Function::add:
    case Function::sub:
    case Function::mul:
    case Function::prelu:
        return 1;
    default:
        return 0;
    }
}

Estimate estimate_call(const Call &call, const std::vector<Estimate> &arguments, DataType type) {
    std::vector<double> corner;
    for (const Estimate &argument : arguments) {
        corner.push_back(argument.value);
    }
    Estimate result{apply_call(call, corner, type), 0};
    for (unsigned signs = 0; signs < 1U << arguments.size(); ++signs) {
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            const double error = arguments[i].error;
            corner[i] = arguments[i].value + ((signs >> i & 1U) != 0 ? error : -error);
        }
        const double distance = std::abs(apply_call(call, corner, type) - result.value);
        result.error = std::max(result.error, distance);
    }
    const double ulps = type == DataType::f32 ? ulp_bound(call.function) : 0;
    if (ulps > 0) {
        // Below the smallest normal number a kernel may round to zero.
        result.error += ulps * static_cast<double>(std::numeric_limits<float>::epsilon()) *
                            error_scale(call, arguments, result.value) +
                        static_cast<double>(std::numeric_limits<float>::min());
    }
    return result;
}

Estimate estimate_expression(const Expression &expression, const std::vector<double> &operands,
                             const std::vector<DataType> &calls) {
    std::size_t next = 0;
    return evaluate<Estimate>(
        expression,
        [&](int operand) {
            return Estimate{operands[static_cast<std::size_t>(operand)], 0};
        },
        [](float constant) {
            return Estimate{static_cast<double>(constant), 0};
        },
        [&](const Call &call, const std::vector<Estimate> &arguments) {
            return estimate_call(call, arguments, calls.at(next++));
        });
}

template float apply_call(const Call &, const std::vector<float> &, DataType);
template double apply_call(const Call &, const std::vector<double> &, DataType);
template float evaluate_expression(const Expression &, const std::vector<float> &, const std::vector<DataType> &);
template double evaluate_expression(const Expression &, const std::vector<double> &, const std::vector<DataType> &);

}  // namespace ingot::reference
