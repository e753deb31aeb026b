// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// d = a * b + c, rounded once. Where the processor has the instruction, eight lanes at a time.
#include <cmath>

#include "tests/fake_cuda/ptx_forms.h"

namespace ingot::ptx {
namespace {

template<class T>
struct Operands {
    T *d;
    const T *a;
    const T *b;
    const T *c;

    Operands(const Warp &warp, const Instruction &instruction)
        : d(warp.at<T>(instruction.operands[0])), a(warp.at<T>(instruction.operands[1])),
          b(warp.at<T>(instruction.operands[2])), c(warp.at<T>(instruction.operands[3])) {}
};

template<class T>
void portable(Warp &warp, const Instruction &instruction, uint32_t mask) {
    const Operands<T> at(warp, instruction);
    for_lanes(warp, mask, [=](uint32_t lane) { at.d[lane] = std::fma(at.a[lane], at.b[lane], at.c[lane]); });
}

void flushing(Warp &warp, const Instruction &instruction, uint32_t mask) {
    const Operands<float> at(warp, instruction);
    for_lanes(warp, mask, [=](uint32_t lane) {
        at.d[lane] = flushed(std::fma(flushed(at.a[lane]), flushed(at.b[lane]), flushed(at.c[lane])));
    });
}

void saturating(Warp &warp, const Instruction &instruction, uint32_t mask) {
    const Operands<float> at(warp, instruction);
    for_lanes(warp, mask, [=](uint32_t lane) {
        const float sum = std::fma(at.a[lane], at.b[lane], at.c[lane]);
        at.d[lane] = sum > 0 ? (sum < 1 ? sum : 1.0F) : 0.0F;
    });
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void vectorised(Warp &warp, const Instruction &instruction, uint32_t mask) {
    const Operands<float> at(warp, instruction);
    if ((warp.live & ~mask) == 0) {
#pragma GCC ivdep
        for (uint32_t lane = 0; lane < lanes; ++lane)
            at.d[lane] = __builtin_fmaf(at.a[lane], at.b[lane], at.c[lane]);
        return;
    }
    for (; mask != 0; mask &= mask - 1) {
        const auto lane = static_cast<uint32_t>(std::countr_zero(mask));
        at.d[lane] = __builtin_fmaf(at.a[lane], at.b[lane], at.c[lane]);
    }
}

Handler single() {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? vectorised : portable<float>;
}
#else
Handler single() {
    return portable<float>;
}
#endif

}  // namespace

void register_fused(Registry &registry) {
    Entry entry = ternary<float>([](float a, float, float) { return a; });
    entry.handler = single();
    registry["fma.rn.f32"] = registry["mad.rn.f32"] = entry;
    entry.handler = flushing;
    registry["fma.rn.ftz.f32"] = registry["mad.rn.ftz.f32"] = entry;
    entry.handler = saturating;
    registry["fma.rn.sat.f32"] = entry;
    entry = ternary<double>([](double a, double, double) { return a; });
    entry.handler = portable<double>;
    registry["fma.rn.f64"] = registry["mad.rn.f64"] = entry;
}

}  // namespace ingot::ptx
