// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pieces of the constant tables that the writers of CPU and of CUDA plans share.
#pragma once
#include "compiler/library/plan_c.h"
#include <ostream>

namespace ingot {

/// Rows of a plan's tables.
struct TableCounts {
    int64_t steps = 0, operands = 0, dims = 0;
};
TableCounts table_counts(const Plan &plan);

/// Rows of the tables of the CUDA plans of one target.
struct CudaTableCounts {
    int64_t plans = 0, steps = 0, arguments = 0;
    int64_t arena_bytes = 0;  ///< the largest
    int64_t max_images = 0;
};
/// Per CUDA target, in the order of the plans.
std::vector<CudaTableCounts> cuda_table_counts(const LoweredModel &model, const ModelFacts &facts);

/// A constant of C99 with this content.
std::string c_string(const std::string &text);

/// The ingot_region of ingot/plan.h.
const char *region_name(Region region);

/// halide_type_code_t and bits of an element, as ingot_operand has them: `2, 32`. A boolean is a byte.
std::string halide_type_text(DataType type);

/// `cuda_plans`, with what it refers to.
void write_cuda_plans(std::ostream &out, const LoweredModel &model, const ModelFacts &facts);

}  // namespace ingot
