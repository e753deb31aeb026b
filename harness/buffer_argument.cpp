// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/buffer_argument.h"

namespace ingot {

BufferArgument::BufferArgument(const KernelBuffer &buffer, void *storage) {
    for (const BufferDim &dim : buffer.dims) {
        dims_.emplace_back(static_cast<int32_t>(dim.min), static_cast<int32_t>(dim.extent),
                           static_cast<int32_t>(dim.stride), 0);
    }
    halide_.host = static_cast<uint8_t *>(storage) + buffer.origin * static_cast<int64_t>(sizeof(float));
    halide_.type = halide_type_t(halide_type_float, 32);
    halide_.dimensions = static_cast<int32_t>(dims_.size());
    halide_.dim = dims_.data();
}

}  // namespace ingot
