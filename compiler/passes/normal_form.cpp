// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/normal_form.h"
#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>

namespace ingot {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Bounds of an open clip are the largest floats.
double bound(float value) {
    return std::abs(value) >= FLT_MAX ? std::copysign(infinity, static_cast<double>(value)) : value;
}

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value == 0 ? 0.0 : value);
    return text;
}

/// Variables of a product in rising order -> its coefficient.
using Polynomial = std::map<std::vector<std::string>, double>;
using Normalised = std::optional<Polynomial>;
constexpr std::size_t most_products = 16, highest_power = 8, longest_variable = 2000;

Polynomial constant(double value) {
    return value == 0 ? Polynomial() : Polynomial{{std::vector<std::string>(), value}};
}

Normalised variable(std::string text) {
    return text.size() > longest_variable ? std::nullopt : Normalised({{{std::move(text)}, 1.0}});
}

bool is_constant(const Polynomial &p) {
    return p.empty() || (p.size() == 1 && p.begin()->first.empty());
}

double constant_part(const Polynomial &p) {
    const auto found = p.find({});
    return found == p.end() ? 0.0 : found->second;
}

std::string to_text(const Polynomial &p) {
    std::string text;
    for (const auto &[variables, coefficient] : p) {
        text += (text.empty() ? "" : "+") + number(coefficient);
        for (const std::string &name : variables) {
            text += "*" + name;
        }
    }
    return "(" + text + ")";
}

Polynomial scaled(Polynomial p, double factor) {
    for (auto &term : p) {
        term.second *= factor;
    }
    return p;
}

Polynomial sum(Polynomial a, const Polynomial &b) {
    for (const auto &[variables, coefficient] : b) {
        a[variables] += coefficient;
    }
    std::erase_if(a, [](const auto &term) { return term.second == 0; });
    return a;
}

Normalised product(const Polynomial &a, const Normalised &factor) {
    if (!factor) {
        return std::nullopt;
    }
    const Polynomial &b = *factor;
    Polynomial result;
    for (const auto &[left, x] : a) {
        for (const auto &[right, y] : b) {
            std::vector<std::string> variables = left;
            variables.insert(variables.end(), right.begin(), right.end());
            std::sort(variables.begin(), variables.end());
            if (variables.size() > highest_power) {
                return std::nullopt;
            }
            result = sum(std::move(result), {{std::move(variables), x * y}});
        }
    }
    return result.size() > most_products ? std::nullopt : Normalised(result);
}

/// clip(c * q + d) = c * clip'(q) + d with bounds moved along; q begins with the coefficient 1.
Normalised clipped(Polynomial p, double low, double high) {
    if (is_constant(p)) {
        return constant(std::min(std::max(constant_part(p), low), high));
    }
    const double d = constant_part(p);
    p.erase(std::vector<std::string>());
    const double c = p.begin()->second;
    low = (low - d) / c;
    high = (high - d) / c;
    if (c < 0) {
        std::swap(low, high);
    }
    const Normalised clip =
        variable("clip" + number(low) + "/" + number(high) + to_text(scaled(std::move(p), 1 / c)));
    return clip ? Normalised(sum(scaled(*clip, c), constant(d))) : std::nullopt;
}

class Normaliser {
public:
    /// Inside a definition x0 stands for `argument`.
    explicit Normaliser(const Polynomial *argument = nullptr) : argument_(argument) {}

    Normalised operator()(const Tree &tree) const {
        if (tree.is_operand()) {
            return argument_ != nullptr ? *argument_ : variable("x" + std::to_string(tree.term.operand));
        }
        if (tree.is_constant()) {
            return constant(tree.term.constant);
        }
        std::vector<Polynomial> arguments;
        for (const Tree &argument : tree.arguments) {
            Normalised normalised = (*this)(argument);
            if (!normalised) {
                return std::nullopt;
            }
            arguments.push_back(std::move(*normalised));
        }
        return call(tree.term.call, arguments);
    }

private:
    static Normalised call(const Call &call, const std::vector<Polynomial> &arguments) {
        const Polynomial &a = arguments.front(), &b = arguments.back();
        switch (call.function) {
        case Function::neg:
            return scaled(a, -1);
        case Function::add:
            return sum(a, b);
        case Function::sub:
            return sum(a, scaled(b, -1));
        case Function::mul:
            return product(a, b);
        case Function::div:
            return is_constant(b) && constant_part(b) != 0 ? scaled(a, 1 / constant_part(b))
                                                           : product(a, variable("1/" + to_text(b)));
        case Function::pow:
            return power(a, b);
        case Function::relu:
            return clipped(a, 0, infinity);
        case Function::clip:
            return clipped(a, bound(call.a), bound(call.b));
        case Function::hard_sigmoid:
            return clipped(sum(scaled(a, call.a), constant(call.b)), 0, 1);
        case Function::max:
        case Function::min:
            if (is_constant(a) || is_constant(b)) {
                const double limit = constant_part(is_constant(a) ? a : b);
                const Polynomial &p = is_constant(a) ? b : a;
                return call.function == Function::max ? clipped(p, limit, infinity) : clipped(p, -infinity, limit);
            }
            break;
        default:
            break;
        }
        return defined(call, arguments);
    }

