// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/choice.h"
#include "spec/kernel_spec.h"
#include "spec/target.h"
#include <string>

namespace ingot {

/// `shipped` trusts the runtime's buffers; `checked` keeps Halide's assertions and bounds queries, for tests;
/// `sanitized` is the shipped form with AddressSanitizer's checks of each load and store: it needs the sanitizer's
/// runtime in the process.
enum class KernelForm { shipped, checked, sanitized };

/// The form in which a process runs what ships: `sanitized` where the process has AddressSanitizer.
#ifdef __SANITIZE_ADDRESS__
constexpr KernelForm runnable_form = KernelForm::sanitized;
#else
constexpr KernelForm runnable_form = KernelForm::shipped;
#endif

struct KernelRequest {
    KernelSpec spec;
    Choice choice;
    const Target *target = nullptr;
    KernelForm form = KernelForm::shipped;
};

/// For messages: `conv2d n=1 ... by conv2d_direct/cpu_tiled:tile_c=2 on x86-64-v4`, and the form where it is not
/// `shipped`.
std::string to_text(const KernelRequest &request);

/// The kernel's name in C: a readable prefix and 8 hex digits of the hash of to_text(request).
std::string kernel_symbol(const KernelRequest &request);

}  // namespace ingot
