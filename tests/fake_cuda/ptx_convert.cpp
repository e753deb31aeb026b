// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cvt between all types. Registers may be wider than the types: the low bits count, and a result is
// extended by its own sign.
#include <cfenv>
#include <cmath>
#include <limits>

#include "tests/fake_cuda/ptx_forms.h"

namespace ingot::ptx {
namespace {

enum class Rounding : uint8_t { nearest, zero, down, up };

double rounded(double value, Rounding rounding) {
    switch (rounding) {
    case Rounding::nearest:
        return std::nearbyint(value);
    case Rounding::zero:
        return std::trunc(value);
    case Rounding::down:
        return std::floor(value);
    default:
        return std::ceil(value);
    }
}

bool is_float(Type type) {
    return type == Type::f16 || type == Type::f32 || type == Type::f64;
}

double half_value(uint16_t bits) {
    const int exponent = bits >> 10 & 0x1f;
    const int fraction = bits & 0x3ff;
    double value = 0;
    if (exponent == 0x1f)
        value = fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    else
        value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 0x400, exponent - 25);
    return (bits & 0x8000) != 0 ? -value : value;
}

/// The nearest half-precision number, ties to even.
uint16_t half_bits(double value) {
    const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
    const double size = std::fabs(value);
    if (std::isnan(value))
        return 0x7fff;
    if (size >= 65520)
        return static_cast<uint16_t>(sign | 0x7c00);
    const int exponent = size < std::ldexp(1, -14) ? -14 : std::ilogb(size);
    const auto units = static_cast<uint32_t>(std::nearbyint(std::ldexp(size, 10 - exponent)));
    const uint32_t bits = exponent == -14 ? units : (static_cast<uint32_t>(exponent + 14) << 10) + units;
    return static_cast<uint16_t>(sign | bits);
}

double float_value(Type type, uint64_t bits) {
    switch (type) {
    case Type::f16:
        return half_value(static_cast<uint16_t>(bits));
    case Type::f32:
        return double(std::bit_cast<float>(static_cast<uint32_t>(bits)));
    default:
        return std::bit_cast<double>(bits);
    }
}

uint64_t float_bits(Type type, double value) {
    switch (type) {
    case Type::f16:
        return half_bits(value);
    case Type::f32:
        return std::bit_cast<uint32_t>(static_cast<float>(value));
    default:
        return std::bit_cast<uint64_t>(value);
    }
}

/// The low bits of `bits` as a number of `type`, extended to 64.
uint64_t extended(Type type, uint64_t bits) {
    const uint32_t unused = 64 - 8 * bytes_of(type);
    if (is_signed(type))
        return static_cast<uint64_t>(static_cast<int64_t>(bits << unused) >> unused);
    return bits << unused >> unused;
}

/// Out of range gives the nearest end of it, and no number zero.
uint64_t integer_of(Type type, double value) {
    if (std::isnan(value))
        return 0;
    const int width = static_cast<int>(8 * bytes_of(type));
    const double bound = std::ldexp(1, is_signed(type) ? width - 1 : width);
    const uint64_t highest = is_signed(type) ? (uint64_t(1) << (width - 1)) - 1 : UINT64_MAX >> (64 - width);
    if (value >= bound)
        return highest;
    if (is_signed(type))
        return value < -bound ? ~highest : static_cast<uint64_t>(static_cast<int64_t>(value));
    return value < 0 ? 0 : static_cast<uint64_t>(value);
}

/// An integer as a float, rounded once.
uint64_t float_of(Type type, Type source, uint64_t bits) {
    if (type == Type::f32)
        return std::bit_cast<uint32_t>(is_signed(source) ? static_cast<float>(static_cast<int64_t>(bits))
                                                         : static_cast<float>(bits));
    return float_bits(type, is_signed(source) ? double(static_cast<int64_t>(bits)) : double(bits));
}

/// How: the rounding to an integer, one more than its number, and flags.
constexpr int64_t rounds = 7;
constexpr int64_t flushes = 8;
constexpr int64_t saturates = 16;

inline uint64_t converted(const Instruction &types, int64_t how, uint64_t bits) {
    if (!is_float(types.source)) {
        const uint64_t value = extended(types.source, bits);
        return is_float(types.type) ? float_of(types.type, types.source, value) : extended(types.type, value);
    }
    double value = float_value(types.source, bits);
    if ((how & flushes) != 0 && types.source == Type::f32)
        value = double(flushed(static_cast<float>(value)));
    if ((how & rounds) != 0)
        value = rounded(value, static_cast<Rounding>((how & rounds) - 1));
    if ((how & saturates) != 0)
        value = value > 0 ? std::fmin(value, 1) : 0;
    if (!is_float(types.type))
        return integer_of(types.type, value);
    if ((how & flushes) != 0 && types.type == Type::f32)
        value = double(flushed(static_cast<float>(value)));
    return float_bits(types.type, value);
}

template<int64_t How>
void convert(Warp &warp, const Instruction &instruction, uint32_t mask) {
    for_active(mask, [&](uint32_t lane) {
        set(warp, instruction, 0, lane, converted(instruction, How, get(warp, instruction, 1, lane)));
    });
}

template<int64_t How>
void put(Registry &registry, const std::string &modifiers, const std::string &to, Type type,
         const std::string &from, Type source) {
    Entry entry{convert<How>, {{Operand::destination, type, true}, {Operand::source, source, true}}};
    entry.type = type;
    entry.source = source;
    registry["cvt" + modifiers + "." + to + "." + from] = entry;
}

struct Named {
    const char *name;
    Type type;
};

constexpr Named integers[] = {{"u8", Type::u8},   {"s8", Type::s8},   {"u16", Type::u16}, {"s16", Type::s16},
                              {"u32", Type::u32}, {"s32", Type::s32}, {"u64", Type::u64}, {"s64", Type::s64}};
constexpr Named floats[] = {{"f16", Type::f16}, {"f32", Type::f32}, {"f64", Type::f64}};

template<int64_t Rounds>
void register_rounding(Registry &registry, const std::string &name) {
    for (const Named &from : floats) {
        for (const Named &to : integers) {
            put<Rounds>(registry, name, to.name, to.type, from.name, from.type);
            put<Rounds | flushes>(registry, name + ".ftz", to.name, to.type, from.name, from.type);
        }
        put<Rounds>(registry, name, from.name, from.type, from.name, from.type);
        put<Rounds | flushes>(registry, name + ".ftz", from.name, from.type, from.name, from.type);
    }
}

}  // namespace

void register_convert(Registry &registry) {
    for (const Named &to : integers)
        for (const Named &from : integers)
            put<0>(registry, "", to.name, to.type, from.name, from.type);
    for (const Named &to : floats)
        for (const Named &from : integers)
            put<0>(registry, ".rn", to.name, to.type, from.name, from.type);
    register_rounding<1>(registry, ".rni");
    register_rounding<2>(registry, ".rzi");
    register_rounding<3>(registry, ".rmi");
    register_rounding<4>(registry, ".rpi");
    for (const Named &to : floats)
        for (const Named &from : floats) {
            const std::string narrowing = bytes_of(to.type) < bytes_of(from.type) ? ".rn" : "";
            put<0>(registry, narrowing, to.name, to.type, from.name, from.type);
            put<flushes>(registry, narrowing + ".ftz", to.name, to.type, from.name, from.type);
            put<saturates>(registry, narrowing + ".sat", to.name, to.type, from.name, from.type);
        }
}

}  // namespace ingot::ptx
