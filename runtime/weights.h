// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <ingot/plan.h>

namespace ingot {

/// Whether options.weights is what the model asks for, as far as its header tells.
ingot_status check_weights(const ingot_model &model, const ingot_options &options);

/// The weights that a session reads, linked or handed over; they have passed check_weights.
const unsigned char *weights_of(const ingot_model &model, const ingot_options &options);

}  // namespace ingot
