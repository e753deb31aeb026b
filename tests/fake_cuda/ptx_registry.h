// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The instructions that are understood, by their whole mnemonic.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/fake_cuda/ptx_module.h"

namespace ingot::ptx {

enum class Operand : uint8_t {
    destination,
    source,        ///< a register, number, special register or address of a variable
    address,       ///< in brackets: a register, variable or number, and an offset
    destinations,  ///< a vector of `count` registers in braces, or one register where count is 1
    sources,
    optional_predicate,  ///< a destination after a bar: the predicate of shfl.sync
    number,              ///< becomes the instruction's immediate
    label,
};

struct OperandForm {
    Operand kind;
    Type type = Type::b32;
    bool any_width = false;  ///< the register may be wider than the type
};

struct Entry {
    Handler handler = nullptr;
    std::vector<OperandForm> operands = {};
    Flow flow = Flow::plain;
    uint8_t count = 1;
    Type type = Type::b32;
    Type source = Type::b32;
    Space space = Space::generic;
};

using Registry = std::unordered_map<std::string, Entry>;

/// The entry of `mnemonic`, or null.
const Entry *find_entry(const std::string &mnemonic);

void register_integer(Registry &registry);
void register_bits(Registry &registry);
void register_float(Registry &registry);
void register_fused(Registry &registry);
void register_compare(Registry &registry);
void register_convert(Registry &registry);
void register_memory(Registry &registry);
void register_atomic(Registry &registry);
void register_warp(Registry &registry);
void register_control(Registry &registry);

template<class T>
constexpr Type type_of() {
    if constexpr (std::is_same_v<T, float>)
        return Type::f32;
    else if constexpr (std::is_same_v<T, double>)
        return Type::f64;
    else if constexpr (sizeof(T) == 2)
        return std::is_signed_v<T> ? Type::s16 : Type::u16;
    else if constexpr (sizeof(T) == 4)
        return std::is_signed_v<T> ? Type::s32 : Type::u32;
    else
        return std::is_signed_v<T> ? Type::s64 : Type::u64;
}

}  // namespace ingot::ptx
