// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Comparisons and what chooses by them.
#include "tests/fake_cuda/ptx_forms.h"

namespace ingot::ptx {
namespace {

template<class T, class F>
void compare(Warp &warp, const Instruction &instruction, uint32_t mask) {
    const T *a = warp.at<T>(instruction.operands[1]);
    const T *b = warp.at<T>(instruction.operands[2]);
    uint32_t result = 0;
    for (uint32_t lane = 0; lane < lanes; ++lane)
        result |= static_cast<uint32_t>(F{}(a[lane], b[lane])) << lane;
    uint32_t &d = warp.mask_at(instruction.operands[0]);
    d = (d & ~mask) | (result & mask);
}

template<class T>
void choose(Warp &warp, const Instruction &instruction, uint32_t mask) {
    T *d = warp.at<T>(instruction.operands[0]);
    const T *a = warp.at<T>(instruction.operands[1]);
    const T *b = warp.at<T>(instruction.operands[2]);
    const uint32_t condition = warp.mask_at(instruction.operands[3]);
    for_lanes(warp, mask, [=](uint32_t lane) { d[lane] = bit(condition, lane) ? a[lane] : b[lane]; });
}

template<class T>
struct Comparisons {
    Registry &registry;
    std::string type;

    template<class F>
    void put(const char *name, F) const {
        registry["setp." + (name + type)] = {
            compare<T, F>,
            {{Operand::destination, Type::pred}, {Operand::source, type_of<T>()}, {Operand::source, type_of<T>()}}};
    }

    void put_ordered() const {
        put("eq", [](T a, T b) { return a == b; });
        put("ne", [](T a, T b) { return a < b || a > b; });
        put("lt", [](T a, T b) { return a < b; });
        put("le", [](T a, T b) { return a <= b; });
        put("gt", [](T a, T b) { return a > b; });
        put("ge", [](T a, T b) { return a >= b; });
    }
};

void put_equality(Registry &registry, const std::string &to, const std::string &from) {
    for (const char *name : {"eq", "ne"})
        registry["setp." + (name + to)] = registry["setp." + (name + from)];
}

template<class T>
void register_float_comparisons(Registry &registry, const std::string &type) {
    const Comparisons<T> comparisons{registry, type};
    comparisons.put_ordered();
    comparisons.put("equ", [](T a, T b) { return !(a < b || a > b); });
    comparisons.put("neu", [](T a, T b) { return !(a == b); });
    comparisons.put("ltu", [](T a, T b) { return !(a >= b); });
    comparisons.put("leu", [](T a, T b) { return !(a > b); });
    comparisons.put("gtu", [](T a, T b) { return !(a <= b); });
    comparisons.put("geu", [](T a, T b) { return !(a < b); });
    comparisons.put("num", [](T a, T b) { return a == a && b == b; });
    comparisons.put("nan", [](T a, T b) { return a != a || b != b; });
}

void register_flushing_comparisons(Registry &registry) {
    const Comparisons<float> comparisons{registry, ".ftz.f32"};
    comparisons.put("eq", [](float a, float b) { return flushed(a) == flushed(b); });
    comparisons.put("lt", [](float a, float b) { return flushed(a) < flushed(b); });
    comparisons.put("le", [](float a, float b) { return flushed(a) <= flushed(b); });
    comparisons.put("gt", [](float a, float b) { return flushed(a) > flushed(b); });
    comparisons.put("ge", [](float a, float b) { return flushed(a) >= flushed(b); });
    comparisons.put("neu", [](float a, float b) { return !(flushed(a) == flushed(b)); });
    comparisons.put("ltu", [](float a, float b) { return !(flushed(a) >= flushed(b)); });
    comparisons.put("leu", [](float a, float b) { return !(flushed(a) > flushed(b)); });
    comparisons.put("gtu", [](float a, float b) { return !(flushed(a) <= flushed(b)); });
    comparisons.put("geu", [](float a, float b) { return !(flushed(a) < flushed(b)); });
    comparisons.put("nan", [](float a, float b) { return a != a || b != b; });
}

template<class T>
Entry choice() {
    return {choose<T>,
            {{Operand::destination, type_of<T>()},
             {Operand::source, type_of<T>()},
             {Operand::source, type_of<T>()},
             {Operand::source, Type::pred}}};
}

}  // namespace

void register_compare(Registry &registry) {
    Comparisons<int16_t>{registry, ".s16"}.put_ordered();
    Comparisons<uint16_t>{registry, ".u16"}.put_ordered();
    Comparisons<int32_t>{registry, ".s32"}.put_ordered();
    Comparisons<uint32_t>{registry, ".u32"}.put_ordered();
    Comparisons<int64_t>{registry, ".s64"}.put_ordered();
    Comparisons<uint64_t>{registry, ".u64"}.put_ordered();
    put_equality(registry, ".b16", ".u16");
    put_equality(registry, ".b32", ".u32");
    put_equality(registry, ".b64", ".u64");
    register_float_comparisons<float>(registry, ".f32");
    register_float_comparisons<double>(registry, ".f64");
    register_flushing_comparisons(registry);

    for (const char *kind : {"b", "u", "s"}) {
        registry["selp." + std::string(kind) + "16"] = choice<uint16_t>();
        registry["selp." + std::string(kind) + "32"] = choice<uint32_t>();
        registry["selp." + std::string(kind) + "64"] = choice<uint64_t>();
    }
    registry["selp.f32"] = choice<float>();
    registry["selp.f64"] = choice<double>();
}

}  // namespace ingot::ptx
