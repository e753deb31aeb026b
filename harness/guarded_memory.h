// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "harness/buffer_argument.h"
#include <cstdint>
#include <span>
#include <vector>

namespace ingot {

/// The memory of a kernel's argument, with guards in front, behind and between the elements that it does not fill.
/// Elements are counted from the start of the storage, as KernelBuffer::offset does.
class GuardedMemory {
public:
    /// The first element is aligned to `alignment` bytes, a multiple of a float's size, and to its own size.
    GuardedMemory(const KernelBuffer &buffer, std::size_t alignment);

    [[nodiscard]] const KernelBuffer &buffer() const { return buffer_; }
    /// For the argument vector; valid until this object moves.
    [[nodiscard]] halide_buffer_t *argument() { return argument_.get(); }
    /// All elements, halo included; of type f32.
    [[nodiscard]] std::span<float> floats();

    [[nodiscard]] double load(int64_t offset) const;
    void store(int64_t offset, double value);
    /// Guards everywhere.
    void clear();
    /// True where every byte is a guard's but those of the elements at these offsets.
    [[nodiscard]] bool is_untouched_beside(const std::vector<int64_t> &offsets) const;

private:
    [[nodiscard]] std::size_t byte_of(int64_t offset) const {
        return first_ + static_cast<std::size_t>(offset * byte_size(buffer_.type));
    }

    KernelBuffer buffer_;
    std::vector<unsigned char> storage_;  ///< guard, elements, guard
    std::size_t first_ = 0;               ///< byte of the first element
    BufferArgument argument_;
};

}  // namespace ingot
