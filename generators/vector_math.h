// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"

namespace ingot {

// Functions of float32 as polynomials and quotients, which vectorise at every level: Halide makes tanh, sin and cos
// calls into libm, an element at a time, and its erf is wrong by many units in the last place (ULP) near 0.
//
// Largest error over all finite arguments, in ULP of the exact result, with fused multiply-adds or without:
//
//     exp        1.1    infinity from 88.73 on, denormals kept
//     expm1      1.7    at most 1.7e38
//     log        1.0    -infinity at 0, NaN below
//     tanh       2.6
//     erf        3.1
//     sigmoid    2.4
//     silu       3.1    below -87 within 2^-142
//     softplus   2.9
//     mish       3.9    below -87 within 2^-142
//     sin, cos   1.6    for |x| <= 2^20; the error grows with |x| beyond
//     pow        0.8    0.5 to the powers 2, 1/2 and -1; 1.6 to 3 and -1/2; 1.9 to 4; 3.4 to -3 and -4
//
// tests/elementwise_test.cpp holds them against libm in double.

Halide::Expr vector_exp(const Halide::Expr &x);
Halide::Expr vector_expm1(const Halide::Expr &x);
Halide::Expr vector_log(const Halide::Expr &x);
Halide::Expr vector_tanh(const Halide::Expr &x);
Halide::Expr vector_erf(const Halide::Expr &x);
Halide::Expr vector_sigmoid(const Halide::Expr &x);
Halide::Expr vector_silu(const Halide::Expr &x);
Halide::Expr vector_softplus(const Halide::Expr &x);
Halide::Expr vector_mish(const Halide::Expr &x);
Halide::Expr vector_sin(const Halide::Expr &x);
Halide::Expr vector_cos(const Halide::Expr &x);
/// As std::pow: 1 for y == 0, the power of |x| with the sign of an odd whole y for x < 0, else NaN there.
Halide::Expr vector_pow(const Halide::Expr &x, const Halide::Expr &y);

}  // namespace ingot
