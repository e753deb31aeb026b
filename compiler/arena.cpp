// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/arena.h"

namespace ingot {

namespace {

/// The border of each image: what lies before the first row's picture, between rows, and behind the last.
std::vector<ZeroRange> border_of(const Shape4 &s, const Pad2 &halo, int64_t offset) {
    constexpr auto bytes = static_cast<int64_t>(sizeof(float));
    const int64_t row = (s.w + halo.left + halo.right) * s.c * bytes;
    const int64_t image = row * (s.h + halo.top + halo.bottom);
    const int64_t first = halo.top * row + halo.left * s.c * bytes;
    const int64_t between = (halo.left + halo.right) * s.c * bytes;
    std::vector<ZeroRange> result;
    for (int64_t n = 0; n < s.n; ++n) {
        const int64_t start = offset + n * image;
        const int64_t behind = start + first + (s.h - 1) * row + s.w * s.c * bytes;
        result.push_back({start, first, 0, 1});
        if (s.h > 1 && between > 0) {
            result.push_back({start + first + s.w * s.c * bytes, between, row, s.h - 1});
        }
        result.push_back({behind, start + image - behind, 0, 1});
    }
    std::erase_if(result, [](const ZeroRange &range) { return range.bytes == 0; });
    return result;
}

}  // namespace

StepOperand Arena::use(ValueId root, int step, const Operand &layout, const Shape4 &shape,
                       const KernelBuffer &view) {
    const auto [found, is_new] = buffers_.try_emplace(root, Buffer{step, step, layout, shape});
    found->second.last = step;
    return {Region::arena, 0, root, view};
}

void Arena::place(Plan &plan) const {
    std::vector<BufferLife> lives;
    std::map<ValueId, std::size_t> number;
    for (const auto &[root, buffer] : buffers_) {
        const Shape4 &s = buffer.shape;
        const KernelBuffer whole = tensor_buffer("", buffer.layout, s.n, s.c, s.h, s.w, true);
        const int64_t bytes = whole.elements * static_cast<int64_t>(sizeof(float)) * plan.max_images;
        number[root] = lives.size();
        lives.push_back({bytes, buffer.first, buffer.last, buffer.layout.halo.any()});
    }
    const MemoryPlan memory = plan_memory(lives);
    plan.arena_bytes = memory.bytes;
    for (Step &step : plan.steps) {
        for (StepOperand &operand : step.operands) {
            if (operand.region == Region::arena) {
                operand.offset = memory.offsets[number.at(static_cast<ValueId>(operand.offset))];
            }
        }
    }
    for (const auto &[root, buffer] : buffers_) {
        const BufferLife &life = lives[number.at(root)];
        const int64_t offset = memory.offsets[number.at(root)];
        if (life.halo && memory.halos_alone) {
            plan.zeros.push_back({offset, life.bytes, 0, 1});
        } else if (life.halo) {
            std::vector<ZeroRange> &zeros = plan.steps[static_cast<std::size_t>(life.first)].zeros;
            const std::vector<ZeroRange> border = border_of(buffer.shape, buffer.layout.halo, offset);
            zeros.insert(zeros.end(), border.begin(), border.end());
        }
    }
}

}  // namespace ingot
