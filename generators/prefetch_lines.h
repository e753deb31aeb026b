// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"

namespace ingot {

/// Turns the prefetches that schedules ask for into instructions that fetch a cache line into L2 and, on its way,
/// L3: on x86 `prefetcht1`. Halide's own code generation makes them `prefetchnta`, which passes L2 by, and leaves a
/// loop round those of several lines.
void lower_prefetches(Halide::Pipeline pipeline);

}  // namespace ingot
