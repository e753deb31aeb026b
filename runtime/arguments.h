// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
#include <ingot/plan.h>

namespace ingot {

/// Whether model and options are of this runtime's version; `options` may be null.
ingot_status check_versions(const ingot_model *model, const ingot_options *options);

/// Checks what ingot_session_run is given, n >= 1: no null pointer, natural alignment, sizes within the address
/// space, no output that overlaps an input or another output.
ingot_status check_arguments(const ingot_model &model, const void *const *inputs, void *const *outputs, size_t n);

}  // namespace ingot
