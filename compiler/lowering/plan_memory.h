// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <vector>

namespace ingot {

/// A buffer of activations: live from the step that writes it to the last that reads it, both included.
struct BufferLife {
    int64_t bytes = 0;
    int first = 0, last = 0;
    bool halo = false;  ///< has a border that must read as zero
};

struct MemoryPlan {
    std::vector<int64_t> offsets;  ///< per buffer, multiples of 64
    int64_t bytes = 0;             ///< of the arena, a multiple of 64
    /// Whether buffers with a halo share their memory with no other at any time, so that clearing it once, when a
    /// session is made, is enough. Otherwise every run clears the border.
    bool halos_alone = true;
};

/// Places buffers so that those alive together never overlap, each at the lowest offset that is free; of some
/// orders that which takes the least memory (Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net
/// Inference). Buffers with a halo get memory of their own unless that makes the arena more than 5 % larger and
/// larger than what stays in an L2 cache anyway.
MemoryPlan plan_memory(const std::vector<BufferLife> &buffers);

}  // namespace ingot
