// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/plan_memory.h"
#include "spec/buffer_dims.h"
#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

namespace ingot {

namespace {

constexpr int64_t alignment = 64;
constexpr int64_t small_arena = int64_t{256} * 1024;

bool alive_together(const BufferLife &a, const BufferLife &b) {
    return a.first <= b.last && b.first <= a.last;
}

/// The lowest offset at which `buffer` touches no placed buffer that is alive with it.
int64_t lowest_free(const std::vector<BufferLife> &buffers, const std::vector<int64_t> &offsets,
                    const std::vector<std::size_t> &placed, std::size_t buffer) {
    std::vector<std::pair<int64_t, int64_t>> taken;
    for (std::size_t other : placed) {
        if (alive_together(buffers[buffer], buffers[other])) {
            taken.emplace_back(offsets[other], offsets[other] + round_up(buffers[other].bytes, alignment));
        }
    }
    std::sort(taken.begin(), taken.end());
    int64_t offset = 0;
    for (const auto &[begin, end] : taken) {
        if (offset + buffers[buffer].bytes <= begin) {
            break;
        }
        offset = std::max(offset, end);
    }
    return offset;
}

/// What is placed first finds memory free: large buffers, those that live long, or those that come first.
using Key = std::pair<int64_t, int64_t>;
constexpr std::array<Key (*)(const BufferLife &), 4> orders = {
    [](const BufferLife &buffer) { return Key(-buffer.bytes, buffer.first); },
    [](const BufferLife &buffer) { return Key(buffer.first, -buffer.bytes); },
    [](const BufferLife &buffer) { return Key(-buffer.bytes * (buffer.last - buffer.first + 1), buffer.first); },
    [](const BufferLife &buffer) { return Key(buffer.first - buffer.last, -buffer.bytes); },
};

MemoryPlan place(const std::vector<BufferLife> &buffers, bool halos_alone, Key (*key)(const BufferLife &)) {
    MemoryPlan plan{std::vector<int64_t>(buffers.size()), 0, halos_alone};
    std::vector<std::size_t> order(buffers.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return key(buffers[a]) < key(buffers[b]); });
    std::vector<std::size_t> placed;
    for (std::size_t buffer : order) {
        plan.offsets[buffer] = lowest_free(buffers, plan.offsets, placed, buffer);
        plan.bytes = std::max(plan.bytes, plan.offsets[buffer] + round_up(buffers[buffer].bytes, alignment));
        placed.push_back(buffer);
    }
    return plan;
}

MemoryPlan smallest(std::vector<BufferLife> buffers, bool halos_alone) {
    for (BufferLife &buffer : buffers) {
        if (halos_alone && buffer.halo) {
            buffer.first = 0;
            buffer.last = std::numeric_limits<int>::max() / 2;
        }
    }
    MemoryPlan best = place(buffers, halos_alone, orders[0]);
    for (std::size_t i = 1; i < orders.size(); ++i) {
        MemoryPlan plan = place(buffers, halos_alone, orders[i]);
        if (plan.bytes < best.bytes) {
            best = std::move(plan);
        }
    }
    return best;
}

}  // namespace

MemoryPlan plan_memory(const std::vector<BufferLife> &buffers) {
    MemoryPlan alone = smallest(buffers, true);
    const MemoryPlan shared = smallest(buffers, false);
    return alone.bytes <= std::max(shared.bytes + shared.bytes / 20, small_arena) ? alone : shared;
}

}  // namespace ingot
