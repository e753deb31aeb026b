// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loops are assembly, so that they are the same in every build type and need no -march flag. Each accumulator
// goes towards 1, far from denormals and infinities.
#include "bench/peak.h"
#include "spec/error.h"

namespace ingot {

namespace {

constexpr float half = 0.5f;

/// 28 accumulators: zmm = zmm * 1/2 + 1/2.
__attribute__((target("avx512f"))) void run_fma_zmm(int64_t iterations) {
    asm volatile("vbroadcastss %1, %%zmm31\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27\n"
                 "vmovaps %%zmm31, %%zmm\\i\n"
                 ".endr\n"
                 ".p2align 6\n"
                 "1:\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27\n"
                 "vfmadd213ps %%zmm31, %%zmm31, %%zmm\\i\n"
                 ".endr\n"
                 "dec %0\n"
                 "jnz 1b\n"
                 "vzeroupper\n"
                 : "+r"(iterations)
                 : "m"(half)
                 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                   "xmm12", "xmm13", "xmm14", "xmm15", "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21",
                   "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27", "xmm31", "cc");
}

/// 14 accumulators: ymm = ymm * 1/2 + 1/2.
__attribute__((target("avx2,fma"))) void run_fma_ymm(int64_t iterations) {
    asm volatile("vbroadcastss %1, %%ymm15\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13\n"
                 "vmovaps %%ymm15, %%ymm\\i\n"
                 ".endr\n"
                 ".p2align 6\n"
                 "1:\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13\n"
                 "vfmadd213ps %%ymm15, %%ymm15, %%ymm\\i\n"
                 ".endr\n"
                 "dec %0\n"
                 "jnz 1b\n"
                 "vzeroupper\n"
                 : "+r"(iterations)
                 : "m"(half)
                 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                   "xmm12", "xmm13", "xmm15", "cc");
}

/// 14 accumulators: xmm = xmm * 1/2, then xmm = xmm + 1/2.
void run_mul_add_xmm(int64_t iterations) {
    asm volatile("movss %1, %%xmm15\n"
                 "shufps $0, %%xmm15, %%xmm15\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13\n"
                 "movaps %%xmm15, %%xmm\\i\n"
                 ".endr\n"
                 ".p2align 6\n"
                 "1:\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13\n"
                 "mulps %%xmm15, %%xmm\\i\n"
                 ".endr\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13\n"
                 "addps %%xmm15, %%xmm\\i\n"
                 ".endr\n"
                 "dec %0\n"
                 "jnz 1b\n"
                 : "+r"(iterations)
                 : "m"(half)
                 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                   "xmm12", "xmm13", "xmm15", "cc");
}

}  // namespace

PeakLoop peak_loop(const Target &target) {
    switch (target.vector_bytes) {
    case 64:
        return {run_fma_zmm, 28 * 2 * 16};
    case 32:
        return {run_fma_ymm, 14 * 2 * 8};
    case 16:
        return {run_mul_add_xmm, 14 * 2 * 4};
    default:
        throw Error("no peak loop for target " + std::string(target.name));
    }
}

}  // namespace ingot
