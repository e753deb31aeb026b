// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/arena.h"
#include <algorithm>

namespace ingot {

namespace {

/// The border of each image: what lies before the first row's picture, between rows, and behind the last.
std::vector<ZeroRange> border_of(const Buffer &buffer, int64_t offset) {
    const int64_t n = buffer.shape[0], c = buffer.shape[1], h = buffer.shape[2], w = buffer.shape[3];
    const Pad2 &halo = buffer.halo;
    const int64_t bytes = byte_size(buffer.type);
    const int64_t row = (w + halo.left + halo.right) * c * bytes;
    const int64_t image = row * (h + halo.top + halo.bottom);
    const int64_t first = halo.top * row + halo.left * c * bytes;
    const int64_t between = (halo.left + halo.right) * c * bytes;
    std::vector<ZeroRange> result;
    for (int64_t i = 0; i < n; ++i) {
        const int64_t start = offset + i * image;
        const int64_t behind = start + first + (h - 1) * row + w * c * bytes;
        result.push_back({start, first, 0, 1});
        if (h > 1 && between > 0) {
            result.push_back({start + first + w * c * bytes, between, row, h - 1});
        }
        result.push_back({behind, start + image - behind, 0, 1});
    }
    std::erase_if(result, [](const ZeroRange &range) { return range.bytes == 0; });
    return result;
}

int64_t bytes_without_halo(Buffer buffer) {
    buffer.halo = {};
    return buffer.bytes();
}

}  // namespace

void Arena::use(ValueId root, int step, const Buffer &buffer) {
    const auto [found, is_new] = uses_.try_emplace(root, Use{step, step, buffer});
    found->second.last = step;
}

void Arena::place(Plan &plan) const {
    std::vector<BufferLife> lives;
    std::map<ValueId, std::size_t> number;
    std::vector<int64_t> live_bytes(plan.steps.size(), 0);
    for (const auto &[root, use] : uses_) {
        number[root] = lives.size();
        lives.push_back({use.buffer.bytes() * plan.max_images, use.first, use.last, use.buffer.halo.any()});
        for (int step = use.first; step <= use.last; ++step) {
            live_bytes[static_cast<std::size_t>(step)] += bytes_without_halo(use.buffer) * plan.max_images;
        }
    }
    plan.arena_lower_bound = live_bytes.empty() ? 0 : *std::max_element(live_bytes.begin(), live_bytes.end());
    const MemoryPlan memory = plan_memory(lives);
    plan.arena_bytes = memory.bytes;
    for (Step &step : plan.steps) {
        for (StepOperand &operand : step.operands) {
            if (operand.region == Region::arena) {
                operand.offset += memory.offsets[number.at(operand.index)];
                operand.index = 0;
            }
        }
    }
    for (const auto &[root, use] : uses_) {
        const BufferLife &life = lives[number.at(root)];
        const int64_t offset = memory.offsets[number.at(root)];
        if (life.halo && memory.halos_alone) {
            plan.zeros.push_back({offset, life.bytes, 0, 1});
        } else if (life.halo) {
            std::vector<ZeroRange> &zeros = plan.steps[static_cast<std::size_t>(life.first)].zeros;
            const std::vector<ZeroRange> border = border_of(use.buffer, offset);
            zeros.insert(zeros.end(), border.begin(), border.end());
        }
    }
}

}  // namespace ingot
