// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the schedules of the tensor ops share: how dimensions lie in memory, and vectors along one. Dimensions are
// counted as in spec.dims.
#pragma once
#include "Halide.h"
#include "spec/target.h"
#include "spec/tensor_spec.h"
#include <cstddef>
#include <vector>

namespace ingot {

/// Lanes of a vector of the widest type among a kernel's tensors.
int widest_lanes(const KernelSpec &spec, const Target &target);

/// Elements of a row of `extent` to compute at once: all where they fill fewer than four vectors, since LLVM makes
/// whole vectors and parts of one of them and no tail is left; else one vector.
int row_lanes(int64_t extent, int lanes);

/// The dimensions that dst differs along, the one of the smallest stride first, those of extent 1 last.
std::vector<std::size_t> loop_order(const KernelSpec &spec);

/// The variables of these dimensions.
std::vector<Halide::VarOrRVar> variables(const std::vector<Halide::Var> &dims,
                                         const std::vector<std::size_t> &order);

/// Computes `func` once for each element of `out`, which loops over `order`.
void compute_inside(Halide::Func &func, Halide::Func &out, const std::vector<Halide::Var> &dims,
                    const std::vector<std::size_t> &order);

/// The dimension of `from` to take vectors along: the one of the least vector_cost, the first of equal ones.
/// `from` is not empty.
std::size_t best_vector_dim(const KernelSpec &spec, const std::vector<std::size_t> &from, int lanes);

/// Half cycles per position to read the sources in vectors along a dimension and to compute the expression: a
/// vector of a source is one load where it is contiguous, a load per lane where it is not, none where all lanes are
/// equal.
double vector_cost(const KernelSpec &spec, std::size_t dim, int lanes);

/// The cost of a schedule, half cycles per vector multiply-add of the formula, of one that takes `of_position` half
/// cycles per position.
double multiply_add_cost(const KernelSpec &spec, const Target &target, double of_position);

}  // namespace ingot
