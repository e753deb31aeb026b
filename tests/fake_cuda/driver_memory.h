// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Device memory: host memory that the driver knows.
#pragma once
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>

#include "tests/fake_cuda/ptx_run.h"

namespace ingot::fake_cuda {

/// Allocations lie between guard zones and start as bytes of 0xff, which are no numbers. What has been freed keeps
/// its addresses for a while, so that its use is seen.
class DeviceMemory : public ptx::DeviceMemory, public ptx::GlobalAllocator {
public:
    static constexpr uint64_t alignment = 256;

    uint64_t add(size_t bytes);
    /// False where no allocation starts at `address`.
    bool remove(uint64_t address);
    void clear();
    /// Whether [address, address + bytes) lies in one live allocation.
    bool holds(uint64_t address, size_t bytes) const;

    size_t count() const { return live_.size(); }
    uint64_t bytes() const { return bytes_; }

    ptx::Extent extent_of(uint64_t address) const override;
    std::string describe(uint64_t address) const override;
    std::byte *allocate(size_t bytes) override;

private:
    struct Block {
        std::unique_ptr<std::byte[]> memory;
        uint64_t begin = 0;
        uint64_t bytes = 0;
        std::unique_ptr<ptx::WordUse, void (*)(void *)> uses = {nullptr, std::free};
    };

    void forget_the_oldest();

    std::map<uint64_t, Block> live_;  ///< by their first address
    std::deque<Block> freed_;
    uint64_t bytes_ = 0;
    uint64_t freed_bytes_ = 0;
};

}  // namespace ingot::fake_cuda
