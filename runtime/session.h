// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <ingot/plan.h>

struct ingot_cuda_support;

/// What every session begins with, whatever it runs on.
struct ingot_session {
    const ingot_model *model;
    const ingot_cuda_support *cuda;  ///< null: it runs on the CPU
    const unsigned char *weights;    ///< linked or handed over
    const char *level;               ///< of its plan
    bool owns_memory;
    char detail[INGOT_DETAIL_BYTES];  ///< see ingot_session_detail
};