    /// By the function's definition, else as a variable.
    static Normalised defined(const Call &call, const std::vector<Polynomial> &arguments) {
        for (const Definition &definition : function_definitions()) {
            if (definition.function == call.function) {
                return Normaliser(&arguments.front())(to_tree(parse_expression(definition.expression)));
            }
        }
        std::string text = ingot::to_text(call);
        for (const Polynomial &argument : arguments) {
            text += to_text(argument);
        }
        return variable(std::move(text));
    }

    static Normalised power(const Polynomial &base, const Polynomial &exponent) {
        const double n = constant_part(exponent);
        if (!is_constant(exponent) || n < 1 || n > 4 || n != std::floor(n)) {
            return variable("pow" + to_text(base) + to_text(exponent));
        }
        Normalised result = base;
        for (int i = 1; i < static_cast<int>(n) && result; ++i) {
            result = product(*result, base);
        }
        return result;
    }

    const Polynomial *argument_;
};

std::optional<Ramp> clipped(Ramp ramp, double low, double high) {
    low = (low - ramp.offset) / ramp.slope;
    high = (high - ramp.offset) / ramp.slope;
    if (ramp.slope < 0) {
        std::swap(low, high);
    }
    ramp.low = std::max(ramp.low, low);
    ramp.high = std::min(ramp.high, high);
    return ramp.low < ramp.high ? std::optional(ramp) : std::nullopt;
}

std::optional<Ramp> combined(const Call &call, Ramp ramp, double constant, bool constant_first) {
    switch (call.function) {
    case Function::sub:
        if (constant_first) {
            return Ramp{-ramp.slope, constant - ramp.offset, ramp.low, ramp.high};
        }
        constant = -constant;
        [[fallthrough]];
    case Function::add:
        ramp.offset += constant;
        return ramp;
    case Function::div:
        if (constant_first || constant == 0) {
            return std::nullopt;
        }
        constant = 1 / constant;
        [[fallthrough]];
    case Function::mul:
        ramp.slope *= constant;
        ramp.offset *= constant;
        return constant == 0 ? std::nullopt : std::optional(ramp);
    case Function::max:
        return clipped(ramp, constant, infinity);
    case Function::min:
        return clipped(ramp, -infinity, constant);
    default:
        return std::nullopt;
    }
}

std::optional<Ramp> ramp_of_call(const Call &call, Ramp ramp) {
    switch (call.function) {
    case Function::neg:
        return Ramp{-ramp.slope, -ramp.offset, ramp.low, ramp.high};
    case Function::relu:
        return clipped(ramp, 0, infinity);
    case Function::clip:
        return call.a < call.b ? clipped(ramp, bound(call.a), bound(call.b)) : std::nullopt;
    case Function::hard_sigmoid:
        ramp.slope *= call.a;
        ramp.offset = ramp.offset * call.a + call.b;
        return ramp.slope == 0 ? std::nullopt : clipped(ramp, 0, 1);
    default:
        return std::nullopt;
    }
}

}  // namespace

const std::vector<Definition> &function_definitions() {
    static const std::vector<Definition> definitions{
        {Function::reciprocal, "1,x0,div"},
        {Function::sigmoid, "1,x0,neg,exp,1,add,div"},
        {Function::silu, "x0,x0,sigmoid,mul"},
        {Function::hard_swish, "x0,x0,hard_sigmoid(0.16666667/0.5),mul"},
        {Function::softplus, "x0,exp,1,add,log"},
        {Function::mish, "x0,x0,softplus,tanh,mul"},
        {Function::softsign, "x0,x0,abs,1,add,div"},
        {Function::gelu, "x0,0.5,mul,x0,0.70710678,mul,erf,1,add,mul"},
        {Function::gelu_tanh, "x0,0.5,mul,x0,3,pow,0.044715,mul,x0,add,0.79788456,mul,tanh,1,add,mul"},
    };
    return definitions;
}

std::optional<std::string> normal_form(const Tree &tree) {
    const Normalised normalised = Normaliser()(tree);
    return normalised ? std::optional(to_text(*normalised)) : std::nullopt;
}

std::optional<Ramp> as_ramp(const Tree &tree) {
    if (tree.is_operand()) {
        return Ramp{1, 0, -infinity, infinity};
    }
    if (tree.arguments.empty() || tree.arguments.size() > 2) {
        return std::nullopt;
    }
    const Tree &first = tree.arguments.front(), &last = tree.arguments.back();
    if (tree.arguments.size() == 1) {
        const std::optional<Ramp> ramp = as_ramp(first);
        return ramp ? ramp_of_call(tree.term.call, *ramp) : std::nullopt;
    }
    if (first.is_constant() == last.is_constant()) {
        return std::nullopt;
    }
    const std::optional<Ramp> ramp = as_ramp(first.is_constant() ? last : first);
    const float constant = (first.is_constant() ? first : last).term.constant;
    return ramp ? combined(tree.term.call, *ramp, constant, first.is_constant()) : std::nullopt;
}

}  // namespace ingot
