// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <HalideRuntime.h>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ingot/plan.h>

namespace {

constexpr int max_dimensions = 8;

/// One loop of a copy; strides in bytes.
struct Loop {
    int64_t extent = 0;
    int64_t src_stride = 0;
    int64_t dst_stride = 0;
};

/// The loops of a copy, innermost first.
struct LoopNest {
    Loop loops[max_dimensions];
    int count = 0;
    bool empty = false;
};

int64_t magnitude(int64_t value) {
    return value < 0 ? -value : value;
}

/// Keeps the loops sorted by the distance between two stores, so that memory is written in order.
void insert(LoopNest &nest, const Loop &loop) {
    int place = nest.count++;
    for (; place > 0 && magnitude(nest.loops[place - 1].dst_stride) > magnitude(loop.dst_stride); --place) {
        nest.loops[place] = nest.loops[place - 1];
    }
    nest.loops[place] = loop;
}

/// Joins a loop with the one inside it where both buffers go on without a gap.
void join_loops(LoopNest &nest) {
    int last = 0;
    for (int i = 1; i < nest.count; ++i) {
        Loop &inner = nest.loops[last];
        const Loop &outer = nest.loops[i];
        if (outer.src_stride == inner.src_stride * inner.extent &&
            outer.dst_stride == inner.dst_stride * inner.extent) {
            inner.extent *= outer.extent;
        } else {
            nest.loops[++last] = outer;
        }
    }
    nest.count = nest.count == 0 ? 0 : last + 1;
}

LoopNest plan_loops(const halide_buffer_t &src, const halide_buffer_t &dst, int64_t element_bytes) {
    LoopNest nest;
    for (int d = 0; d < src.dimensions; ++d) {
        const int64_t extent = src.dim[d].extent;
        nest.empty = nest.empty || extent <= 0;
        if (extent > 1) {
            insert(nest, {extent, src.dim[d].stride * element_bytes, dst.dim[d].stride * element_bytes});
        }
    }
    join_loops(nest);
    return nest;
}

/// A row of elements of a size known to the compiler: one load and one store each.
template<size_t element_bytes>
void copy_row(unsigned char *dst, const unsigned char *src, const Loop &row) {
    for (int64_t i = 0; i < row.extent; ++i) {
        std::memcpy(dst + i * row.dst_stride, src + i * row.src_stride, element_bytes);
    }
}

void copy_row(unsigned char *dst, const unsigned char *src, const Loop &row, size_t element_bytes) {
    const auto dense = static_cast<int64_t>(element_bytes);
    if (row.src_stride == dense && row.dst_stride == dense) {
        std::memcpy(dst, src, static_cast<size_t>(row.extent) * element_bytes);
    } else if (element_bytes == 4) {
        copy_row<4>(dst, src, row);
    } else {
        for (int64_t i = 0; i < row.extent; ++i) {
            std::memcpy(dst + i * row.dst_stride, src + i * row.src_stride, element_bytes);
        }
    }
}

void copy_loops(unsigned char *dst, const unsigned char *src, const LoopNest &nest, size_t element_bytes) {
    const Loop scalar = {1, 0, 0};
    const Loop &row = nest.count > 0 ? nest.loops[0] : scalar;
    int64_t index[max_dimensions] = {};
    for (;;) {
        copy_row(dst, src, row, element_bytes);
        int d = 1;
        for (; d < nest.count; ++d) {
            const Loop &loop = nest.loops[d];
            dst += loop.dst_stride;
            src += loop.src_stride;
            if (++index[d] < loop.extent) {
                break;
            }
            index[d] = 0;
            dst -= loop.dst_stride * loop.extent;
            src -= loop.src_stride * loop.extent;
        }
        if (d >= nest.count) {
            return;
        }
    }
}

int check_alike(const halide_buffer_t &src, const halide_buffer_t &dst) {
    if (src.type.bytes() != dst.type.bytes()) {
        return halide_error_code_bad_type;
    }
    if (src.dimensions != dst.dimensions || src.dimensions < 0 || src.dimensions > max_dimensions) {
        return halide_error_code_bad_dimensions;
    }
    for (int d = 0; d < src.dimensions; ++d) {
        if (src.dim[d].extent != dst.dim[d].extent) {
            return halide_error_code_constraint_violated;
        }
    }
    return 0;
}

}  // namespace

int ingot_copy_kernel(void **argv) {
    const auto &src = *static_cast<const halide_buffer_t *>(argv[1]);
    const auto &dst = *static_cast<const halide_buffer_t *>(argv[2]);
    const int error = check_alike(src, dst);
    if (error != 0) {
        return error;
    }
    const auto element_bytes = static_cast<size_t>(src.type.bytes());
    const LoopNest nest = plan_loops(src, dst, src.type.bytes());
    if (!nest.empty) {
        copy_loops(dst.host, src.host, nest, element_bytes);
    }
    return 0;
}
