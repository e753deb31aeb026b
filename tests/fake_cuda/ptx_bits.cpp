// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bits: logic, shifts, fields, bytes.
#include <algorithm>

#include "tests/fake_cuda/ptx_forms.h"

namespace ingot::ptx {
namespace {

/// Shifts by more than the width give zero, or copies of the sign.
template<class T>
T shift_right(T a, uint32_t by) {
    constexpr uint32_t width = 8 * sizeof(T);
    if constexpr (std::is_signed_v<T>)
        return static_cast<T>(a >> std::min(by, width - 1));
    else
        return by >= width ? T(0) : static_cast<T>(a >> by);
}

template<class T>
T shift_left(T a, uint32_t by) {
    return by >= 8 * sizeof(T) ? T(0) : static_cast<T>(static_cast<uint64_t>(a) << by);
}

/// 64 bits, the upper half `high`, shifted: the half that a funnel shift gives.
uint32_t funnel_left(uint32_t low, uint32_t high, uint32_t by) {
    return static_cast<uint32_t>((uint64_t(high) << 32 | low) << by >> 32);
}
uint32_t funnel_right(uint32_t low, uint32_t high, uint32_t by) {
    return static_cast<uint32_t>((uint64_t(high) << 32 | low) >> by);
}

/// bfe: `length` bits of `a` from bit `start`, extended by the sign where T has one.
template<class T>
T extract(T a, uint32_t start, uint32_t length) {
    constexpr uint32_t width = 8 * sizeof(T);
    start &= 0xff;
    length &= 0xff;
    uint64_t bits = 0;
    const uint32_t top = std::min(start + length - 1, width - 1);
    const bool sign = std::is_signed_v<T> && length != 0 && (static_cast<uint64_t>(a) >> top & 1) != 0;
    for (uint32_t k = 0; k < width; ++k) {
        const bool inside = k < length && start + k < width;
        const bool value = inside ? (static_cast<uint64_t>(a) >> (start + k) & 1) != 0 : sign;
        bits |= uint64_t(value) << k;
    }
    return static_cast<T>(bits);
}

/// bfi: `length` bits of `a` put into `b` from bit `start`.
template<class T>
void insert(Warp &warp, const Instruction &instruction, uint32_t mask) {
    for_active(mask, [&](uint32_t lane) {
        const T a = warp.at<T>(instruction.operands[1])[lane];
        const T b = warp.at<T>(instruction.operands[2])[lane];
        const uint32_t start = warp.at<uint32_t>(instruction.operands[3])[lane] & 0xff;
        const uint32_t length = warp.at<uint32_t>(instruction.operands[4])[lane] & 0xff;
        const T field = shift_left(static_cast<T>(shift_left(T(1), length) - 1), start);
        warp.at<T>(instruction.operands[0])[lane] = (shift_left(a, start) & field) | (b & ~field);
    });
}

/// prmt: each nibble of `selector` picks one of the eight bytes of b:a, or eight copies of its sign.
uint32_t permute(uint32_t a, uint32_t b, uint32_t selector) {
    const uint64_t bytes = uint64_t(b) << 32 | a;
    uint32_t result = 0;
    for (uint32_t k = 0; k < 4; ++k) {
        const uint32_t pick = selector >> 4 * k & 0xf;
        const auto byte = static_cast<uint32_t>(bytes >> 8 * (pick & 7) & 0xff);
        const uint32_t value = (pick & 8) == 0 ? byte : (byte & 0x80) != 0 ? 0xffU : 0U;
        result |= value << 8 * k;
    }
    return result;
}

/// lop3: bit by bit, the entry of the table `immediate` that a, b and c pick.
void logic3(Warp &warp, const Instruction &instruction, uint32_t mask) {
    const auto table = static_cast<uint32_t>(instruction.immediate);
    for_active(mask, [&](uint32_t lane) {
        uint32_t result = 0;
        for (uint32_t entry = 0; entry < 8; ++entry) {
            if (!bit(table, entry))
                continue;
            uint32_t match = UINT32_MAX;
            for (uint32_t k = 0; k < 3; ++k) {
                const uint32_t value = warp.at<uint32_t>(instruction.operands[1 + k])[lane];
                match &= bit(entry, 2 - k) ? value : ~value;
            }
            result |= match;
        }
        warp.at<uint32_t>(instruction.operands[0])[lane] = result;
    });
}

template<class T>
T reversed(T a) {
    T result = 0;
    for (uint32_t k = 0; k < 8 * sizeof(T); ++k)
        result = static_cast<T>(result << 1 | (a >> k & 1));
    return result;
}

/// mov between one register and the vector of its parts, the lowest first.
template<class Wide, class Narrow>
void unpack(Warp &warp, const Instruction &instruction, uint32_t mask) {
    constexpr uint32_t count = sizeof(Wide) / sizeof(Narrow);
    Wide values[lanes];
    std::memcpy(values, warp.at<Wide>(instruction.operands[count]), sizeof values);
    for (uint32_t k = 0; k < count; ++k) {
        Narrow *d = warp.at<Narrow>(instruction.operands[k]);
        for_lanes(warp, mask,
                  [&](uint32_t lane) { d[lane] = static_cast<Narrow>(values[lane] >> 8 * sizeof(Narrow) * k); });
    }
}

template<class Wide, class Narrow>
void pack(Warp &warp, const Instruction &instruction, uint32_t mask) {
    constexpr uint32_t count = sizeof(Wide) / sizeof(Narrow);
    Wide values[lanes] = {};
    for (uint32_t k = 0; k < count; ++k) {
        const Narrow *a = warp.at<Narrow>(instruction.operands[1 + k]);
        for (uint32_t lane = 0; lane < lanes; ++lane)
            values[lane] |= static_cast<Wide>(Wide(a[lane]) << 8 * sizeof(Narrow) * k);
    }
    Wide *d = warp.at<Wide>(instruction.operands[0]);
    for_lanes(warp, mask, [&](uint32_t lane) { d[lane] = values[lane]; });
}

template<class Wide, class Narrow>
void register_packing(Registry &registry) {
    constexpr uint8_t count = sizeof(Wide) / sizeof(Narrow);
    const std::string name = "mov.b" + std::to_string(8 * sizeof(Wide));
    const std::string elements = std::to_string(count);
    Entry entry{unpack<Wide, Narrow>,
                {{Operand::destinations, type_of<Narrow>()}, {Operand::source, type_of<Wide>()}}};
    entry.count = count;
    registry[name + " unpack" + elements] = entry;
    entry.handler = pack<Wide, Narrow>;
    entry.operands = {{Operand::destination, type_of<Wide>()}, {Operand::sources, type_of<Narrow>()}};
    registry[name + " pack" + elements] = entry;
}

template<class T>
void register_width(Registry &registry, const std::string &width) {
    using S = std::make_signed_t<T>;
    registry["and.b" + width] = binary<T>([](T a, T b) { return a & b; });
    registry["or.b" + width] = binary<T>([](T a, T b) { return a | b; });
    registry["xor.b" + width] = binary<T>([](T a, T b) { return a ^ b; });
    registry["not.b" + width] = unary<T>([](T a) { return ~a; });
    registry["shl.b" + width] = binary<T, T, uint32_t>([](T a, uint32_t b) { return shift_left(a, b); });
    for (const char *kind : {"b", "u"})
        registry["shr." + (kind + width)] =
            binary<T, T, uint32_t>([](T a, uint32_t b) { return shift_right(a, b); });
    registry["shr.s" + width] = binary<S, S, uint32_t>([](S a, uint32_t b) { return shift_right(a, b); });
    for (const char *kind : {"b", "u", "s"})
        registry["mov." + (kind + width)] = unary<T>([](T a) { return a; });
}

/// Functions of the masks that predicates are.
template<class F>
void run_predicates(Warp &warp, const Instruction &instruction, uint32_t mask) {
    uint32_t &d = warp.mask_at(instruction.operands[0]);
    const uint32_t a = warp.mask_at(instruction.operands[1]);
    const uint32_t b = warp.mask_at(instruction.operands[2]);
    d = (d & ~mask) | (F{}(a, b) & mask);
}

template<class F>
Entry predicates(size_t sources, F) {
    Entry result{run_predicates<F>, {{Operand::destination, Type::pred}}};
    result.operands.resize(1 + sources, {Operand::source, Type::pred});
    return result;
}

}  // namespace

void register_bits(Registry &registry) {
    register_width<uint16_t>(registry, "16");
    register_width<uint32_t>(registry, "32");
    register_width<uint64_t>(registry, "64");
    register_packing<uint32_t, uint16_t>(registry);
    register_packing<uint64_t, uint32_t>(registry);
    register_packing<uint64_t, uint16_t>(registry);
    registry["mov.f32"] = registry["mov.b32"];
    registry["mov.f64"] = registry["mov.b64"];

    registry["and.pred"] = predicates(2, [](uint32_t a, uint32_t b) { return a & b; });
    registry["or.pred"] = predicates(2, [](uint32_t a, uint32_t b) { return a | b; });
    registry["xor.pred"] = predicates(2, [](uint32_t a, uint32_t b) { return a ^ b; });
    registry["not.pred"] = predicates(1, [](uint32_t a, uint32_t) { return ~a; });
    registry["mov.pred"] = predicates(1, [](uint32_t a, uint32_t) { return a; });

    registry["clz.b32"] = unary<uint32_t>([](uint32_t a) { return std::countl_zero(a); });
    registry["clz.b64"] = unary<uint32_t, uint64_t>([](uint64_t a) { return std::countl_zero(a); });
    registry["popc.b32"] = unary<uint32_t>([](uint32_t a) { return std::popcount(a); });
    registry["popc.b64"] = unary<uint32_t, uint64_t>([](uint64_t a) { return std::popcount(a); });
    registry["brev.b32"] = unary<uint32_t>([](uint32_t a) { return reversed(a); });
    registry["brev.b64"] = unary<uint64_t>([](uint64_t a) { return reversed(a); });

    using Word = uint32_t;
    registry["shf.l.wrap.b32"] = ternary<Word>([](Word a, Word b, Word c) { return funnel_left(a, b, c & 31); });
    registry["shf.r.wrap.b32"] = ternary<Word>([](Word a, Word b, Word c) { return funnel_right(a, b, c & 31); });
    registry["shf.l.clamp.b32"] =
        ternary<Word>([](Word a, Word b, Word c) { return funnel_left(a, b, std::min(c, 32U)); });
    registry["shf.r.clamp.b32"] =
        ternary<Word>([](Word a, Word b, Word c) { return funnel_right(a, b, std::min(c, 32U)); });
    registry["prmt.b32"] = ternary<Word>([](Word a, Word b, Word c) { return permute(a, b, c); });

    registry["bfe.u32"] = ternary<Word>([](Word a, Word b, Word c) { return extract(a, b, c); });
    registry["bfe.s32"] =
        ternary<int32_t, int32_t, Word, Word>([](int32_t a, Word b, Word c) { return extract(a, b, c); });
    registry["bfe.u64"] =
        ternary<uint64_t, uint64_t, Word, Word>([](uint64_t a, Word b, Word c) { return extract(a, b, c); });
    registry["bfe.s64"] =
        ternary<int64_t, int64_t, Word, Word>([](int64_t a, Word b, Word c) { return extract(a, b, c); });

    const OperandForm word{Operand::source, Type::b32};
    registry["bfi.b32"] = {insert<uint32_t>, {{Operand::destination, Type::b32}, word, word, word, word}};
    const OperandForm wide{Operand::source, Type::b64};
    registry["bfi.b64"] = {insert<uint64_t>, {{Operand::destination, Type::b64}, wide, wide, word, word}};
    registry["lop3.b32"] = {logic3, {{Operand::destination, Type::b32}, word, word, word, {Operand::number}}};
}

}  // namespace ingot::ptx
