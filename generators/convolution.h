// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "schedules/conv2d_direct/stages.h"
#include "spec/target.h"

namespace ingot {

/// A convolution's kernel and arguments.
struct KernelOperands {
    const KernelSpec &spec;
    const Target &target;
    Halide::Func src, weights, bias;  ///< `bias` is undefined where the spec has none
};

/// src(c, x, y, n), `vars` in that order. On the CPU it reads the halo where the source has one that is wide
/// enough, and pads by itself otherwise: 0 everywhere, then the picture's columns in its middle. On CUDA, where a
/// thread reads any element, it pads by a condition, and reads nothing outside the picture. Any range of rows may
/// be computed alone.
void define_src(Halide::Func &src, const KernelOperands &operands, const std::vector<Halide::Var> &vars);

/// The stages that every convolution shares; `conv` and `out` are left to the caller. channel(c, ci, x, y, n) =
/// src(group(c) * ci / groups + ci, x, y, n).
ConvolutionStages convolution_operands(const KernelOperands &operands);

/// What the sum over stages.r for the result at column x, row y adds up: a weight times an element of src.
Halide::Expr convolution_term(const ConvolutionStages &stages, const Halide::Expr &x, const Halide::Expr &y);

/// The stages that every direct convolution shares; `out` is left to the caller.
///
///     conv(c, x, y, n) = bias(c) + sum over ci, kx, ky of
///         weights(c, ci, kx, ky) * channel(c, ci, x * sw + kx * dw - left, y * sh + ky * dh - top, n)
ConvolutionStages make_convolution(const KernelOperands &operands);

}  // namespace ingot
