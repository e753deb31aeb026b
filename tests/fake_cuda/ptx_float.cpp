// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Floating-point arithmetic but fma: ptx_fused.cpp. Approximations are rounded to nearest: within what PTX allows.
#include <cmath>
#include <limits>
#include <numbers>

#include "tests/fake_cuda/ptx_forms.h"

namespace ingot::ptx {
namespace {

template<class T>
using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
template<class T>
constexpr Bits<T> sign_bit = Bits<T>(1) << (8 * sizeof(T) - 1);

template<class T>
T negated(T a) {
    return std::bit_cast<T>(static_cast<Bits<T>>(std::bit_cast<Bits<T>>(a) ^ sign_bit<T>));
}
template<class T>
T absolute(T a) {
    return std::bit_cast<T>(static_cast<Bits<T>>(std::bit_cast<Bits<T>>(a) & ~sign_bit<T>));
}
template<class T>
T with_sign(T sign, T a) {
    return std::bit_cast<T>(static_cast<Bits<T>>((std::bit_cast<Bits<T>>(a) & ~sign_bit<T>) |
                                                 (std::bit_cast<Bits<T>>(sign) & sign_bit<T>)));
}

/// The operand that is a number, where the other is none; -0 is less than +0.
template<class T>
T smaller(T a, T b) {
    const T equal = std::bit_cast<T>(std::bit_cast<Bits<T>>(a) | std::bit_cast<Bits<T>>(b));
    const T either = a < b ? a : b < a ? b : equal;
    return a != a ? b : b != b ? a : either;
}
template<class T>
T larger(T a, T b) {
    const T equal = std::bit_cast<T>(std::bit_cast<Bits<T>>(a) & std::bit_cast<Bits<T>>(b));
    const T either = a > b ? a : b > a ? b : equal;
    return a != a ? b : b != b ? a : either;
}
template<class T>
T nan_of(T a, T b, T otherwise) {
    return a != a || b != b ? std::numeric_limits<T>::quiet_NaN() : otherwise;
}

template<bool Ftz, class T>
T operand(T a) {
    if constexpr (Ftz)
        return flushed(a);
    else
        return a;
}

template<class T, bool Ftz, class F>
Entry unary_of(F) {
    return unary<T>([](T a) { return operand<Ftz>(F{}(operand<Ftz>(a))); });
}
template<class T, bool Ftz, class F>
Entry binary_of(F) {
    return binary<T>([](T a, T b) { return operand<Ftz>(F{}(operand<Ftz>(a), operand<Ftz>(b))); });
}

/// `stem` with each of the spellings of round to nearest.
void put_rounded(Registry &registry, const std::string &stem, const std::string &rest, const Entry &entry) {
    registry[stem + rest] = entry;
    registry[stem + ".rn" + rest] = entry;
}

template<class T, bool Ftz>
void register_type(Registry &registry, const std::string &type) {
    put_rounded(registry, "add", type, binary_of<T, Ftz>([](T a, T b) { return a + b; }));
    put_rounded(registry, "sub", type, binary_of<T, Ftz>([](T a, T b) { return a - b; }));
    put_rounded(registry, "mul", type, binary_of<T, Ftz>([](T a, T b) { return a * b; }));
    registry["div.rn" + type] = binary_of<T, Ftz>([](T a, T b) { return a / b; });
    registry["rcp.rn" + type] = unary_of<T, Ftz>([](T a) { return T(1) / a; });
    registry["sqrt.rn" + type] = unary_of<T, Ftz>([](T a) { return std::sqrt(a); });
    registry["min" + type] = binary_of<T, Ftz>([](T a, T b) { return smaller(a, b); });
    registry["max" + type] = binary_of<T, Ftz>([](T a, T b) { return larger(a, b); });
    registry["neg" + type] = unary_of<T, Ftz>([](T a) { return negated(a); });
    registry["abs" + type] = unary_of<T, Ftz>([](T a) { return absolute(a); });
}

template<bool Ftz>
void register_single(Registry &registry, const std::string &type) {
    registry["min.NaN" + type] =
        binary_of<float, Ftz>([](float a, float b) { return nan_of(a, b, smaller(a, b)); });
    registry["max.NaN" + type] = binary_of<float, Ftz>([](float a, float b) { return nan_of(a, b, larger(a, b)); });
    for (const char *stem : {"div.full", "div.approx"})
        registry[stem + type] = registry["div.rn" + type];
    registry["rcp.approx" + type] = registry["rcp.rn" + type];
    registry["sqrt.approx" + type] = registry["sqrt.rn" + type];
    registry["rsqrt.approx" + type] = unary_of<float, Ftz>([](float a) { return 1 / std::sqrt(a); });
    registry["ex2.approx" + type] = unary_of<float, Ftz>([](float a) { return std::exp2(a); });
    registry["lg2.approx" + type] = unary_of<float, Ftz>([](float a) { return std::log2(a); });
    registry["sin.approx" + type] = unary_of<float, Ftz>([](float a) { return std::sin(a); });
    registry["cos.approx" + type] = unary_of<float, Ftz>([](float a) { return std::cos(a); });
    const auto saturated = [](float a) { return a > 0 ? (a < 1 ? a : 1.0F) : 0.0F; };
    using Saturated = decltype(saturated);
    put_rounded(registry, "add", (Ftz ? ".ftz" : "") + std::string(".sat.f32"),
                binary_of<float, Ftz>([](float a, float b) { return Saturated{}(a + b); }));
    put_rounded(registry, "mul", (Ftz ? ".ftz" : "") + std::string(".sat.f32"),
                binary_of<float, Ftz>([](float a, float b) { return Saturated{}(a * b); }));
}

}  // namespace

void register_float(Registry &registry) {
    register_type<float, false>(registry, ".f32");
    register_type<float, true>(registry, ".ftz.f32");
    register_type<double, false>(registry, ".f64");
    register_single<false>(registry, ".f32");
    register_single<true>(registry, ".ftz.f32");
    registry["tanh.approx.f32"] = unary<float>([](float a) { return std::tanh(a); });
    registry["copysign.f32"] = binary<float>([](float sign, float a) { return with_sign(sign, a); });
    registry["copysign.f64"] = binary<double>([](double sign, double a) { return with_sign(sign, a); });
}

}  // namespace ingot::ptx
