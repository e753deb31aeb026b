// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One thread's accesses to the memories, checked.
#pragma once
#include "tests/fake_cuda/ptx_run.h"
#include "tests/fake_cuda/ptx_warp.h"

namespace ingot::ptx {

struct Access {
    Warp &warp;
    const Instruction &instruction;
    uint32_t lane;
    uint64_t address;
    uint32_t bytes;

    uint32_t thread() const { return warp.index * lanes + lane; }
};

[[noreturn]] void fail(const Access &access, Fault fault, const std::string &what);

/// Where the bytes of the access lie; fails where they are not aligned or not inside.
std::byte *locate_global(const Access &access);
std::byte *locate_local(const Access &access);
const std::byte *locate_constant(const Access &access);
const std::byte *locate_param(const Access &access);

/// The space of a generic address, which is made one of that space.
Space narrow(Access &access);

void check_alignment(const Access &access);
[[noreturn]] void fail_shared(const Access &access);

inline std::byte *locate_shared(const Access &access) {
    SharedMemory &shared = access.warp.block->shared;
    const bool is_inside = access.address < shared.bytes() && access.bytes <= shared.bytes() - access.address;
    if (!is_inside || (access.address & (access.bytes - 1)) != 0)
        fail_shared(access);
    return shared.at(access.address);
}

inline std::byte *locate_global(const Access &access, Extent &cached) {
    const bool is_inside = access.address >= cached.begin && access.address < cached.end &&
                           access.bytes <= cached.end - access.address &&
                           (access.address & (access.bytes - 1)) == 0;
    if (is_inside)
        return reinterpret_cast<std::byte *>(access.address);
    return locate_global(access);
}

/// Notes a load or store of whole words and fails where another block of the launch has used them so that the order
/// of the blocks matters. Blocks may write the same value.
void note_global_load(const Access &access, const Extent &extent);
void note_global_store(const Access &access, const Extent &extent, bool changes);

inline Extent &cached_extent(const Access &access) {
    Block &block = *access.warp.block;
    return block.extents[static_cast<size_t>(&access.instruction - block.launch.kernel->instructions.data())];
}

template<Space S>
const std::byte *readable(Access access) {
    if constexpr (S == Space::generic) {
        switch (narrow(access)) {
        case Space::shared:
            return readable<Space::shared>(access);
        case Space::local:
            return readable<Space::local>(access);
        default:
            return readable<Space::global>(access);
        }
    } else if constexpr (S == Space::shared) {
        const std::byte *place = locate_shared(access);
        if (const char *wrong = access.warp.block->shared.note_load(access.address, access.bytes, access.thread()))
            fail(access, Fault::launch_failed, wrong);
        return place;
    } else if constexpr (S == Space::local) {
        return locate_local(access);
    } else if constexpr (S == Space::constant) {
        return locate_constant(access);
    } else if constexpr (S == Space::param) {
        return locate_param(access);
    } else {
        Extent &extent = cached_extent(access);
        const std::byte *place = locate_global(access, extent);
        note_global_load(access, extent);
        return place;
    }
}

template<Space S>
void store(Access access, const void *data) {
    if constexpr (S == Space::generic) {
        switch (narrow(access)) {
        case Space::shared:
            return store<Space::shared>(access, data);
        case Space::local:
            return store<Space::local>(access, data);
        default:
            return store<Space::global>(access, data);
        }
    } else if constexpr (S == Space::shared) {
        std::byte *place = locate_shared(access);
        const bool changes = std::memcmp(place, data, access.bytes) != 0;
        if (const char *wrong =
                access.warp.block->shared.note_store(access.address, access.bytes, access.thread(), changes))
            fail(access, Fault::launch_failed, wrong);
        std::memcpy(place, data, access.bytes);
    } else if constexpr (S == Space::local) {
        std::memcpy(locate_local(access), data, access.bytes);
    } else {
        Extent &extent = cached_extent(access);
        std::byte *place = locate_global(access, extent);
        note_global_store(access, extent, std::memcmp(place, data, access.bytes) != 0);
        std::memcpy(place, data, access.bytes);
    }
}

}  // namespace ingot::ptx
