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
//     expm1      1.6    -1 below -18, at most 1.7e38
//     log        0.9    -infinity at 0, NaN below
//     tanh       2.7
//     erf        2.2
//     sigmoid    2.3    silu, one multiplication more: 2.7. 0 below -87.7
//     softplus   1.9    0 below -87.7
//     mish       3.5
//     sin, cos   0.8    for |x| <= 2^20; the error grows with |x| beyond
//     pow        0.6    1.5 and less where y is a constant that a product or a root computes
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
