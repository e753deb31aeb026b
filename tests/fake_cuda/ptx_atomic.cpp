// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// atom and red on global and shared memory. Threads run in turn, so that each operation is atomic as it is.
#include <algorithm>

#include "tests/fake_cuda/ptx_access.h"
#include "tests/fake_cuda/ptx_forms.h"

namespace ingot::ptx {
namespace {

template<Space S>
std::byte *changeable(Access access) {
    if constexpr (S == Space::generic) {
        switch (narrow(access)) {
        case Space::shared:
            return changeable<Space::shared>(access);
        case Space::local:
            return locate_local(access);
        default:
            return locate_global(access);
        }
    } else if constexpr (S == Space::shared) {
        std::byte *place = locate_shared(access);
        if (const char *wrong = access.warp.block->shared.note_atomic(access.address, access.bytes))
            fail(access, Fault::launch_failed, wrong);
        return place;
    } else {
        return locate_global(access);
    }
}

/// `first` is the operand of the address: atom has a destination before it, red has none. F takes what the memory
/// holds and the one or two values.
template<Space S, class T, size_t First, class F>
void change(Warp &warp, const Instruction &instruction, uint32_t mask) {
    for_active(mask, [&](uint32_t lane) {
        const uint64_t address = get(warp, instruction, First, lane) + static_cast<uint64_t>(instruction.immediate);
        std::byte *place = changeable<S>({warp, instruction, lane, address, sizeof(T)});
        T old;
        std::memcpy(&old, place, sizeof old);
        const T a = warp.at<T>(instruction.operands[First + 1])[lane];
        const T b = warp.at<T>(instruction.operands[First + 2])[lane];
        const T result = F{}(old, a, b);
        std::memcpy(place, &result, sizeof result);
        if constexpr (First == 1)
            warp.at<T>(instruction.operands[0])[lane] = old;
    });
}

template<Space S>
struct Atomics {
    Registry &registry;
    std::string space;

    template<class T, class F>
    void put(const std::string &name, size_t values, F) const {
        Entry entry{change<S, T, 1, F>,
                    {{Operand::destination, type_of<T>()}, {Operand::address, Type::u64, true}}};
        entry.operands.resize(2 + values, {Operand::source, type_of<T>()});
        for (const char *scope : {"", ".relaxed.gpu", ".relaxed.sys", ".relaxed.cta"})
            registry["atom" + (scope + space) + "." + name] = entry;
        entry.handler = change<S, T, 0, F>;
        entry.operands.erase(entry.operands.begin());
        for (const char *scope : {"", ".relaxed.gpu", ".relaxed.sys", ".relaxed.cta"})
            registry["red" + (scope + space) + "." + name] = entry;
    }

    template<class T>
    void put_integer(const std::string &type) const {
        using U = std::make_unsigned_t<T>;
        put<T>("add." + type, 1, [](T old, T a, T) { return static_cast<T>(U(old) + U(a)); });
        put<T>("min." + type, 1, [](T old, T a, T) { return std::min(old, a); });
        put<T>("max." + type, 1, [](T old, T a, T) { return std::max(old, a); });
    }

    template<class T>
    void put_bits(const std::string &type) const {
        put<T>("and." + type, 1, [](T old, T a, T) { return old & a; });
        put<T>("or." + type, 1, [](T old, T a, T) { return old | a; });
        put<T>("xor." + type, 1, [](T old, T a, T) { return old ^ a; });
        put<T>("exch." + type, 1, [](T, T a, T) { return a; });
        put<T>("cas." + type, 2, [](T old, T a, T b) { return old == a ? b : old; });
    }

    void put_all() const {
        put_integer<uint32_t>("u32");
        put_integer<int32_t>("s32");
        put_integer<uint64_t>("u64");
        put_integer<int64_t>("s64");
        put_bits<uint32_t>("b32");
        put_bits<uint64_t>("b64");
        put<float>("add.f32", 1, [](float old, float a, float) { return old + a; });
        put<double>("add.f64", 1, [](double old, double a, double) { return old + a; });
    }
};

}  // namespace

void register_atomic(Registry &registry) {
    Atomics<Space::generic>{registry, ""}.put_all();
    Atomics<Space::global>{registry, ".global"}.put_all();
    Atomics<Space::shared>{registry, ".shared"}.put_all();
}

}  // namespace ingot::ptx
