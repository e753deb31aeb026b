/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#pragma once
#include <ingot/runtime.h>

/// Runs n images through a session of its own, as a C99 app would.
INGOT_EXTERN_C ingot_status run_from_c99(const ingot_model *model, const float *input, float *output, size_t n);
