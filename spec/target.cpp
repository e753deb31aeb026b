// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/target.h"
#include "spec/error.h"
#include "spec/text.h"
#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>
#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace ingot {
namespace {

using namespace std::string_view_literals;

constexpr std::array all_cpu_features = {
    "SSE3"sv, "SSSE3"sv,   "SSE4_1"sv,   "SSE4_2"sv,   "POPCNT"sv,   "CX16"sv,     "LAHF"sv,
    "AVX"sv,  "F16C"sv,    "FMA"sv,      "MOVBE"sv,    "LZCNT"sv,    "BMI1"sv,     "BMI2"sv,
    "AVX2"sv, "AVX512F"sv, "AVX512BW"sv, "AVX512CD"sv, "AVX512DQ"sv, "AVX512VL"sv,
};

constexpr std::span<const std::string_view> first_features(std::size_t count) {
    return std::span(all_cpu_features).first(count);
}

// A level needs all features of the levels below it. x86-64-v2, -v3, -v4 are the levels of the x86-64 psABI; what
// Halide's features let LLVM use is within them.
constexpr std::array table = {
    Target{"x86-64-v2", 2, "x86-64-linux-sse41", 16, 16, false, first_features(7)},
    Target{"x86-64-v3", 3, "x86-64-linux-sse41-avx-f16c-fma-avx2", 32, 16, true, first_features(15)},
    Target{"x86-64-v4", 4, "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake", 64, 32, true,
           first_features(20)},
};

// Halide 21 emits PTX of at most 8.6; ptxas turns it into machine code of any later architecture. vector_registers
// is what a thread may hold where 1024 of them share the 65,536 registers of a multiprocessor.
constexpr Target cuda_target(std::string_view name, int sm, int compute) {
    return {name,
            sm,
            compute == 80 ? "x86-64-linux-cuda-cuda_capability_80" : "x86-64-linux-cuda-cuda_capability_86",
            128,
            64,
            true,
            {},
            Device::cuda,
            sm,
            compute};
}

constexpr std::array cuda_table = {
    cuda_target("cuda-compute_80", 0, 80), cuda_target("cuda-compute_86", 0, 86), cuda_target("cuda-sm_80", 80, 80),
    cuda_target("cuda-sm_86", 86, 86),     cuda_target("cuda-sm_89", 89, 86),     cuda_target("cuda-sm_90", 90, 86),
    cuda_target("cuda-sm_100", 100, 86),   cuda_target("cuda-sm_120", 120, 86),
};

#ifdef __x86_64__
enum Register { eax, ebx, ecx, edx };

// Intel SDM volume 2, CPUID; `state` are the bits of XCR0 that the operating system must have set.
struct CpuidBit {
    std::string_view feature;
    unsigned leaf;
    Register reg;
    int bit;
    unsigned state;
};

constexpr unsigned avx_state = 0x06, avx512_state = 0xe6, extended_leaf = 0x80000001;

constexpr std::array cpuid_bits = {
    CpuidBit{"SSE3", 1, ecx, 0, 0},
    CpuidBit{"SSSE3", 1, ecx, 9, 0},
    CpuidBit{"SSE4_1", 1, ecx, 19, 0},
    CpuidBit{"SSE4_2", 1, ecx, 20, 0},
    CpuidBit{"POPCNT", 1, ecx, 23, 0},
    CpuidBit{"CX16", 1, ecx, 13, 0},
    CpuidBit{"LAHF", extended_leaf, ecx, 0, 0},
    CpuidBit{"AVX", 1, ecx, 28, avx_state},
    CpuidBit{"F16C", 1, ecx, 29, avx_state},
    CpuidBit{"FMA", 1, ecx, 12, avx_state},
    CpuidBit{"MOVBE", 1, ecx, 22, 0},
    CpuidBit{"LZCNT", extended_leaf, ecx, 5, 0},
    CpuidBit{"BMI1", 7, ebx, 3, 0},
    CpuidBit{"BMI2", 7, ebx, 8, 0},
    CpuidBit{"AVX2", 7, ebx, 5, avx_state},
    CpuidBit{"AVX512F", 7, ebx, 16, avx512_state},
    CpuidBit{"AVX512BW", 7, ebx, 30, avx512_state},
    CpuidBit{"AVX512CD", 7, ebx, 28, avx512_state},
    CpuidBit{"AVX512DQ", 7, ebx, 17, avx512_state},
    CpuidBit{"AVX512VL", 7, ebx, 31, avx512_state},
};

std::array<unsigned, 4> cpuid(unsigned leaf) {
    std::array<unsigned, 4> regs{};
    if (__get_cpuid_count(leaf, 0, &regs[eax], &regs[ebx], &regs[ecx], &regs[edx]) == 0) {
        regs.fill(0);
    }
    return regs;
}

// XCR0, the register states that the operating system saves; 0 without XGETBV.
unsigned saved_state() {
    constexpr int osxsave_bit = 27;
    if ((cpuid(1)[ecx] >> osxsave_bit & 1U) == 0) {
        return 0;
    }
    unsigned low = 0, high = 0;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

bool cpu_has(std::string_view feature) {
    const auto row = std::find_if(cpuid_bits.begin(), cpuid_bits.end(),
                                  [&](const CpuidBit &bit) { return bit.feature == feature; });
    INGOT_CHECK(row != cpuid_bits.end(), "no CPUID bit is known for " + std::string(feature));
    return (cpuid(row->leaf)[row->reg] >> row->bit & 1U) != 0 && (saved_state() & row->state) == row->state;
}
#else
bool cpu_has(std::string_view) {
    return false;
}
#endif

std::string known_targets() {
    std::vector<std::string_view> names;
    for (const Target &target : table) {
        names.push_back(target.name);
    }
    names.emplace_back("host");
    for (const Target &target : cuda_table) {
        names.push_back(target.name);
    }
    return join(names);
}

}  // namespace

std::span<const Target> cpu_targets() {
    return table;
}

std::span<const Target> cuda_targets() {
    return cuda_table;
}

const Target &find_target(std::string_view name) {
    if (name == "host") {
        const std::vector<const Target *> targets = host_targets();
        if (targets.empty()) {
            throw Error("target 'host': this CPU is below " + std::string(table.front().name) +
                        "; name a target: " + known_targets());
        }
        return *targets.back();
    }
    for (const std::span<const Target> targets : {cpu_targets(), cuda_targets()}) {
        const auto found =
            std::find_if(targets.begin(), targets.end(), [&](const Target &t) { return t.name == name; });
        if (found != targets.end()) {
            return *found;
        }
    }
    throw Error("unknown target '" + std::string(name) + "'; known targets: " + known_targets());
}

std::vector<const Target *> parse_targets(std::string_view text) {
    std::vector<const Target *> targets;
    if (text.empty()) {
        for (const Target &target : table) {
            targets.push_back(&target);
        }
        return targets;
    }
    for (std::string_view name : split(text, ',')) {
        targets.push_back(&find_target(name));
    }
    std::sort(targets.begin(), targets.end(), [](const Target *a, const Target *b) {
        return std::tuple(a->device, a->level, a->compute) < std::tuple(b->device, b->level, b->compute);
    });
    targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
    return targets;
}

std::vector<const Target *> host_targets() {
    std::vector<const Target *> targets;
    for (const Target &target : table) {
        if (std::all_of(target.cpu_features.begin(), target.cpu_features.end(), cpu_has)) {
            targets.push_back(&target);
        }
    }
    return targets;
}

}  // namespace ingot
