// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "reference/elementwise.h"
#include "reference/epilogue.h"
#include "spec/error.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numbers>
#include <random>
#include <string>

namespace ingot::reference {

namespace {

constexpr auto epsilon = static_cast<double>(std::numeric_limits<float>::epsilon());

double evaluated(const std::string &call, const std::vector<double> &arguments, DataType type = DataType::f32) {
    return apply_call(parse_call(call), arguments, type);
}

std::vector<Function> all_functions() {
    std::vector<Function> functions;
    for (int i = 0; i <= static_cast<int>(Function::where); ++i) {
        functions.push_back(static_cast<Function>(i));
    }
    return functions;
}

/// As many as a kernel's function has; the bias is the second one of `bias`.
std::size_t arguments_of(Function function) {
    return function == Function::bias ? 2 : static_cast<std::size_t>(argument_count(function));
}

}  // namespace

TEST(Elementwise, FollowsTheFormulasOfOnnx) {
    const double e = std::numbers::e;
    const struct {
        const char *call;
        std::vector<double> arguments;
        double want;
    } rows[] = {
        {"bias", {2, -3}, -1},
        {"relu", {-2}, 0},
        {"clip(-1/6)", {-2}, -1},
        {"clip(-1/6)", {7}, 6},
        {"clip(3/2)", {0}, 2},
        {"leaky_relu(0.5)", {-3}, -1.5},
        {"elu(2)", {-1}, 2 * (1 / e - 1)},
        {"elu(2)", {3}, 3},
        {"selu(2/3)", {-1}, 3 * (2 / e - 2)},
        {"selu(2/3)", {2}, 6},
        {"celu(2)", {-2}, 2 * (1 / e - 1)},
        {"celu(2)", {5}, 5},
        {"sigmoid", {1}, e / (1 + e)},
        {"silu", {-1}, -1 / (1 + e)},
        {"hard_sigmoid(0.25/0.5)", {1}, 0.75},
        {"hard_sigmoid(0.25/0.5)", {3}, 1},
        {"hard_sigmoid(0.25/0.5)", {-3}, 0},
        {"hard_swish", {-1}, -1.0 / 3},
        {"hard_swish", {4}, 4},
        {"hard_swish", {-4}, 0},
        {"tanh", {1}, (e * e - 1) / (e * e + 1)},
        {"gelu", {1}, 0.5 * (1 + std::erf(std::sqrt(0.5)))},
        {"gelu_tanh", {1}, 0.5 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (1 + 0.044715)))},
        {"mish", {2}, 2 * std::tanh(std::log(1 + e * e))},
        {"mish", {-2}, -2 * std::tanh(std::log(1 + 1 / (e * e)))},
        {"softplus", {1}, std::log(1 + e)},
        {"softsign", {-3}, -0.75},
        {"thresholded_relu(1)", {1}, 0},
        {"thresholded_relu(1)", {1.5}, 1.5},
        {"abs", {-2}, 2},
        {"neg", {2}, -2},
        {"reciprocal", {4}, 0.25},
        {"exp", {1}, e},
        {"log", {e}, 1},
        {"sqrt", {9}, 3},
        {"erf", {0}, 0},
        {"floor", {-1.5}, -2},
        {"ceil", {-1.5}, -1},
        {"round", {2.5}, 2},
        {"round", {-3.5}, -4},
        {"sign", {-7}, -1},
        {"sign", {0}, 0},
        {"sin", {std::numbers::pi / 2}, 1},
        {"cos", {0}, 1},
        {"not", {0}, 1},
        {"not", {3}, 0},
        {"to_f32", {3}, 3},
        {"to_i64", {-2.75}, -2},
        {"to_bool", {-0.5}, 1},
        {"add", {2, 3}, 5},
        {"sub", {2, 3}, -1},
        {"mul", {2, 3}, 6},
        {"div", {3, 2}, 1.5},
        {"pow", {2, -2}, 0.25},
        {"min", {2, -3}, -3},
        {"max", {2, -3}, 2},
        {"prelu", {-2, 3}, -6},
        {"prelu", {2, 3}, 2},
        {"less", {1, 2}, 1},
        {"less_equal", {2, 2}, 1},
        {"greater", {2, 2}, 0},
        {"greater_equal", {2, 2}, 1},
        {"equal", {2, 3}, 0},
        {"and", {1, 0}, 0},
        {"or", {1, 0}, 1},
        {"xor", {1, 1}, 0},
        {"where", {1, 2, 3}, 2},
        {"where", {0, 2, 3}, 3},
    };
    for (const auto &row : rows) {
        EXPECT_NEAR(evaluated(row.call, row.arguments), row.want, 1e-7 * std::abs(row.want)) << row.call;
    }
}

