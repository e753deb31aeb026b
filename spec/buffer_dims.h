// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/kernel_spec.h"
#include <string>
#include <vector>

namespace ingot {

/// One dimension of a kernel's buffer, as Halide sees it; the stride is in elements.
struct BufferDim {
    int64_t min = 0, extent = 1, stride = 1;
    bool operator==(const BufferDim &) const = default;
};

/// A kernel's argument: what the generator declares, the plan's tables hold and the tests allocate.
struct KernelBuffer {
    std::string name;  ///< src, weights, bias, slope, add, dst; of the layers of a sequential: weights0, bias0,
                       ///< ...; of a tensor op: src0, src1, ..., index, weights, dst
    DataType type = DataType::f32;
    std::vector<BufferDim> dims;  ///< c, x, y, n (gemm: c, n); weights: see kernel_buffers; of a view: its op's,
                                  ///< innermost first
    int64_t elements = 0;         ///< of the whole storage, halo included
    int64_t origin = 0;           ///< elements from the start of the storage to the one at every dimension's min

    /// Elements from the start of the storage to the one at `position`, which has one index per dimension.
    [[nodiscard]] int64_t offset(const std::vector<int64_t> &position) const;
};

/// The arguments of a kernel in order: src; weights, bias and the slope of prelu where the spec, or layer after
/// layer of a sequential, has them; add where the epilogue adds a tensor; dst. Of a tensor op: its sources, the
/// tables index and weights of a resample ([result, tap], innermost first), dst without the dims it is reduced
/// over.
///
/// src spans its halo (min = -halo); dst spans the result alone, inside its halo. Weights: oihw (kw, kh, ci, co);
/// ohwi16o (16, ci, kw, kh, co / 16); winograd2 (16, ci, 4, 4, co / 16); winograd4 (16, ci, 6, 6, co / 16); oi (ci,
/// co). The bias of blocked weights is filled up to a multiple of 16.
std::vector<KernelBuffer> kernel_buffers(const KernelSpec &spec);

/// A tensor of rank 4 (or 2: h == w == 1) in memory: a view of its interior, or of its halo as well.
KernelBuffer tensor_buffer(std::string name, const Operand &operand, int64_t n, int64_t c, int64_t h, int64_t w,
                           bool with_halo);

constexpr int64_t channel_block = 16;

inline int64_t round_up(int64_t value, int64_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

}  // namespace ingot
