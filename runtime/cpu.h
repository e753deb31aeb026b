// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>

namespace ingot {

/// What a CPU and its operating system say of themselves.
struct CpuWords {
    uint32_t basic = 0;       ///< CPUID leaf 1, ECX
    uint32_t structured = 0;  ///< CPUID leaf 7, subleaf 0, EBX
    uint32_t extended = 0;    ///< CPUID leaf 0x80000001, ECX
    uint64_t xcr0 = 0;        ///< register states that the operating system saves, by XGETBV; 0 without OSXSAVE
};

CpuWords read_cpu_words();

/// INGOT_CPU_* bits. A vector feature counts only where the operating system saves its registers.
uint64_t decode_cpu_features(const CpuWords &words);

/// Name of the lowest bit of `features`, as in "avx2"; null where no bit is set.
const char *first_cpu_feature_name(uint64_t features);

}  // namespace ingot
