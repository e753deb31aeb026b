// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/vector_math.h"
#include <cmath>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>

namespace ingot {

using namespace Halide;

namespace {

// LLVM is free to reassociate Halide's floats, x - n * a - n * b to x - n * (a + b). Where the order of roundings
// is the point, operations are strict.
Expr strict(Internal::Call::IntrinsicOp op, const Expr &a, const Expr &b) {
    return Internal::Call::make(a.type(), op, {a, b}, Internal::Call::PureIntrinsic);
}
Expr strict_add(const Expr &a, const Expr &b) {
    return strict(Internal::Call::strict_add, a, b);
}
Expr strict_sub(const Expr &a, const Expr &b) {
    return strict(Internal::Call::strict_sub, a, b);
}
Expr strict_mul(const Expr &a, const Expr &b) {
    return strict(Internal::Call::strict_mul, a, b);
}

/// c[0] + c[1] * x + c[2] * x^2 + ...
template<typename Real>
Expr polynomial(const Expr &x, std::span<const Real> c) {
    Expr sum = Expr(c.back());
    for (std::size_t i = c.size() - 1; i-- > 0;) {
        sum = sum * x + Expr(c[i]);
    }
    return sum;
}
template<typename Real>
Expr polynomial(const Expr &x, std::initializer_list<Real> c) {
    return polynomial(x, std::span(c.begin(), c.size()));
}

/// The nearest whole number of a small x: at 1.5 * 2^23 an ULP is 1.
Expr nearest(const Expr &x) {
    constexpr float shift = 12582912.0f;
    return strict_sub(strict_add(x, shift), shift);
}

/// 2^n of a whole n from -127, where it is 0, to 128, where it is infinity.
Expr power_of_two(const Expr &n) {
    return reinterpret<float>((n + 127) << 23);
}

/// exp(x) = 2^n * (1 + q), |x - n * log(2)| <= log(2) / 2.
struct Power {
    Expr n, q;
};

// log(2) in two parts: n times the first one is exact.
constexpr float log2_high = 0.693359375f, log2_low = -2.12194440e-4f;

// q = expm1(r) = r + r^2 * P(r), P by Remez with a relative error of q of 1.4e-8.
Power reduce_exp(const Expr &x) {
    const Expr n = nearest(x * 1.44269504f);
    const Expr r = strict_sub(strict_sub(x, strict_mul(n, log2_high)), strict_mul(n, log2_low));
    const Expr p = polynomial(r, {0.49999997f, 0.16666539f, 0.041667223f, 0.00836718082f, 0.00138823967f});
    return {cast<int>(n), r + r * r * p};
}

/// exp of x <= 0. 2^n is no normal number where the result is none; 2^(n + 24) is.
Expr exp_of_negative(const Expr &x) {
    const Power power = reduce_exp(max(x, -104.0f));
    return strict_mul(strict_add(power.q, 1.0f) * power_of_two(power.n + 24), 0x1p-24f);
}

/// log(1 + f) for f from sqrt(1/2) - 1 to sqrt(2) - 1: f - f^2 / 2 + f^3 * P(f), P by Remez with a relative error
/// of the result of 6e-9.
Expr log1p_near_zero(const Expr &f) {
    const Expr p = polynomial(f, {0.333333313f, -0.250008315f, 0.200012445f, -0.166229308f, 0.14200978f,
                                  -0.131638303f, 0.127692819f, -0.0763427839f});
    return f + f * f * (f * p - 0.5f);
}

Expr bits_of(const Expr &x) {
    return reinterpret<uint32_t>(x);
}

// Infinity and NaN are chosen as bits: float operations may assume that neither occurs.
constexpr uint32_t sign_bit = 0x80000000, infinity_bits = 0x7f800000, nan_bits = 0x7fc00000;

/// A positive float as 2^exponent * mantissa, the mantissa from sqrt(1/2) to sqrt(2); both as float.
struct Split {
    Expr exponent, mantissa;
};

Split split_float(const Expr &x) {
    constexpr float least_normal = std::numeric_limits<float>::min();
    constexpr uint32_t root_half_bits = 0x3f3504f3;
    const Expr is_small = x < least_normal;
    const Expr bits = bits_of(select(is_small, x * 8388608.0f, x));
    const Expr exponent = reinterpret<int>(bits - Expr(root_half_bits)) >> 23;
    return {cast<float>(exponent) - select(is_small, 23.0f, 0.0f),
            reinterpret<float>(bits - (reinterpret<uint32_t>(exponent) << 23))};
}

/// x * 2^n in two steps: 2^n may lie outside the normal numbers where the result does not.
Expr scaled(const Expr &x, const Expr &n) {
    const Expr half = n >> 1;
    return strict_mul(strict_mul(x, power_of_two(half)), power_of_two(n - half));
}

}  // namespace

Expr vector_exp(const Expr &x) {
    const Power power = reduce_exp(clamp(x, -104.0f, 89.0f));
    return scaled(strict_add(power.q, 1.0f), power.n);
}

// 2^n * q + (2^n - 1).
Expr vector_expm1(const Expr &x) {
    const Power power = reduce_exp(clamp(x, -18.0f, 88.0f));
    const Expr scale = power_of_two(power.n);
    return scale * power.q + strict_sub(scale, 1.0f);
}

// x = 2^e * (1 + f): log(x) = e * log(2) + log(1 + f).
Expr vector_log(const Expr &x) {
    const Split split = split_float(x);
    const Expr &e = split.exponent;
    const Expr rest = strict_add(log1p_near_zero(strict_sub(split.mantissa, 1.0f)), strict_mul(e, log2_low));
    const Expr result = bits_of(strict_add(strict_mul(e, log2_high), rest));
    return reinterpret<float>(select(x == 0.0f, Expr(sign_bit | infinity_bits), x < 0.0f, Expr(nan_bits), result));
}

// With m = expm1(-2 |x|), tanh |x| = -m / (m + 2).
Expr vector_tanh(const Expr &x) {
    const Expr m = vector_expm1(abs(x) * -2.0f);
    const Expr magnitude = m / (m + 2.0f);
    return select(x < 0.0f, magnitude, -magnitude);
}

// erf |x| = -expm1(-h), h = -log(erfc |x|) = |x| * H(|x|), H by Remez with a relative error of erf of 4e-9, up to
// the first x whose erf is 1.
Expr vector_erf(const Expr &x) {
    const Expr t = min(abs(x), 3.95f);
    const Expr h = t * polynomial(t, {1.12837923f, 0.636619389f, 0.102777831f, -0.0191530641f, -0.000160395997f,
                                      0.00166702736f, -0.000632836774f, 0.000117641233f, -9.25625955e-06f});
    const Expr m = vector_expm1(-h);
    return select(x < 0.0f, m, -m);
}

// With w = exp(-|x|), 1 / (1 + w) or w / (1 + w).
Expr vector_sigmoid(const Expr &x) {
    const Expr w = exp_of_negative(-abs(x));
    return select(x < 0.0f, w, 1.0f) / (w + 1.0f);
}

Expr vector_silu(const Expr &x) {
    return x * vector_sigmoid(x);
}

// max(x, 0) + log(1 + w), w = exp(-|x|), the logarithm of (1 + w) / 2 where w is large.
Expr vector_softplus(const Expr &x) {
    const Expr w = exp_of_negative(-abs(x));
    const Expr is_large = w > 0.414213562f;
    const Expr f = select(is_large, strict_sub(w * 0.5f, 0.5f), w);
    return max(x, 0.0f) + (log1p_near_zero(f) + select(is_large, 0.693147181f, 0.0f));
}

// x * tanh(log(1 + exp(x))) = x * a / (a + b): with w = exp(-|x|), a = w^2 + 2 w and b = 2 for x < 0, else
// a = 1 + 2 w and b = 2 w^2.
Expr vector_mish(const Expr &x) {
    const Expr w = exp_of_negative(-abs(x));
    const Expr is_negative = x < 0.0f;
    const Expr a = select(is_negative, w * w, 1.0f) + 2.0f * w;
    const Expr b = select(is_negative, 1.0f, w * w) * 2.0f;
    // Below, the result is less than the smallest denormal times 104.
    return select(x > -104.0f, x * (a / (a + b)), 0.0f);
}

namespace {

/// sin(x) for quarter == 0, cos(x) for 1. With k the nearest whole number of x * 2 / pi and r = x - k * pi / 2, it
/// is +-sin(r) or +-cos(r); r in double, pi / 2 in two parts of which k times the first one is exact.
Expr sine(const Expr &x, int quarter) {
    constexpr double half_pi_high = 0x1.921fb544p+0, half_pi_low = 0x1.0b4611a626331p-34;
    const Expr wide = cast<double>(x);
    const Expr k = round(wide * Expr(0.63661977236758134));
    const Expr r = cast<float>(
        strict_sub(strict_sub(wide, strict_mul(k, Expr(half_pi_high))), strict_mul(k, Expr(half_pi_low))));
    const Expr turn = cast<int>(k) + quarter;
    const Expr z = r * r;
    const Expr sin_r = r + r * z * polynomial(z, {-0.166666567f, 0.00833230652f, -0.000195330082f});
    const Expr cos_r = 1.0f - 0.5f * z + z * z * polynomial(z, {0.041666653f, -0.00138876855f, 2.44721468e-05f});
    const Expr value = select((turn & 1) == 0, sin_r, cos_r);
    return select((turn & 2) == 0, value, -value);
}

/// x^y by products and roots, for the y that models hold; undefined for others.
Expr power_of_constant(const Expr &x, double y) {
    const double magnitude = std::abs(y);
    const Expr square = x * x;
    const Expr result = magnitude == 0.5   ? sqrt(x)
                        : magnitude == 1.0 ? x
                        : magnitude == 2.0 ? square
                        : magnitude == 3.0 ? square * x
                        : magnitude == 4.0 ? square * square
                                           : Expr();
    return y < 0 && result.defined() ? 1.0f / result : result;
}

/// log2 of x > 0 in double, within 2^-39 of it. With x = 2^e * m and s = (m - 1) / (m + 1), log(m) = 2 * atanh(s) =
/// 2 * (s + s^3 / 3 + s^5 / 5 + ...), |s| < 0.172.
Expr wide_log2(const Expr &x) {
    const Split split = split_float(x);
    const Expr m = cast<double>(split.mantissa);
    const Expr s = (m - Expr(1.0)) / (m + Expr(1.0));
    const Expr series = polynomial(s * s, {1.0, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13});
    return cast<double>(split.exponent) + s * series * Expr(2.8853900817779268);
}

/// 2^z of a double: z = n + f, 2^f by its Taylor series at |f * log(2)| <= log(2) / 2, rounded once.
Expr exp2_of_wide(const Expr &z) {
    const Expr within = clamp(z, Expr(-152.0), Expr(129.0)), n = round(within);
    const Expr r = (within - n) * Expr(0.69314718055994531);
    const Expr p =
        polynomial(r, {1.0, 1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320});
    return scaled(cast<float>(p), cast<int>(n));
}

}  // namespace

Expr vector_sin(const Expr &x) {
    return sine(x, 0);
}
Expr vector_cos(const Expr &x) {
    return sine(x, 1);
}

// |x|^y = 2^(y * log2 |x|), in double since y makes an error of the logarithm larger by up to 150.
Expr vector_pow(const Expr &x, const Expr &y) {
    if (const std::optional<double> constant = Internal::as_const_float(y)) {
        if (Expr result = power_of_constant(x, *constant); result.defined()) {
            return result;
        }
    }
    const Expr of_zero = select(y > 0.0f, Expr(0U), y < 0.0f, Expr(infinity_bits), bits_of(1.0f));
    const Expr magnitude = select(x == 0.0f, of_zero, bits_of(exp2_of_wide(cast<double>(y) * wide_log2(abs(x)))));
    const Expr is_odd = trunc(y) == y && trunc(y * 0.5f) != y * 0.5f;
    const Expr is_negative = x < 0.0f;
    const Expr signed_power = select(is_negative && is_odd, magnitude | Expr(sign_bit), magnitude);
    return reinterpret<float>(select(is_negative && trunc(y) != y, Expr(nan_bits), signed_power));
}

}  // namespace ingot
