// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators that compute each element of their result from one element of each source.
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/steps.h"
#include <algorithm>
#include <array>
#include <string>

namespace ingot {

namespace {

/// An attribute that is a constant of the function, and its default.
struct Constant {
    std::string_view attribute;
    float otherwise = 0.0F;
};

/// An operator that is one function of as many sources as the function has arguments.
struct FunctionRow {
    std::string_view name;
    Function function;
    Types types = Types::floats;
    Constant a = {}, b = {};
};

constexpr std::array function_rows = {
    FunctionRow{"Abs", Function::abs, Types::numbers},
    FunctionRow{"Add", Function::add, Types::numbers},
    FunctionRow{"And", Function::logical_and, Types::booleans},
    FunctionRow{"Ceil", Function::ceil},
    FunctionRow{"Celu", Function::celu, Types::floats, {"alpha", 1.0F}},
    FunctionRow{"Cos", Function::cos},
    FunctionRow{"Div", Function::div, Types::numbers},
    FunctionRow{"Elu", Function::elu, Types::floats, {"alpha", 1.0F}},
    FunctionRow{"Equal", Function::equal, Types::any},
    FunctionRow{"Erf", Function::erf},
    FunctionRow{"Exp", Function::exp},
    FunctionRow{"Floor", Function::floor},
    FunctionRow{"Greater", Function::greater, Types::numbers},
    FunctionRow{"GreaterOrEqual", Function::greater_equal, Types::numbers},
    FunctionRow{"HardSigmoid", Function::hard_sigmoid, Types::floats, {"alpha", 0.2F}, {"beta", 0.5F}},
    FunctionRow{"HardSwish", Function::hard_swish},
    FunctionRow{"LeakyRelu", Function::leaky_relu, Types::floats, {"alpha", 0.01F}},
    FunctionRow{"Less", Function::less, Types::numbers},
    FunctionRow{"LessOrEqual", Function::less_equal, Types::numbers},
    FunctionRow{"Log", Function::log},
    FunctionRow{"Mish", Function::mish},
    FunctionRow{"Mul", Function::mul, Types::numbers},
    FunctionRow{"Neg", Function::neg, Types::numbers},
    FunctionRow{"Not", Function::logical_not, Types::booleans},
    FunctionRow{"Or", Function::logical_or, Types::booleans},
    FunctionRow{"Reciprocal", Function::reciprocal},
    FunctionRow{"Round", Function::round},
    FunctionRow{"Selu", Function::selu, Types::floats, {"alpha", 1.67326319F}, {"gamma", 1.05070102F}},
    FunctionRow{"Sigmoid", Function::sigmoid},
    FunctionRow{"Sign", Function::sign, Types::numbers},
    FunctionRow{"Sin", Function::sin},
    FunctionRow{"Softplus", Function::softplus},
    FunctionRow{"Softsign", Function::softsign},
    FunctionRow{"Sqrt", Function::sqrt},
    FunctionRow{"Sub", Function::sub, Types::numbers},
    FunctionRow{"Tanh", Function::tanh},
    FunctionRow{"ThresholdedRelu", Function::thresholded_relu, Types::floats, {"alpha", 1.0F}},
    FunctionRow{"Xor", Function::logical_xor, Types::booleans},
};

/// An operator of any number of sources, which folds them with a function of two.
struct VariadicRow {
    std::string_view name;
    Function function;
    Types types = Types::numbers;
};

constexpr std::array variadic_rows = {
    VariadicRow{"Max", Function::max},
    VariadicRow{"Mean", Function::add, Types::floats},
    VariadicRow{"Min", Function::min},
    VariadicRow{"Sum", Function::add},
};

constexpr std::size_t most_sources = 32;

template<typename Row, std::size_t count>
const Row &row_of(const std::array<Row, count> &rows, const OnnxBuilder &builder) {
    return *std::find_if(rows.begin(), rows.end(),
                         [&](const Row &row) { return row.name == builder.node().origin.onnx_op; });
}

/// How operators of two sources broadcast before opset 7: where `broadcast` is set, the second source's dimensions
/// are those of the first from `axis` on, by default its last ones.
class OldBroadcast {
public:
    OldBroadcast(const OnnxBuilder &builder, Attributes &attributes, std::size_t arguments) {
        if (builder.opset() < 7 && arguments == 2) {
            attributes.flag("broadcast");
            has_axis_ = attributes.has("axis");
            axis_ = attributes.integer("axis", 0);
        }
    }

