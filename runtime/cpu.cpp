// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bits of CPUID and XCR0: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapters 13 to
// 15, and volume 2, CPUID.
#include "runtime/cpu.h"
#include <cpuid.h>
#include <ingot/plan.h>

namespace ingot {
namespace {

constexpr int osxsave_bit = 27;  // of CPUID leaf 1, ECX
constexpr uint64_t no_state = 0;
constexpr uint64_t avx_state = 0b110;           // XMM, upper YMM
constexpr uint64_t avx512_state = 0b1110'0110;  // those, opmask, upper ZMM, ZMM16 to ZMM31

struct Feature {
    uint64_t mask;
    const char *name;
    uint32_t CpuWords::*word;
    int bit;
    uint64_t state;
};

constexpr Feature features[] = {
    {INGOT_CPU_SSE3, "sse3", &CpuWords::basic, 0, no_state},
    {INGOT_CPU_SSSE3, "ssse3", &CpuWords::basic, 9, no_state},
    {INGOT_CPU_SSE4_1, "sse4_1", &CpuWords::basic, 19, no_state},
    {INGOT_CPU_SSE4_2, "sse4_2", &CpuWords::basic, 20, no_state},
    {INGOT_CPU_POPCNT, "popcnt", &CpuWords::basic, 23, no_state},
    {INGOT_CPU_CX16, "cx16", &CpuWords::basic, 13, no_state},
    {INGOT_CPU_LAHF, "lahf", &CpuWords::extended, 0, no_state},
    {INGOT_CPU_AVX, "avx", &CpuWords::basic, 28, avx_state},
    {INGOT_CPU_F16C, "f16c", &CpuWords::basic, 29, avx_state},
    {INGOT_CPU_FMA, "fma", &CpuWords::basic, 12, avx_state},
    {INGOT_CPU_MOVBE, "movbe", &CpuWords::basic, 22, no_state},
    {INGOT_CPU_LZCNT, "lzcnt", &CpuWords::extended, 5, no_state},
    {INGOT_CPU_BMI1, "bmi1", &CpuWords::structured, 3, no_state},
    {INGOT_CPU_BMI2, "bmi2", &CpuWords::structured, 8, no_state},
    {INGOT_CPU_AVX2, "avx2", &CpuWords::structured, 5, avx_state},
    {INGOT_CPU_AVX512F, "avx512f", &CpuWords::structured, 16, avx512_state},
    {INGOT_CPU_AVX512BW, "avx512bw", &CpuWords::structured, 30, avx512_state},
    {INGOT_CPU_AVX512CD, "avx512cd", &CpuWords::structured, 28, avx512_state},
    {INGOT_CPU_AVX512DQ, "avx512dq", &CpuWords::structured, 17, avx512_state},
    {INGOT_CPU_AVX512VL, "avx512vl", &CpuWords::structured, 31, avx512_state},
};

// The instruction itself: the intrinsic would need a compiler flag that lets the compiler use XSAVE everywhere.
uint64_t read_xcr0() {
    uint32_t low = 0;
    uint32_t high = 0;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return uint64_t{high} << 32 | low;
}

}  // namespace

CpuWords read_cpu_words() {
    CpuWords words;
    uint32_t eax = 0;
    uint32_t ebx = 0;
    uint32_t ecx = 0;
    uint32_t edx = 0;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0) {
        words.basic = ecx;
    }
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0) {
        words.structured = ebx;
    }
    if (__get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx) != 0) {
        words.extended = ecx;
    }
    if ((words.basic >> osxsave_bit & 1) != 0) {
        words.xcr0 = read_xcr0();
    }
    return words;
}

uint64_t decode_cpu_features(const CpuWords &words) {
    uint64_t present = 0;
    for (const Feature &feature : features) {
        const bool in_cpu = (words.*feature.word >> feature.bit & 1) != 0;
        const bool in_system = (words.xcr0 & feature.state) == feature.state;
        if (in_cpu && in_system) {
            present |= feature.mask;
        }
    }
    return present;
}

const char *first_cpu_feature_name(uint64_t wanted) {
    if (wanted == 0) {
        return nullptr;
    }
    const uint64_t lowest = wanted & (~wanted + 1);
    for (const Feature &feature : features) {
        if (feature.mask == lowest) {
            return feature.name;
        }
    }
    return "a feature that this runtime does not know";
}

}  // namespace ingot