TEST(Elementwise, DoesNotOverflowOnTheWay) {
    for (const double x : {-1e4, 1e4}) {
        const double positive = std::max(x, 0.0);
        EXPECT_EQ(evaluated("sigmoid", {x}), x > 0 ? 1 : 0);
        EXPECT_EQ(evaluated("softplus", {x}), positive);
        for (const char *call : {"silu", "mish", "gelu", "gelu_tanh", "hard_swish"}) {
            EXPECT_EQ(evaluated(call, {x}), positive) << call;
        }
        EXPECT_EQ(evaluated("elu(1)", {x}), std::max(x, -1.0));
    }
    EXPECT_GT(evaluated("gelu", {-8}), -1e-14) << "1 + erf would cancel";
    EXPECT_LT(evaluated("gelu", {-8}), 0);
}

TEST(Elementwise, DividesIntegersTowardsZero) {
    EXPECT_EQ(evaluated("div", {7, 2}, DataType::i64), 3);
    EXPECT_EQ(evaluated("div", {-7, 2}, DataType::i64), -3);
    EXPECT_EQ(evaluated("div", {-7, 2}), -3.5);
    EXPECT_EQ(evaluated("div", {7, 0}, DataType::i64), 0);
    EXPECT_EQ(evaluated("pow", {2, -1}, DataType::i64), 0);
    EXPECT_EQ(evaluated("pow", {-3, 3}, DataType::i64), -27);
}

TEST(EvaluateExpression, GivesConstantsTheOtherType) {
    const Expression halved = parse_expression("x0,2,div");
    for (const DataType type : {DataType::f32, DataType::i64}) {
        const std::vector<DataType> calls = call_types(halved, {type});
        EXPECT_EQ(calls, std::vector<DataType>{type});
        EXPECT_EQ(evaluate_expression<double>(halved, {-5}, calls), type == DataType::f32 ? -2.5 : -2);
        EXPECT_EQ(expression_type(halved, {type}), type);
    }
    EXPECT_EQ(evaluate_expression<double>(parse_expression("9,x0,div"), {-2}, {DataType::i64}), -4);
}

TEST(EvaluateExpression, FollowsTypesThroughComparisonsAndCasts) {
    const Expression expression = parse_expression("x0,x1,less,x0,2,div,x1,where");
    const std::vector<DataType> types{DataType::i64, DataType::i64};
    EXPECT_EQ(call_types(expression, types), (std::vector<DataType>{DataType::i64, DataType::i64, DataType::i64}));
    EXPECT_EQ(evaluate_expression<double>(expression, {5, 6}, call_types(expression, types)), 2);
    EXPECT_EQ(evaluate_expression<double>(expression, {7, 6}, call_types(expression, types)), 6);
    EXPECT_EQ(expression_type(parse_expression("x0,x1,less"), types), DataType::boolean);
    EXPECT_EQ(expression_type(parse_expression("x0,to_f32,2,div"), types), DataType::f32);
    EXPECT_EQ(expression_type(parse_expression("x1"), types), DataType::i64);
    EXPECT_EQ(expression_type(parse_expression("2,3,add"), types), DataType::f32);
}

TEST(EstimateCall, HoldsForEveryFunctionInFloat) {
    std::mt19937 random(7);
    std::uniform_real_distribution<float> real(-12, 12), positive(0.125, 4);
    for (const Function function : all_functions()) {
        double largest = 0;
        for (int i = 0; i < 2000; ++i) {
            const Call call{function, positive(random), positive(random)};
            std::vector<float> arguments;
            std::vector<double> wide;
            std::vector<Estimate> exact;
            while (arguments.size() < arguments_of(function)) {
                const bool from_positive = function == Function::log || function == Function::sqrt ||
                                           (function == Function::pow && arguments.empty());
                arguments.push_back(from_positive ? positive(random) : real(random));
                wide.push_back(static_cast<double>(arguments.back()));
                exact.push_back({wide.back(), 0});
            }
            const Estimate want = estimate_call(call, exact, DataType::f32);
            EXPECT_EQ(want.value, apply_call(call, wide, DataType::f32));
            const double error =
                std::abs(static_cast<double>(apply_call(call, arguments, DataType::f32)) - want.value);
            EXPECT_LE(error, want.error) << to_text(call) << " of " << wide.front();
            largest = std::max(largest, want.error);
        }
        EXPECT_EQ(largest > 0, ulp_bound(function) > 0) << to_text(function);
    }
}

