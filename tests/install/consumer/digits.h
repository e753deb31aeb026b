/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// n images [n,28,28] to logits [n,10]; returns an ingot_status.
__attribute__((visibility("default"))) int digits_classify(const float *images, float *logits, size_t n);

#ifdef __cplusplus
}  // extern "C"
#endif
