// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/matmul/stages.h"
#include "schedules/tensor_loops.h"

namespace ingot::matmul {

/// One of the two dimensions that dst has beside the batch's, with the operand that differs along it: m and a, or n
/// and b.
struct Side {
    std::size_t dim;      ///< in spec.dims
    std::size_t operand;  ///< 0: a, 1: b

    [[nodiscard]] int64_t extent(const KernelSpec &spec) const { return spec.dims[dim]; }
    /// Distance of the operand's neighbours along this dimension, and along k.
    [[nodiscard]] int64_t stride(const KernelSpec &spec) const {
        return std::abs(spec.views[operand].strides[dim]);
    }
    [[nodiscard]] int64_t depth_stride(const KernelSpec &spec) const {
        return std::abs(spec.views[operand].strides.back());
    }
};

/// The dimension in which dst is contiguous, or nearer to it, and the other one. m and n can take each other's
/// places, as their operands do.
struct Sides {
    Side columns, rows;
};

inline Sides sides_of(const KernelSpec &spec) {
    const std::size_t n = spec.dims.size() - 2, m = n - 1;
    const auto far = [&](std::size_t dim) {
        return std::pair(spec.dims[dim] == 1, std::abs(spec.views[2].strides[dim]));
    };
    const Side side_m{m, 0}, side_n{n, 1};
    return far(m) < far(n) ? Sides{side_m, side_n} : Sides{side_n, side_m};
}

/// The batch's dimensions.
inline std::vector<std::size_t> batch_dims(const KernelSpec &spec) {
    std::vector<std::size_t> dims = loop_order(spec);
    std::erase_if(dims, [&](std::size_t i) { return i + 3 >= spec.dims.size(); });
    return dims;
}

}  // namespace ingot::matmul
