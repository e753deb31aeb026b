// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of generators/vector_math.h and elementwise.h over the whole range of float32, at every level of
// this CPU, against libm in double: their errors stay within those that the headers state.
#include "generators/load.h"
#include "harness/guarded_memory.h"
#include "ingot/plan.h"
#include "schedules/choose.h"
#include <algorithm>
#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numbers>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace ingot {
namespace {

constexpr int64_t sweep = int64_t{1} << 20U;
constexpr float infinity = std::numeric_limits<float>::infinity();

/// Kernels `map` of one expression each over `count` elements, for a level.
class Maps {
public:
    Maps(const std::vector<std::string> &expressions, int64_t count, const Target &target)
        : count_(count), kernels_(requests(expressions, count, target)) {}

    /// Results of expression `index` over the elements of its sources.
    std::vector<float> run(std::size_t index, const std::vector<std::vector<float>> &sources) const {
        const std::vector<KernelBuffer> buffers = kernel_buffers(specs_[index]);
        std::vector<GuardedMemory> memory;
        memory.reserve(buffers.size());
        ingot_kernel_context context{};
        ingot_kernel_context *pointer = &context;
        std::vector<void *> argv{&pointer};
        for (const KernelBuffer &buffer : buffers) {
            memory.emplace_back(buffer, alignof(float));
            if (memory.size() <= sources.size()) {
                std::ranges::copy(sources[memory.size() - 1], memory.back().floats().begin());
            }
        }
        for (GuardedMemory &operand : memory) {
            argv.push_back(operand.argument());
        }
        EXPECT_EQ(kernels_.function(index)(argv.data()), 0);
        const std::span<float> results = memory.back().floats();
        return {results.begin(), results.end()};
    }

private:
    std::vector<KernelRequest> requests(const std::vector<std::string> &expressions, int64_t count,
                                        const Target &target) {
        std::vector<KernelRequest> result;
        for (const std::string &expression : expressions) {
            std::string text = "map dims=" + std::to_string(count) + " f=" + expression + " views=1";
            for (int i = 0; i < operand_count(parse_expression(expression)); ++i) {
                text += ";1";
            }
            specs_.push_back(parse_kernel_spec(text));
            result.push_back({specs_.back(), choose(specs_.back(), target).choice, &target, KernelForm::shipped});
        }
        return result;
    }

