// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

/// Elementwise functions, of ONNX's operators of these names unless said otherwise. `a` and `b` are constants of a
/// Call, x, y and z its arguments.
enum class Function {
    bias,  ///< x + the channel's bias: first step of an epilogue only, since the accumulators start at it
    // of one argument
    relu,
    clip,  ///< min(max(x, a), b)
    leaky_relu,
    elu,
    selu,  ///< a: alpha, b: gamma
    celu,
    sigmoid,
    silu,  ///< x * sigmoid(x)
    hard_sigmoid,
    hard_swish,
    tanh,
    gelu,       ///< Gelu, approximate=none
    gelu_tanh,  ///< Gelu, approximate=tanh
    mish,
    softplus,
    softsign,
    thresholded_relu,
    abs,
    neg,
    reciprocal,
    exp,
    log,
    sqrt,
    erf,
    floor,
    ceil,
    round,  ///< to the nearest, ties to even
    sign,
    sin,
    cos,
    logical_not,
    to_f32,  ///< Cast
    to_i64,
    to_bool,
    // of two
    add,
    sub,
    mul,
    div,
    pow,
    min,
    max,
    prelu,  ///< x >= 0 ? x : y * x
    less,
    less_equal,
    greater,
    greater_equal,
    equal,
    logical_and,
    logical_or,
    logical_xor,
    // of three
    where,  ///< x ? y : z
};

/// Number of arguments, and of the constants a, b that it uses.
int argument_count(Function function);
int constant_count(Function function);
std::string_view to_text(Function function);
/// True for the functions whose second argument is a tensor where they are steps of an epilogue: bias, prelu, add.
bool reads_tensor(Function function);

/// A function with its constants: a step of an expression or of an epilogue.
struct Call {
    Function function = Function::bias;
    float a = 0.0f, b = 0.0f;
    bool operator==(const Call &) const = default;
};

/// True where no step falls as its argument grows: then the steps of a maximum are the maximum of the steps.
bool is_monotone(const std::vector<Call> &epilogue);

/// `relu`, `clip(0/6)`.
std::string to_text(const Call &call);
/// The inverse. Throws Error.
Call parse_call(std::string_view text);

/// One token of an expression in postfix order.
struct Term {
    enum class Kind { operand, constant, call };
    Kind kind = Kind::operand;
    int operand = 0;  ///< which source
    float constant = 0.0f;
    Call call;
    bool operator==(const Term &) const = default;
};

Term operand_term(int index);
Term constant_term(float value);
Term call_term(Function function, float a = 0.0f, float b = 0.0f);

/// What a kernel computes for an element from the elements of its sources, in postfix order: `x0,x1,add,relu` is
/// relu(x0 + x1). A boolean is 0 or 1; a constant takes the type of the other argument.
using Expression = std::vector<Term>;

std::string to_text(const Expression &expression);
/// The inverse. Throws Error, also where the text is no single well-formed expression.
Expression parse_expression(std::string_view text);

/// One more than the largest operand; 0 where there is none.
int operand_count(const Expression &expression);

/// True where every call finds its arguments and one value is left.
bool is_well_formed(const Expression &expression);

/// Evaluates an expression over values of any type: `operand(i)`, `constant(value)` make one, `call(call,
/// arguments)` gets a vector of as many arguments as the function has.
template<typename Value, typename Operand, typename Constant, typename Apply>
Value evaluate(const Expression &expression, const Operand &operand, const Constant &constant, const Apply &apply) {
    std::vector<Value> stack;
    for (const Term &term : expression) {
        if (term.kind == Term::Kind::operand) {
            stack.push_back(operand(term.operand));
        } else if (term.kind == Term::Kind::constant) {
            stack.push_back(constant(term.constant));
        } else {
            const auto first = stack.end() - argument_count(term.call.function);
            std::vector<Value> arguments(first, stack.end());
            stack.erase(first, stack.end());
            stack.push_back(apply(term.call, arguments));
        }
    }
    return stack.back();
}

}  // namespace ingot
