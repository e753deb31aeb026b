// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Integer arithmetic.
#include <algorithm>
#include <limits>

#include "tests/fake_cuda/ptx_forms.h"

namespace ingot::ptx {
namespace {

template<class T>
using Unsigned = std::make_unsigned_t<T>;

template<class T>
struct Twice;
template<>
struct Twice<int16_t> {
    using type = int32_t;
};
template<>
struct Twice<uint16_t> {
    using type = uint32_t;
};
template<>
struct Twice<int32_t> {
    using type = int64_t;
};
template<>
struct Twice<uint32_t> {
    using type = uint64_t;
};
template<>
struct Twice<int64_t> {
    __extension__ using type = __int128;
};
template<>
struct Twice<uint64_t> {
    __extension__ using type = unsigned __int128;
};

/// Sums and products wrap around; 16-bit ones are computed in 32 bits without sign, which cannot overflow.
template<class T>
using Wrapping = std::conditional_t<sizeof(T) < 4, uint32_t, Unsigned<T>>;

template<class T>
T wrapping_add(T a, T b) {
    return static_cast<T>(Wrapping<T>(a) + Wrapping<T>(b));
}
template<class T>
T wrapping_sub(T a, T b) {
    return static_cast<T>(Wrapping<T>(a) - Wrapping<T>(b));
}
template<class T>
T low_product(T a, T b) {
    return static_cast<T>(Wrapping<T>(a) * Wrapping<T>(b));
}
template<class T>
T high_product(T a, T b) {
    using Wide = typename Twice<T>::type;
    return static_cast<T>((static_cast<Wide>(a) * static_cast<Wide>(b)) >> (8 * sizeof(T)));
}

template<class T, bool Remainder>
void divide(Warp &warp, const Instruction &instruction, uint32_t mask) {
    T *d = warp.at<T>(instruction.operands[0]);
    const T *a = warp.at<T>(instruction.operands[1]);
    const T *b = warp.at<T>(instruction.operands[2]);
    for_active(mask, [&](uint32_t lane) {
        if (b[lane] == 0)
            fail(warp, instruction, lane, Fault::launch_failed, "division by zero");
        const bool overflows = std::is_signed_v<T> && b[lane] == static_cast<T>(-1);
        if constexpr (Remainder)
            d[lane] = overflows ? T(0) : static_cast<T>(a[lane] % b[lane]);
        else
            d[lane] = overflows ? wrapping_sub(T(0), a[lane]) : static_cast<T>(a[lane] / b[lane]);
    });
}

/// Sums with carries: d = a * b + c + carry for mad, a + b + carry for add, each in the half that is asked for.
template<bool Reads, bool Writes, bool Multiplies, bool High>
void with_carry(Warp &warp, const Instruction &instruction, uint32_t mask) {
    for_active(mask, [&](uint32_t lane) {
        const auto operand = [&](size_t k) { return warp.at<uint32_t>(instruction.operands[k])[lane]; };
        uint64_t sum = Reads && bit(warp.carry, lane) ? 1 : 0;
        if constexpr (Multiplies) {
            const uint64_t product = uint64_t(operand(1)) * operand(2);
            sum += (High ? product >> 32 : product & UINT32_MAX) + operand(3);
        } else {
            sum += uint64_t(operand(1)) + operand(2);
        }
        warp.at<uint32_t>(instruction.operands[0])[lane] = static_cast<uint32_t>(sum);
        if constexpr (Writes)
            warp.carry = (warp.carry & ~(1U << lane)) | static_cast<uint32_t>(sum >> 32) << lane;
    });
}

template<class T>
void register_type(Registry &registry, const std::string &type) {
    registry["add." + type] = binary<T>([](T a, T b) { return wrapping_add(a, b); });
    registry["sub." + type] = binary<T>([](T a, T b) { return wrapping_sub(a, b); });
    registry["mul.lo." + type] = binary<T>([](T a, T b) { return low_product(a, b); });
    registry["mul.hi." + type] = binary<T>([](T a, T b) { return high_product(a, b); });
    registry["mad.lo." + type] = ternary<T>([](T a, T b, T c) { return wrapping_add(low_product(a, b), c); });
    registry["mad.hi." + type] = ternary<T>([](T a, T b, T c) { return wrapping_add(high_product(a, b), c); });
    registry["min." + type] = binary<T>([](T a, T b) { return std::min(a, b); });
    registry["max." + type] = binary<T>([](T a, T b) { return std::max(a, b); });
    registry["div." + type] = binary<T>([](T a, T) { return a; });
    registry["div." + type].handler = divide<T, false>;
    registry["rem." + type] = registry["div." + type];
    registry["rem." + type].handler = divide<T, true>;
    if constexpr (sizeof(T) < 8) {
        using Wide = typename Twice<T>::type;
        registry["mul.wide." + type] = binary<Wide, T>([](T a, T b) { return Wide(a) * Wide(b); });
        registry["mad.wide." + type] = ternary<Wide, T>(
            [](T a, T b, Wide c) { return wrapping_add(static_cast<Wide>(Wide(a) * Wide(b)), c); });
    }
    if constexpr (std::is_signed_v<T>) {
        registry["neg." + type] = unary<T>([](T a) { return wrapping_sub(T(0), a); });
        registry["abs." + type] = unary<T>([](T a) { return a < 0 ? wrapping_sub(T(0), a) : a; });
    }
}

/// Four products of bytes, summed: dp4a.
template<class A, class B>
void dot(Warp &warp, const Instruction &instruction, uint32_t mask) {
    for_active(mask, [&](uint32_t lane) {
        const uint32_t a = warp.at<uint32_t>(instruction.operands[1])[lane];
        const uint32_t b = warp.at<uint32_t>(instruction.operands[2])[lane];
        uint32_t sum = warp.at<uint32_t>(instruction.operands[3])[lane];
        for (uint32_t shift = 0; shift < 32; shift += 8)
            sum += static_cast<uint32_t>(int32_t(static_cast<A>(a >> shift)) * int32_t(static_cast<B>(b >> shift)));
        warp.at<uint32_t>(instruction.operands[0])[lane] = sum;
    });
}

}  // namespace

void register_integer(Registry &registry) {
    register_type<int16_t>(registry, "s16");
    register_type<uint16_t>(registry, "u16");
    register_type<int32_t>(registry, "s32");
    register_type<uint32_t>(registry, "u32");
    register_type<int64_t>(registry, "s64");
    register_type<uint64_t>(registry, "u64");

    const Entry two = binary<uint32_t>([](uint32_t a, uint32_t) { return a; });
    const Entry three = ternary<uint32_t>([](uint32_t a, uint32_t, uint32_t) { return a; });
    const auto put = [&](const std::string &name, const Entry &form, Handler handler) {
        for (const char *type : {"u32", "s32"}) {
            registry[name + "." + type] = form;
            registry[name + "." + type].handler = handler;
        }
    };
    put("add.cc", two, with_carry<false, true, false, false>);
    put("addc", two, with_carry<true, false, false, false>);
    put("addc.cc", two, with_carry<true, true, false, false>);
    registry["mad.lo.cc.u32"] = registry["mad.hi.cc.u32"] = three;
    registry["madc.lo.u32"] = registry["madc.lo.cc.u32"] = three;
    registry["madc.hi.u32"] = registry["madc.hi.cc.u32"] = three;
    registry["mad.lo.cc.u32"].handler = with_carry<false, true, true, false>;
    registry["mad.hi.cc.u32"].handler = with_carry<false, true, true, true>;
    registry["madc.lo.u32"].handler = with_carry<true, false, true, false>;
    registry["madc.lo.cc.u32"].handler = with_carry<true, true, true, false>;
    registry["madc.hi.u32"].handler = with_carry<true, false, true, true>;
    registry["madc.hi.cc.u32"].handler = with_carry<true, true, true, true>;

    registry["dp4a.s32.s32"] = registry["dp4a.u32.u32"] = registry["dp4a.u32.s32"] = registry["dp4a.s32.u32"] =
        three;
    registry["dp4a.s32.s32"].handler = dot<int8_t, int8_t>;
    registry["dp4a.u32.u32"].handler = dot<uint8_t, uint8_t>;
    registry["dp4a.u32.s32"].handler = dot<uint8_t, int8_t>;
    registry["dp4a.s32.u32"].handler = dot<int8_t, uint8_t>;
}

}  // namespace ingot::ptx
