/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// What the last failed check of a kernel in the checked form found; an empty text where none failed yet.
__attribute__((visibility("default"))) const char *ingot_checked_error_message(void);

#ifdef __cplusplus
}  // extern "C"
#endif
