// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "HalideRuntime.h"
#include "spec/buffer_dims.h"
#include <vector>

namespace ingot {

/// A kernel's argument, as Halide's runtime sees it, over memory that somebody else owns.
class BufferArgument {
public:
    BufferArgument() = default;
    /// `storage` is the first byte of all `buffer.elements`, halo included.
    BufferArgument(const KernelBuffer &buffer, void *storage);
    BufferArgument(BufferArgument &&) = default;
    BufferArgument &operator=(BufferArgument &&) = default;

    /// For the argument vector; valid until this object moves.
    [[nodiscard]] halide_buffer_t *get() { return &halide_; }

private:
    std::vector<halide_dimension_t> dims_;
    halide_buffer_t halide_{};
};

}  // namespace ingot