    int64_t count_;
    std::vector<KernelSpec> specs_;
    LoadedKernels kernels_;
};

/// The distance from `value` to the next float; that of denormals below them.
double ulp_of(double value) {
    const double least = std::numeric_limits<float>::min(), largest = std::numeric_limits<float>::max();
    int exponent = 0;
    std::frexp(std::clamp(std::abs(value), least, largest), &exponent);
    return std::ldexp(1.0, exponent - std::numeric_limits<float>::digits);
}

double error_in_ulps(float got, double want, double scale) {
    const bool overflows = std::abs(want) > static_cast<double>(std::numeric_limits<float>::max());
    if (overflows && std::abs(got) >= std::numeric_limits<float>::max() &&
        std::signbit(got) == std::signbit(want)) {
        return 0;
    }
    const double error = std::abs(static_cast<double>(got) - want) / ulp_of(scale);
    return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
}

enum class Unit { result, argument };

struct Function1 {
    std::string expression;
    double (*exact)(double);
    double ulps;
    Unit unit = Unit::result;
    double lowest = -std::numeric_limits<float>::max(), highest = std::numeric_limits<float>::max();
    /// Absolute error allowed besides: x times a denormal.
    double denormal = 0;
};

double sigmoid(double x) {
    return 1 / (1 + std::exp(-x));
}
double softplus(double x) {
    return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}
double elu(double x, double alpha) {
    return x < 0 ? alpha * std::expm1(x) : x;
}
constexpr float selu_alpha = 1.6732632f, selu_gamma = 1.050701f;

const std::vector<Function1> &functions() {
    static const std::vector<Function1> all = {
        {"x0,exp", std::exp, 1.1},
        {"x0,log", std::log, 1.0, Unit::result, 0},
        {"x0,tanh", std::tanh, 2.6},
        {"x0,erf", std::erf, 3.1},
        {"x0,sigmoid", sigmoid, 2.4},
        {"x0,silu", [](double x) { return x * sigmoid(x); }, 3.1, Unit::result, -3.4e38, 3.4e38, 0x1p-142},
        {"x0,softplus", softplus, 2.9},
        {"x0,mish", [](double x) { return x * std::tanh(softplus(x)); }, 3.9, Unit::result, -3.4e38, 3.4e38,
         0x1p-142},
        {"x0,sin", std::sin, 1.6, Unit::result, -0x1p20, 0x1p20},
        {"x0,cos", std::cos, 1.6, Unit::result, -0x1p20, 0x1p20},
        {"x0,elu(1)", [](double x) { return elu(x, 1); }, 1.7},
        {"x0,selu(1.6732632/1.050701)",
         [](double x) { return static_cast<double>(selu_gamma) * elu(x, static_cast<double>(selu_alpha)); }, 3.0},
        {"x0,celu(0.75)", [](double x) { return elu(x / 0.75, 1) * 0.75; }, 3.0},
        {"x0,softsign", [](double x) { return x / (1 + std::abs(x)); }, 1.5},
        {"x0,gelu", [](double x) { return x / 2 * std::erfc(-x / std::numbers::sqrt2); }, 2.0, Unit::argument},
        {"x0,gelu_tanh",
         [](double x) { return x * sigmoid(2 * std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)); },
         2.0, Unit::argument, -1e12, 1e12},
        {"x0,hard_swish", [](double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); }, 1.5, Unit::argument},
        {"x0,sqrt", std::sqrt, 0.51, Unit::result, 0},
        {"x0,reciprocal", [](double x) { return 1 / x; }, 0.51},
        {"x0,2,pow", [](double x) { return x * x; }, 0.51},
        {"x0,3,pow", [](double x) { return x * x * x; }, 1.6},
        {"x0,0.5,pow", std::sqrt, 0.51, Unit::result, 0},
        {"x0,-0.5,pow", [](double x) { return 1 / std::sqrt(x); }, 1.6, Unit::result, 0},
        {"x0,abs,2.4,pow", [](double x) { return std::pow(std::abs(x), static_cast<double>(2.4f)); }, 0.8},
    };
    return all;
}

class Elementwise : public testing::TestWithParam<const Target *> {};

TEST_P(Elementwise, ErrorsOverAllFloatsStayWithinTheirBounds) {
    std::vector<std::string> expressions;
    for (const Function1 &function : functions()) {
        expressions.push_back(function.expression);
    }
    const Maps maps(expressions, sweep, *GetParam());
    std::vector<float> x;
    for (uint32_t i = 0; i < sweep; ++i) {
        constexpr uint32_t step = 4099;  // a prime: all mantissas
        const float value = std::bit_cast<float>(i * step);
        x.push_back(std::isfinite(value) ? value : 1.0f);
    }
    for (std::size_t f = 0; f < functions().size(); ++f) {
        const Function1 &function = functions()[f];
        const std::vector<float> results = maps.run(f, {x});
        double worst = 0;
        float at = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double argument = static_cast<double>(x[i]);
            if (argument < function.lowest || argument > function.highest) {
                continue;
            }
            const double want = function.exact(argument);
            const double scale = function.unit == Unit::argument ? argument : want;
            const double error = error_in_ulps(results[i], want, scale);
            if (error > worst && std::abs(static_cast<double>(results[i]) - want) > function.denormal) {
                worst = error;
                at = x[i];
            }
        }
        EXPECT_LE(worst, function.ulps) << function.expression << " at " << at << " on " << GetParam()->name;
        RecordProperty(function.expression, std::to_string(worst));
    }
}