TEST(EstimateCall, CarriesTheErrorsOfItsArguments) {
    const auto error = [](const char *call, const std::vector<Estimate> &arguments) {
        return estimate_call(parse_call(call), arguments, DataType::f32).error;
    };
    EXPECT_EQ(error("relu", {{1, 0.25}}), 0.25);
    EXPECT_EQ(error("relu", {{-1, 0.25}}), 0);
    EXPECT_EQ(error("relu", {{-0.125, 0.25}}), 0.125);
    EXPECT_EQ(error("clip(0/6)", {{6, 0.25}}), 0.25);
    EXPECT_NEAR(error("mul", {{3, 0.5}, {4, 0.25}}), 3 * 0.25 + 4 * 0.5 + 0.5 * 0.25, 2e-6);
    EXPECT_NEAR(error("exp", {{2, 0.5}}), std::exp(2.5) - std::exp(2), 1e-5) << "e^x grows faster than x";
    EXPECT_EQ(error("floor", {{0.875, 0.25}}), 1) << "it may be either side of the step";
    EXPECT_EQ(error("less", {{1, 0.25}, {1.125, 0}}), 1);
    EXPECT_EQ(error("where", {{1, 0}, {2, 0.5}, {3, 9}}), 0.5);
    EXPECT_EQ(estimate_call(parse_call("add"), {{3, 0}, {4, 0}}, DataType::i64).error, 0) << "integers are exact";
}

TEST(EstimateExpression, AddsARoundingPerCall) {
    const Expression expression = parse_expression("x0,x1,sub,x1,mul");
    const std::vector<DataType> types{DataType::f32, DataType::f32};
    const Estimate estimate = estimate_expression(expression, {1001, 1000}, call_types(expression, types));
    EXPECT_EQ(estimate.value, 1000);
    EXPECT_NEAR(estimate.error, 2 * epsilon * 1000, epsilon);
}

TEST(ApplyEpilogue, ReadsATensorPerStepThatHasOne) {
    const Tensor<double> sums{{2, 2, 1, 2}, {-1, 2, -3, 4, 5, -6, 7, -8}};
    const Tensor<double> slope{{2}, {10, 100}}, added{{2, 2, 1, 2}, {1, 1, 1, 1, 2, 2, 2, 2}};
    const std::vector<Call> epilogue{{Function::bias}, {Function::prelu}, {Function::add}, {Function::relu}};
    const Tensor<double> result = apply_epilogue(sums, epilogue, {&slope, &added});
    EXPECT_EQ(result.shape, sums.shape);
    EXPECT_EQ(result.data, (std::vector<double>{0, 3, 0, 5, 7, 0, 9, 0}));
    EXPECT_THROW(apply_epilogue(sums, epilogue, {&slope}), InternalError);
    EXPECT_THROW(apply_epilogue(sums, epilogue, {&added, &slope}), InternalError);
    EXPECT_THROW(apply_epilogue(sums, epilogue, {&slope, &added, &added}), InternalError);
}

TEST(ApplyEpilogue, CarriesTheBoundOfTheSums) {
    const int64_t roundings = 10;
    const Bounded<double> sums{{{1, 1}, {2}}, {{1, 1}, {1e4}}};
    const auto error = [&](const std::vector<Call> &epilogue) {
        return apply_epilogue(sums, epilogue, {}, roundings).magnitude.data[0] * epsilon * roundings;
    };
    const double before = 1e4 * epsilon * roundings;
    EXPECT_DOUBLE_EQ(error({{Function::relu}}), before);
    EXPECT_DOUBLE_EQ(error({{Function::clip, 0, 6}}), before);
    EXPECT_NEAR(error({{Function::leaky_relu, 3}}), before, 3 * epsilon);
    EXPECT_NEAR(error({{Function::exp}}), std::exp(2) * std::expm1(before), 40 * epsilon);
    EXPECT_LT(error({{Function::sigmoid}}), before / 4);
    for (const Function function :
         {Function::silu, Function::gelu, Function::gelu_tanh, Function::hard_swish, Function::mish}) {
        EXPECT_LT(error({{function}}), 1.5 * before) << to_text(function);
    }
}

}  // namespace ingot::reference