    /// Appends extents of 1 to the second source.
    void apply(OnnxBuilder &builder, std::vector<ValueId> &sources) const {
        if (!has_axis_) {
            return;
        }
        const std::size_t rank = builder.value(sources[0]).shape.size();
        std::vector<int64_t> shape = builder.value(sources[1]).shape;
        const auto axis = static_cast<std::size_t>(resolve_axis(axis_, rank));
        if (axis + shape.size() > rank) {
            throw Refusal{"axis=" + std::to_string(axis_) + " is not supported for a second source of shape " +
                          shape_to_text(shape) + "; convert the model to opset 7 or later"};
        }
        shape.resize(rank - axis, 1);
        sources[1] = add_reshape(builder, "second", sources[1], shape);
    }

private:
    bool has_axis_ = false;
    int64_t axis_ = 0;
};

void convert_function(OnnxBuilder &builder, Attributes &attributes) {
    const FunctionRow &row = row_of(function_rows, builder);
    const auto arguments = static_cast<std::size_t>(argument_count(row.function));
    Call call{row.function};
    const int constants = constant_count(row.function);
    call.a = constants >= 1 ? attributes.number(row.a.attribute, row.a.otherwise) : 0.0F;
    call.b = constants >= 2 ? attributes.number(row.b.attribute, row.b.otherwise) : 0.0F;
    const OldBroadcast broadcast(builder, attributes, arguments);
    attributes.refuse_others();
    std::vector<ValueId> sources = read_sources(builder, 0, arguments, row.types);
    broadcast.apply(builder, sources);
    Expression expression;
    for (std::size_t i = 0; i < arguments; ++i) {
        expression.push_back(operand_term(static_cast<int>(i)));
    }
    expression.push_back(call_term(call.function, call.a, call.b));
    builder.add_result(Map{std::move(expression)}, std::move(sources));
}

void convert_variadic(OnnxBuilder &builder, Attributes &attributes) {
    const VariadicRow &row = row_of(variadic_rows, builder);
    attributes.refuse_others();
    const std::size_t count = builder.node().inputs.size();
    std::vector<ValueId> sources = read_sources(builder, 0, count, row.types);
    if (count == 1) {
        return builder.forward_first_input();
    }
    Expression expression{operand_term(0)};
    for (std::size_t i = 1; i < count; ++i) {
        expression.push_back(operand_term(static_cast<int>(i)));
        expression.push_back(call_term(row.function));
    }
    if (row.name == "Mean") {
        expression.push_back(constant_term(static_cast<float>(count)));
        expression.push_back(call_term(Function::div));
    }
    builder.add_result(Map{std::move(expression)}, std::move(sources));
}

/// x^y in the type of x. Exponents that are known and common become products and roots.
void convert_pow(OnnxBuilder &builder, Attributes &attributes) {
    const OldBroadcast broadcast(builder, attributes, 2);
    attributes.refuse_others();
    std::vector<ValueId> sources{typed_input(builder, 0, "source", Types::numbers),
                                 typed_input(builder, 1, "exponent", Types::numbers)};
    broadcast.apply(builder, sources);
    const bool float_x = builder.value(sources[0]).type == DataType::f32,
               float_y = builder.value(sources[1]).type == DataType::f32;
    const std::vector<int64_t> &exponent = builder.value(sources[1]).shape;
    if (element_count(exponent) == 1 && exponent.size() <= builder.value(sources[0]).shape.size() &&
        builder.is_constant(sources[1])) {
        const float y = builder.value(sources[1]).constant->front();
        for (const auto &[value, expression] :
             {std::pair{2.0F, "x0,x0,mul"}, std::pair{3.0F, "x0,x0,mul,x0,mul"}, std::pair{0.5F, "x0,sqrt"}}) {
            if (y == value && (float_x || y >= 1.0F)) {
                return add_map_result(builder, expression, {sources[0]});
            }
        }
    }
    add_map_result(builder,
                   float_x == float_y ? "x0,x1,pow"
                   : float_x          ? "x0,x1,to_f32,pow"
                                      : "x0,to_f32,x1,pow,to_i64",
                   sources);
}

/// x - q * y with the quotient q rounded down, or towards zero where fmod is set.
void convert_mod(OnnxBuilder &builder, Attributes &attributes) {
    const bool truncates = attributes.flag("fmod");
    attributes.refuse_others();
    const std::vector<ValueId> sources = read_sources(builder, 0, 2, Types::numbers);
    std::string quotient;
    if (builder.value(sources[0]).type == DataType::f32) {
        quotient = truncates ? "x0,x1,div,sign,x0,x1,div,abs,floor,mul" : "x0,x1,div,floor";
    } else {
        quotient = truncates ? "x0,x1,div" : "x0,to_f32,x1,to_f32,div,floor,to_i64";
    }
    add_map_result(builder, "x0," + quotient + ",x1,mul,sub", sources);
}

void convert_where(OnnxBuilder &builder, Attributes &attributes) {
    attributes.refuse_others();
    const ValueId condition = typed_input(builder, 0, "condition", Types::booleans);
    const std::vector<ValueId> values = read_sources(builder, 1, 2, Types::any);
    add_map_result(builder, "x0,x1,x2,where", {condition, values[0], values[1]});
}

}  // namespace

const std::vector<OnnxOperator> &elementwise_operators() {
    static const std::vector<OnnxOperator> operators = [] {
        std::vector<OnnxOperator> all{
            {"Mod", 2, 2, 1, convert_mod},
            {"Pow", 2, 2, 1, convert_pow},
            {"Where", 3, 3, 1, convert_where},
        };
        for (const FunctionRow &row : function_rows) {
            const auto arguments = static_cast<std::size_t>(argument_count(row.function));
            all.push_back({row.name, arguments, arguments, 1, convert_function});
        }
        for (const VariadicRow &row : variadic_rows) {
            all.push_back({row.name, 1, most_sources, 1, convert_variadic, "at most 32 sources"});
        }
        return all;
    }();
    return operators;
}

}  // namespace ingot
