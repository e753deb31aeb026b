// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/buffer_argument.h"

namespace ingot {

namespace {

halide_type_t halide_type(DataType type) {
    const auto bits = static_cast<uint8_t>(8 * byte_size(type));
    switch (type) {
    case DataType::f32:
        return {halide_type_float, bits};
    case DataType::i64:
    case DataType::i32:
        return {halide_type_int, bits};
    default:
        return {halide_type_uint, bits};
    }
}

}  // namespace

BufferArgument::BufferArgument(const KernelBuffer &buffer, void *storage) {
    for (const BufferDim &dim : buffer.dims) {
        dims_.emplace_back(static_cast<int32_t>(dim.min), static_cast<int32_t>(dim.extent),
                           static_cast<int32_t>(dim.stride), 0);
    }
    halide_.host = static_cast<uint8_t *>(storage) + buffer.origin * byte_size(buffer.type);
    halide_.type = halide_type(buffer.type);
    halide_.dimensions = static_cast<int32_t>(dims_.size());
    halide_.dim = dims_.data();
}

}  // namespace ingot
