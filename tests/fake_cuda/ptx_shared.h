// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The shared memory of a block, with who has read and written each word since the last barrier.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace ingot::ptx {

class SharedMemory {
public:
    /// Cells are bytes where `by_bytes`, else words of 4 bytes.
    SharedMemory(uint32_t bytes, bool by_bytes)
        : memory_(bytes), cells_((bytes >> (by_bytes ? 0 : 2)) + 1), shift_(by_bytes ? 0 : 2) {}

    /// Nothing has been written yet.
    void begin_block() { block_start_ = ++interval_; }
    void pass_barrier() { ++interval_; }

    uint32_t bytes() const { return static_cast<uint32_t>(memory_.size()); }
    std::byte *at(uint64_t address) { return memory_.data() + address; }

    /// Notes that `thread` reads `bytes` bytes from `address`, which lie inside. Returns what is wrong, or null.
    const char *note_load(uint64_t address, uint32_t bytes, uint32_t thread) {
        for (uint64_t k = address >> shift_; k <= (address + bytes - 1) >> shift_; ++k) {
            Cell &cell = cells_[k];
            if (cell.written >> 16 < block_start_)
                return "reads shared memory that nobody has written";
            if (is_of_another(cell.written, thread))
                return "race: reads shared memory that another thread has written since the last barrier";
            if (cell.read >> 16 != interval_)
                cell.read = interval_ << 16 | thread;
            else if ((cell.read & many) != thread)
                cell.read |= many;
        }
        return nullptr;
    }

    /// As note_load for a store; `changes` tells whether it changes what the memory holds. Two threads may write
    /// the same value.
    const char *note_store(uint64_t address, uint32_t bytes, uint32_t thread, bool changes) {
        for (uint64_t k = address >> shift_; k <= (address + bytes - 1) >> shift_; ++k) {
            Cell &cell = cells_[k];
            if (is_of_another(cell.read, thread))
                return "race: writes shared memory that another thread has read since the last barrier";
            const bool again = is_of_another(cell.written, thread);
            if (again && changes)
                return "race: writes shared memory that another thread has written since the last barrier";
            cell.written = interval_ << 16 | (again ? many : thread);
        }
        return nullptr;
    }

    /// As note_load for an atomic operation, which races with nothing.
    const char *note_atomic(uint64_t address, uint32_t bytes) const {
        for (uint64_t k = address >> shift_; k <= (address + bytes - 1) >> shift_; ++k)
            if (cells_[k].written >> 16 < block_start_)
                return "changes shared memory that nobody has written";
        return nullptr;
    }

private:
    /// Number of the interval between two barriers, counted over all blocks, above the 16 bits of the thread.
    struct Cell {
        uint64_t written = 0;
        uint64_t read = 0;
    };
    static constexpr uint64_t many = 0xffff;

    bool is_of_another(uint64_t event, uint32_t thread) const {
        return event >> 16 == interval_ && (event & many) != thread;
    }

    std::vector<std::byte> memory_;
    std::vector<Cell> cells_;
    uint32_t shift_;
    uint64_t interval_ = 0;
    uint64_t block_start_ = 1;
};

}  // namespace ingot::ptx
