// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/lowering/placement.h"
#include "compiler/lowering/plan_memory.h"
#include <map>

namespace ingot {

/// The activations of a plan: collected while its steps are made, placed when all are known.
class Arena {
public:
    /// Step `step` uses the buffer of the value `root`; the first to use one writes it. An operand of the region
    /// arena has the root as its index, and its offset is that from the buffer's start, until place().
    void use(ValueId root, int step, const Buffer &buffer);

    /// Gives every buffer its memory, for plan.max_images images, and says which halos are cleared when.
    void place(Plan &plan) const;

private:
    struct Use {
        int first = 0, last = 0;  ///< steps
        Buffer buffer;
    };
    std::map<ValueId, Use> uses_;
};

}  // namespace ingot