TEST_P(Elementwise, PowersOfAnyTwoStayWithinTheirBound) {
    const Maps maps({"x0,x1,pow"}, sweep, *GetParam());
    std::mt19937 random(1);
    std::uniform_real_distribution<double> exponents(-150, 130), powers(-4, 4);
    std::vector<float> x, y;
    while (x.size() < static_cast<std::size_t>(sweep)) {
        const auto base = std::bit_cast<float>(static_cast<uint32_t>(random() & 0x7fffffffU));
        if (!std::isfinite(base) || base == 0 || base == 1) {
            continue;
        }
        const bool whole = x.size() % 4 == 0;
        const double power = whole               ? std::round(powers(random) * 3)
                             : x.size() % 2 == 0 ? powers(random)
                                                 : exponents(random) / std::log2(static_cast<double>(base));
        x.push_back(whole ? -base : base);
        y.push_back(static_cast<float>(power));
    }
    const std::vector<float> results = maps.run(0, {x, y});
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double want = std::pow(static_cast<double>(x[i]), static_cast<double>(y[i]));
        ASSERT_LE(error_in_ulps(results[i], want, want), 0.8) << x[i] << " ^ " << y[i] << " is " << results[i];
    }
}

TEST_P(Elementwise, EndsAndSpecialPoints) {
    struct Point {
        const char *expression;
        float x, want;
    };
    const std::vector<Point> points = {
        {"x0,exp", 0, 1},
        {"x0,exp", 1000, infinity},
        {"x0,exp", -1000, 0},
        {"x0,log", 1, 0},
        {"x0,log", 0, -infinity},
        {"x0,tanh", 20, 1},
        {"x0,tanh", -1e30f, -1},
        {"x0,tanh", 0, 0},
        {"x0,erf", 5, 1},
        {"x0,erf", -1e30f, -1},
        {"x0,sigmoid", 100, 1},
        {"x0,sigmoid", -200, 0},
        {"x0,sigmoid", 0, 0.5f},
        {"x0,silu", 1000, 1000},
        {"x0,silu", -1e30f, 0},
        {"x0,softplus", -200, 0},
        {"x0,softplus", 1e30f, 1e30f},
        {"x0,mish", 1e30f, 1e30f},
        {"x0,mish", -1e30f, 0},
        {"x0,gelu", -50, 0},
        {"x0,gelu", 50, 50},
        {"x0,elu(2)", -1000, -2},
        {"x0,round", 2.5f, 2},
        {"x0,round", -3.5f, -4},
        {"x0,sign", -0.5f, -1},
        {"x0,sign", 0, 0},
        {"x0,sin", 0, 0},
        {"x0,cos", 0, 1},
        {"x0,0,pow", 0, 1},
        {"x0,2.5,pow", 0, 0},
        {"x0,-2.5,pow", 0, infinity},
        {"x0,-3,pow", -2, -0.125f},
        {"x0,5,pow", -2, -32},
        {"x0,6,pow", -2, 64},
        {"x0,thresholded_relu(1)", 1, 0},
    };
    std::vector<std::string> expressions;
    for (const Point &point : points) {
        expressions.emplace_back(point.expression);
    }
    expressions.insert(expressions.end(), {"x0,log", "x0,1.5,pow", "x0,sqrt"});
    constexpr int64_t count = 4;
    const Maps maps(expressions, count, *GetParam());
    for (std::size_t i = 0; i < points.size(); ++i) {
        EXPECT_EQ(maps.run(i, {std::vector<float>(count, points[i].x)})[0], points[i].want)
            << points[i].expression << " of " << points[i].x;
    }
    for (std::size_t i = points.size(); i < expressions.size(); ++i) {
        EXPECT_TRUE(std::isnan(maps.run(i, {std::vector<float>(count, -2.0f)})[0])) << expressions[i];
    }
}

INSTANTIATE_TEST_SUITE_P(Levels, Elementwise, testing::ValuesIn(host_targets()), [](const auto &level) {
    std::string name(level.param->name);
    std::ranges::replace(name, '-', '_');
    return name;
});

}  // namespace
}  // namespace ingot
