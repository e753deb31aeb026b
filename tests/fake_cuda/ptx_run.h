// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a kernel on the CPU, one block after the other, and checks each access to memory.
#pragma once
#include <array>
#include <span>

#include "tests/fake_cuda/ptx_module.h"
#include "tests/fake_cuda/ptx_shared.h"

namespace ingot::ptx {

/// Which block has read and written a word of 4 bytes last: the number of the launch above 40 bits of the block's.
struct WordUse {
    static constexpr uint32_t block_bits = 40;
    static constexpr uint64_t many = (uint64_t(1) << block_bits) - 1;  ///< blocks of one launch have read it
    uint64_t written = 0;
    uint64_t read = 0;
};

struct Extent {
    uint64_t begin = 0;
    uint64_t end = 0;
    WordUse *uses = nullptr;  ///< of the words from `begin` on
};

/// What a kernel may access as global memory.
class DeviceMemory {
public:
    virtual ~DeviceMemory() = default;
    /// The live allocation around `address`; an empty one where there is none.
    virtual Extent extent_of(uint64_t address) const = 0;
    /// What lies at or near `address`, for messages: "12 bytes after the allocation 0x7f..., 64 bytes".
    virtual std::string describe(uint64_t address) const = 0;
};

struct Dim3 {
    uint32_t x = 1;
    uint32_t y = 1;
    uint32_t z = 1;
};

struct Launch {
    const Module *module = nullptr;
    const Kernel *kernel = nullptr;
    Dim3 grid = {};
    Dim3 block = {};
    uint32_t dynamic_shared_bytes = 0;
    std::span<const std::byte> params = {};
    const DeviceMemory *memory = nullptr;
    uint64_t instruction_budget = 0;  ///< instructions of all threads together
};

/// Runs the launch to its end; returns the instructions executed, of all threads together. Throws Error, which
/// names kernel, line, block and thread.
uint64_t run(const Launch &launch);

/// Generic addresses of shared and local memory start here; others are global.
inline constexpr uint64_t shared_window = uint64_t(1) << 60;
inline constexpr uint64_t local_window = uint64_t(1) << 61;

/// What the threads of a block share while it runs.
class Block {
public:
    explicit Block(const Launch &launch);

    const Launch &launch;
    SharedMemory shared;
    std::vector<std::byte> local;  ///< thread by thread
    std::vector<Extent> extents;   ///< the allocation that each instruction touched last
    Dim3 index = {};
    uint64_t use = 0;  ///< this block in this launch, as WordUse says
    uint64_t executed = 0;
};

}  // namespace ingot::ptx
