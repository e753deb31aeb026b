/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */

/// A driver from before CUDA graphs: what the runtime needs and this one lacks is named in a detail.
__attribute__((visibility("default"))) int cuInit(unsigned flags);

int cuInit(unsigned flags) {
    return (int)flags;
}
