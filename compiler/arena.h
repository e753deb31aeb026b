// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/node_kernel.h"
#include "compiler/plan.h"
#include "compiler/plan_memory.h"
#include <map>

namespace ingot {

/// The activations of a plan: collected while its steps are made, placed when all are known.
class Arena {
public:
    /// Step `step` uses the buffer of the value `root`: its first user writes it, and says how the picture `shape`
    /// lies in memory. The operand's offset is the buffer's number until place().
    StepOperand use(ValueId root, int step, const Operand &layout, const Shape4 &shape, const KernelBuffer &view);

    /// Gives every buffer its offset, for plan.max_images images, and says which halos are cleared when.
    void place(Plan &plan) const;

private:
    struct Buffer {
        int first = 0, last = 0;  ///< steps
        Operand layout;
        Shape4 shape;
    };
    std::map<ValueId, Buffer> buffers_;
};

}  // namespace ingot
