// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "generators/convolution.h"
#include "schedules/winograd.h"

namespace ingot {

/// The stages that every Winograd convolution shares; `out` is left to the caller. With the matrices that
/// spec/winograd.h has for the order of the weights, U = G g Gᵀ packed in `weights`, and d(j, i) the picture under
/// tile t:
///
///     input(c, t, fx, fy, n)  = (Bᵀ d B)(fy, fx)
///     sum(c, t, fx, fy, n)    = sum over ci of weights(c, ci, fx, fy) * input(ci, t, fx, fy, n)
///     result(c, i, j, t, n)   = (Aᵀ sum A)(j, i) + bias(c)
///
/// Where the last tile reaches beyond the padded picture, its last element is read again: only results that nobody
/// wants depend on it. `bias` is an undefined Func where the spec has none.
WinogradStages make_winograd(const KernelOperands &operands);

}  // namespace ingot
