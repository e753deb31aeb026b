// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/expression.h"
#include "spec/error.h"
#include "spec/text.h"
#include <algorithm>
#include <array>
#include <limits>

namespace ingot {

namespace {

struct FunctionRow {
    Function function;
    std::string_view name;
    int arguments, constants;
};

/// In the order of Function.
constexpr std::array functions = {
    FunctionRow{Function::bias, "bias", 1, 0},
    FunctionRow{Function::relu, "relu", 1, 0},
    FunctionRow{Function::clip, "clip", 1, 2},
    FunctionRow{Function::leaky_relu, "leaky_relu", 1, 1},
    FunctionRow{Function::elu, "elu", 1, 1},
    FunctionRow{Function::selu, "selu", 1, 2},
    FunctionRow{Function::celu, "celu", 1, 1},
    FunctionRow{Function::sigmoid, "sigmoid", 1, 0},
    FunctionRow{Function::silu, "silu", 1, 0},
    FunctionRow{Function::hard_sigmoid, "hard_sigmoid", 1, 2},
    FunctionRow{Function::hard_swish, "hard_swish", 1, 0},
    FunctionRow{Function::tanh, "tanh", 1, 0},
    FunctionRow{Function::gelu, "gelu", 1, 0},
    FunctionRow{Function::gelu_tanh, "gelu_tanh", 1, 0},
    FunctionRow{Function::mish, "mish", 1, 0},
    FunctionRow{Function::softplus, "softplus", 1, 0},
    FunctionRow{Function::softsign, "softsign", 1, 0},
    FunctionRow{Function::thresholded_relu, "thresholded_relu", 1, 1},
    FunctionRow{Function::abs, "abs", 1, 0},
    FunctionRow{Function::neg, "neg", 1, 0},
    FunctionRow{Function::reciprocal, "reciprocal", 1, 0},
    FunctionRow{Function::exp, "exp", 1, 0},
    FunctionRow{Function::log, "log", 1, 0},
    FunctionRow{Function::sqrt, "sqrt", 1, 0},
    FunctionRow{Function::erf, "erf", 1, 0},
    FunctionRow{Function::floor, "floor", 1, 0},
    FunctionRow{Function::ceil, "ceil", 1, 0},
    FunctionRow{Function::round, "round", 1, 0},
    FunctionRow{Function::sign, "sign", 1, 0},
    FunctionRow{Function::sin, "sin", 1, 0},
    FunctionRow{Function::cos, "cos", 1, 0},
    FunctionRow{Function::logical_not, "not", 1, 0},
    FunctionRow{Function::to_f32, "to_f32", 1, 0},
    FunctionRow{Function::to_i64, "to_i64", 1, 0},
    FunctionRow{Function::to_bool, "to_bool", 1, 0},
    FunctionRow{Function::add, "add", 2, 0},
    FunctionRow{Function::sub, "sub", 2, 0},
    FunctionRow{Function::mul, "mul", 2, 0},
    FunctionRow{Function::div, "div", 2, 0},
    FunctionRow{Function::pow, "pow", 2, 0},
    FunctionRow{Function::min, "min", 2, 0},
    FunctionRow{Function::max, "max", 2, 0},
    FunctionRow{Function::prelu, "prelu", 2, 0},
    FunctionRow{Function::less, "less", 2, 0},
    FunctionRow{Function::less_equal, "less_equal", 2, 0},
    FunctionRow{Function::greater, "greater", 2, 0},
    FunctionRow{Function::greater_equal, "greater_equal", 2, 0},
    FunctionRow{Function::equal, "equal", 2, 0},
    FunctionRow{Function::logical_and, "and", 2, 0},
    FunctionRow{Function::logical_or, "or", 2, 0},
    FunctionRow{Function::logical_xor, "xor", 2, 0},
    FunctionRow{Function::where, "where", 3, 0},
};

const FunctionRow &row_of(Function function) {
    const auto index = static_cast<std::size_t>(function);
    INGOT_CHECK(index < functions.size() && functions[index].function == function, "a function has no row");
    return functions[index];
}

/// `x0`: the operand's number.
std::optional<int64_t> read_operand(std::string_view token) {
    constexpr int64_t most_operands = 63;
    return token.starts_with('x') ? read_int(token.substr(1), 0, most_operands) : std::nullopt;
}

Term parse_term(std::string_view token) {
    if (const std::optional<int64_t> operand = read_operand(token)) {
        return operand_term(static_cast<int>(*operand));
    }
    if (const std::optional<float> constant = read_float(token)) {
        return constant_term(*constant);
    }
    if (token == "inf" || token == "-inf") {  // what constants overflow to
        constexpr float infinity = std::numeric_limits<float>::infinity();
        return constant_term(token == "inf" ? infinity : -infinity);
    }
    Term term;
    term.kind = Term::Kind::call;
    term.call = parse_call(token);
    return term;
}

}  // namespace

int argument_count(Function function) {
    return row_of(function).arguments;
}

int constant_count(Function function) {
    return row_of(function).constants;
}

bool reads_tensor(Function function) {
    return function == Function::bias || function == Function::prelu || function == Function::add;
}

bool is_monotone(const std::vector<Call> &epilogue) {
    const auto is_step_monotone = [](const Call &call) {
        switch (call.function) {
        case Function::bias:
        case Function::relu:
        case Function::clip:
        case Function::sigmoid:
        case Function::tanh:
        case Function::softplus:
        case Function::softsign:
        case Function::exp:
        case Function::erf:
        case Function::floor:
        case Function::ceil:
        case Function::round:
        case Function::sign:
            return true;
        case Function::leaky_relu:
        case Function::elu:
        case Function::celu:
        case Function::hard_sigmoid:
            return call.a >= 0;
        case Function::selu:
            return call.a >= 0 && call.b >= 0;
        default:
            return false;
        }
    };
    return std::all_of(epilogue.begin(), epilogue.end(), is_step_monotone);
}

std::string_view to_text(Function function) {
    return row_of(function).name;
}

std::string to_text(const Call &call) {
    std::string text(to_text(call.function));
    switch (constant_count(call.function)) {
    case 0:
        return text;
    case 1:
        return text + '(' + print_float(call.a) + ')';
    default:
        return text + '(' + print_float(call.a) + '/' + print_float(call.b) + ')';
    }
}

Call parse_call(std::string_view text) {
    const std::string_view name = text.substr(0, text.find('('));
    const auto row =
        std::find_if(functions.begin(), functions.end(), [&](const auto &r) { return r.name == name; });
    if (row == functions.end()) {
        std::vector<std::string_view> known;
        for (const FunctionRow &function : functions) {
            known.push_back(function.name);
        }
        throw Error("unknown function '" + std::string(name) + "'; known: " + join(known));
    }
    Call call{row->function};
    std::string_view rest = text.substr(name.size());
    const bool bracketed = rest.size() >= 2 && rest.ends_with(')');
    const std::vector<std::string_view> parts =
        bracketed ? split(rest.substr(1, rest.size() - 2), '/') : std::vector<std::string_view>();
    bool fits = static_cast<int>(parts.size()) == row->constants && bracketed == !rest.empty();
    for (std::size_t i = 0; i < parts.size() && fits; ++i) {
        const std::optional<float> value = read_float(parts[i]);
        fits = value.has_value();
        (i == 0 ? call.a : call.b) = value.value_or(0.0f);
    }
    if (!fits) {
        throw Error("'" + std::string(text) + "' does not give " + std::string(name) + " its " +
                    std::to_string(row->constants) + " constants, as in clip(0/6)");
    }
    return call;
}

Term operand_term(int index) {
    Term term;
    term.operand = index;
    return term;
}

Term constant_term(float value) {
    Term term;
    term.kind = Term::Kind::constant;
    term.constant = value;
    return term;
}

Term call_term(Function function, float a, float b) {
    Term term;
    term.kind = Term::Kind::call;
    term.call = {function, a, b};
    return term;
}

std::string to_text(const Expression &expression) {
    std::string text;
    for (const Term &term : expression) {
        text += text.empty() ? "" : ",";
        switch (term.kind) {
        case Term::Kind::operand:
            text += 'x' + std::to_string(term.operand);
            break;
        case Term::Kind::constant:
            text += print_float(term.constant);
            break;
        case Term::Kind::call:
            text += to_text(term.call);
            break;
        }
    }
    return text;
}

Expression parse_expression(std::string_view text) {
    Expression expression;
    for (std::string_view token : split(text, ',')) {
        expression.push_back(parse_term(token));
    }
    if (!is_well_formed(expression)) {
        throw Error("'" + std::string(text) + "' is no expression in postfix order, as in x0,x1,add,relu");
    }
    return expression;
}

int operand_count(const Expression &expression) {
    int count = 0;
    for (const Term &term : expression) {
        count = term.kind == Term::Kind::operand ? std::max(count, term.operand + 1) : count;
    }
    return count;
}

bool is_well_formed(const Expression &expression) {
    int depth = 0;
    for (const Term &term : expression) {
        if (term.kind == Term::Kind::call) {
            const int arguments = argument_count(term.call.function);
            if (arguments > depth || term.call.function == Function::bias) {
                return false;
            }
            depth -= arguments;
        }
        ++depth;
    }
    return depth == 1;
}

}  // namespace ingot
