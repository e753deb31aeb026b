// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ld and st, vectors of them, and the addresses of the spaces.
#include "tests/fake_cuda/ptx_access.h"
#include "tests/fake_cuda/ptx_forms.h"

namespace ingot::ptx {
namespace {

/// Whether two lanes or more of `mask` run, and all have the same address.
bool is_uniform(const Warp &warp, const Instruction &instruction, uint32_t mask, uint64_t &address) {
    const size_t k = instruction.count;
    address = get(warp, instruction, k, static_cast<uint32_t>(std::countr_zero(mask)));
    for (uint32_t left = mask; left != 0; left &= left - 1)
        if (get(warp, instruction, k, static_cast<uint32_t>(std::countr_zero(left))) != address)
            return false;
    return (mask & (mask - 1)) != 0;
}

/// One word for all lanes. Two of them stand for all: the checks tell one reader from several.
template<Space S, class T>
void broadcast_words(Warp &warp, const Instruction &instruction, uint32_t mask, uint64_t address) {
    const auto bytes = static_cast<uint32_t>(instruction.count * sizeof(T));
    const auto first = static_cast<uint32_t>(std::countr_zero(mask));
    const auto last = lanes - 1 - static_cast<uint32_t>(std::countl_zero(mask));
    T values[4];
    readable<S>({warp, instruction, first, address, bytes});
    std::memcpy(values, readable<S>({warp, instruction, last, address, bytes}), bytes);
    for (uint32_t k = 0; k < instruction.count; ++k) {
        T *d = warp.at<T>(instruction.operands[k]);
        for_lanes(warp, mask, [d, value = values[k]](uint32_t lane) { d[lane] = value; });
    }
}

/// Registers as wide as the elements.
template<Space S, class T>
void load_words(Warp &warp, const Instruction &instruction, uint32_t mask) {
    const uint32_t count = instruction.count;
    const auto bytes = static_cast<uint32_t>(count * sizeof(T));
    const auto offset = static_cast<uint64_t>(instruction.immediate);
    uint64_t base = 0;
    constexpr bool is_of_a_thread = S == Space::local || S == Space::generic;
    if (!is_of_a_thread && is_uniform(warp, instruction, mask, base))
        return broadcast_words<S, T>(warp, instruction, mask, base + offset);
    for_active(mask, [&](uint32_t lane) {
        const uint64_t address = get(warp, instruction, count, lane) + offset;
        T values[4];
        std::memcpy(values, readable<S>({warp, instruction, lane, address, bytes}), bytes);
        for (uint32_t k = 0; k < count; ++k)
            warp.at<T>(instruction.operands[k])[lane] = values[k];
    });
}

template<Space S, class T>
void store_words(Warp &warp, const Instruction &instruction, uint32_t mask) {
    const uint32_t count = instruction.count;
    const auto bytes = static_cast<uint32_t>(count * sizeof(T));
    for_active(mask, [&](uint32_t lane) {
        const uint64_t address = get(warp, instruction, 0, lane) + static_cast<uint64_t>(instruction.immediate);
        T values[4];
        for (uint32_t k = 0; k < count; ++k)
            values[k] = warp.at<T>(instruction.operands[1 + k])[lane];
        store<S>({warp, instruction, lane, address, bytes}, values);
    });
}

/// One element of less than 4 bytes, or one whose register is wider: extended as its type says.
template<Space S>
void load_extended(Warp &warp, const Instruction &instruction, uint32_t mask) {
    const uint32_t bytes = bytes_of(instruction.type);
    const uint32_t count = instruction.count;
    for_active(mask, [&](uint32_t lane) {
        const uint64_t address = get(warp, instruction, count, lane) + static_cast<uint64_t>(instruction.immediate);
        const std::byte *place = readable<S>({warp, instruction, lane, address, count * bytes});
        for (uint32_t k = 0; k < count; ++k) {
            uint64_t bits = 0;
            std::memcpy(&bits, place + k * bytes, bytes);
            if (is_signed(instruction.type))
                bits = static_cast<uint64_t>(static_cast<int64_t>(bits << (64 - 8 * bytes)) >> (64 - 8 * bytes));
            set(warp, instruction, k, lane, bits);
        }
    });
}

template<Space S>
void store_low(Warp &warp, const Instruction &instruction, uint32_t mask) {
    const uint32_t bytes = bytes_of(instruction.type);
    const uint32_t count = instruction.count;
    for_active(mask, [&](uint32_t lane) {
        const uint64_t address = get(warp, instruction, 0, lane) + static_cast<uint64_t>(instruction.immediate);
        std::byte values[32];
        for (uint32_t k = 0; k < count; ++k) {
            const uint64_t bits = get(warp, instruction, 1 + k, lane);
            std::memcpy(values + k * bytes, &bits, bytes);
        }
        store<S>({warp, instruction, lane, address, count * bytes}, values);
    });
}

/// One handler for both cases: the widths are known when the instruction is decoded, and one branch tells.
template<Space S>
void load(Warp &warp, const Instruction &instruction, uint32_t mask) {
    const uint32_t bytes = bytes_of(instruction.type);
    if (bytes == 4 && instruction.widths[0] == 4)
        load_words<S, uint32_t>(warp, instruction, mask);
    else if (bytes == 8)
        load_words<S, uint64_t>(warp, instruction, mask);
    else
        load_extended<S>(warp, instruction, mask);
}

template<Space S>
void save(Warp &warp, const Instruction &instruction, uint32_t mask) {
    const uint32_t bytes = bytes_of(instruction.type);
    if (bytes == 4 && instruction.widths[1] == 4)
        store_words<S, uint32_t>(warp, instruction, mask);
    else if (bytes == 8)
        store_words<S, uint64_t>(warp, instruction, mask);
    else
        store_low<S>(warp, instruction, mask);
}

struct SpaceNames {
    Space space;
    std::vector<std::string> loads;
    Handler load;
    std::vector<std::string> stores;
    Handler store;
};

struct Element {
    const char *name;
    Type type;
};

constexpr Element elements[] = {{"b8", Type::b8},   {"u8", Type::u8},   {"s8", Type::s8},   {"b16", Type::b16},
                                {"u16", Type::u16}, {"s16", Type::s16}, {"b32", Type::b32}, {"u32", Type::u32},
                                {"s32", Type::s32}, {"f32", Type::f32}, {"b64", Type::b64}, {"u64", Type::u64},
                                {"s64", Type::s64}, {"f64", Type::f64}};

Entry access(const SpaceNames &names, Type type, uint8_t count, bool loads) {
    const Operand one = loads ? Operand::destination : Operand::source;
    const Operand several = loads ? Operand::destinations : Operand::sources;
    const OperandForm values{count == 1 ? one : several, type, true};
    const OperandForm address{Operand::address, Type::u64, true};
    Entry result;
    result.handler = loads ? names.load : names.store;
    result.operands = loads ? std::vector{values, address} : std::vector{address, values};
    result.count = count;
    result.type = type;
    result.space = names.space;
    return result;
}

void register_space(Registry &registry, const SpaceNames &names) {
    for (const Element &element : elements)
        for (const uint8_t count : std::initializer_list<uint8_t>{1, 2, 4}) {
            const std::string rest = (count == 1 ? "." : ".v" + std::to_string(count) + ".") + element.name;
            for (const std::string &name : names.loads)
                registry[name + rest] = access(names, element.type, count, true);
            for (const std::string &name : names.stores)
                registry[name + rest] = access(names, element.type, count, false);
        }
}

template<uint64_t Window, bool Leaves>
void rebase(Warp &warp, const Instruction &instruction, uint32_t mask) {
    uint64_t *d = warp.at<uint64_t>(instruction.operands[0]);
    const uint64_t *a = warp.at<uint64_t>(instruction.operands[1]);
    for_lanes(warp, mask, [=](uint32_t lane) { d[lane] = Leaves ? a[lane] & ~Window : a[lane] | Window; });
}

}  // namespace

void register_memory(Registry &registry) {
    register_space(
        registry,
        {Space::generic, {"ld", "ld.volatile"}, load<Space::generic>, {"st", "st.volatile"}, save<Space::generic>});
    register_space(registry, {Space::global,
                              {"ld.global", "ld.global.nc", "ld.volatile.global", "ld.relaxed.gpu.global",
                               "ld.global.ca", "ld.global.cg", "ld.global.cs"},
                              load<Space::global>,
                              {"st.global", "st.volatile.global", "st.relaxed.gpu.global", "st.global.cs"},
                              save<Space::global>});
    register_space(registry, {Space::shared,
                              {"ld.shared", "ld.volatile.shared"},
                              load<Space::shared>,
                              {"st.shared", "st.volatile.shared"},
                              save<Space::shared>});
    register_space(registry, {Space::local, {"ld.local"}, load<Space::local>, {"st.local"}, save<Space::local>});
    register_space(registry, {Space::constant, {"ld.const"}, load<Space::constant>, {}, nullptr});
    register_space(registry, {Space::param, {"ld.param"}, load<Space::param>, {}, nullptr});

    Entry move = registry["mov.u64"];
    move.handler = rebase<shared_window, false>;
    registry["cvta.shared.u64"] = move;
    move.handler = rebase<shared_window, true>;
    registry["cvta.to.shared.u64"] = move;
    move.handler = rebase<local_window, false>;
    registry["cvta.local.u64"] = move;
    move.handler = rebase<local_window, true>;
    registry["cvta.to.local.u64"] = move;
    for (const char *space : {"global", "const"}) {
        registry[std::string("cvta.") + space + ".u64"] = registry["mov.u64"];
        registry[std::string("cvta.to.") + space + ".u64"] = registry["mov.u64"];
    }
}

}  // namespace ingot::ptx
