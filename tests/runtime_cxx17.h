// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <ingot/runtime.h>

/// Runs n images through a session of its own, as a C++17 app would.
ingot_status run_from_cxx17(const ingot_model &model, const float *input, float *output, size_t n);
