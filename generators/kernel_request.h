// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/choice.h"
#include "spec/kernel_spec.h"
#include "spec/target.h"
#include <string>

namespace ingot {

/// `shipped` trusts the runtime's buffers; `checked` keeps Halide's assertions and bounds queries, for tests.
enum class KernelForm { shipped, checked };

struct KernelRequest {
    KernelSpec spec;
    Choice choice;
    const Target *target = nullptr;
    KernelForm form = KernelForm::shipped;
};

/// For messages: `conv2d n=1 ... by conv2d_direct/cpu_tiled:tile_c=2 on x86-64-v4`, and `checked` where it is.
std::string to_text(const KernelRequest &request);

/// The kernel's name in C: a readable prefix and 8 hex digits of the hash of to_text(request).
std::string kernel_symbol(const KernelRequest &request);

}  // namespace ingot
