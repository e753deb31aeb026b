// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A warp: 32 threads that execute one instruction at a time, each with its own registers.
#pragma once
#include <bit>
#include <cstring>
#include <type_traits>

#include "tests/fake_cuda/ptx_module.h"

namespace ingot::ptx {

class Block;

struct Warp {
    std::byte *registers = nullptr;
    Block *block = nullptr;
    uint32_t index = 0;
    uint32_t live = 0;       ///< lanes that exist and have not exited
    uint32_t carry = 0;      ///< condition code of .cc, a bit a lane
    uint32_t parked = 0;     ///< lanes that wait at a barrier ...
    uint32_t parked_at = 0;  ///< ... which is this instruction

    /// The values of the lanes in a register. Registers hold types of one width in turn: -fno-strict-aliasing.
    template<class T>
    T *at(uint32_t place) const {
        return reinterpret_cast<T *>(registers + place);
    }

    uint32_t &mask_at(uint32_t place) const { return *at<uint32_t>(place); }
};

/// f(lane) for the lanes of `mask`, and for all 32 where no living one is left out: for pure functions of
/// registers.
template<class F>
inline void for_lanes(const Warp &warp, uint32_t mask, F f) {
    if ((warp.live & ~mask) == 0) {
#pragma GCC ivdep
        for (uint32_t lane = 0; lane < lanes; ++lane)
            f(lane);
        return;
    }
    for (; mask != 0; mask &= mask - 1)
        f(static_cast<uint32_t>(std::countr_zero(mask)));
}

/// f(lane) for the lanes of `mask` alone.
template<class F>
inline void for_active(uint32_t mask, F f) {
    if (mask == UINT32_MAX) {
        for (uint32_t lane = 0; lane < lanes; ++lane)
            f(lane);
        return;
    }
    for (; mask != 0; mask &= mask - 1)
        f(static_cast<uint32_t>(std::countr_zero(mask)));
}

/// Operand `k` of one lane, extended with zeros.
inline uint64_t get(const Warp &warp, const Instruction &instruction, size_t k, uint32_t lane) {
    const uint32_t place = instruction.operands[k];
    switch (instruction.widths[k]) {
    case 2:
        return warp.at<uint16_t>(place)[lane];
    case 4:
        return warp.at<uint32_t>(place)[lane];
    default:
        return warp.at<uint64_t>(place)[lane];
    }
}

inline void set(const Warp &warp, const Instruction &instruction, size_t k, uint32_t lane, uint64_t bits) {
    const uint32_t place = instruction.operands[k];
    switch (instruction.widths[k]) {
    case 2:
        warp.at<uint16_t>(place)[lane] = static_cast<uint16_t>(bits);
        break;
    case 4:
        warp.at<uint32_t>(place)[lane] = static_cast<uint32_t>(bits);
        break;
    default:
        warp.at<uint64_t>(place)[lane] = bits;
        break;
    }
}

inline bool bit(uint32_t mask, uint32_t lane) {
    return (mask >> lane & 1U) != 0;
}

/// Ends the launch with an error that names kernel, line, block and thread.
[[noreturn]] void fail(const Warp &warp, const Instruction &instruction, uint32_t lane, Fault fault,
                       const std::string &what);

/// Subnormal numbers become zeros of their sign, as .ftz says.
inline float flushed(float value) {
    const auto bits = std::bit_cast<uint32_t>(value);
    return std::bit_cast<float>((bits & 0x7f800000U) == 0 ? bits & 0x80000000U : bits);
}

}  // namespace ingot::ptx
