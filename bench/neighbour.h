// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>

namespace ingot {

/// Additions, each of which waits for the one before: one per cycle. `iterations` of 64.
void run_dependent_adds(int64_t iterations);

/// Independent additions that this core does per cycle, a dependent chain of them being the clock: about 40
/// microseconds. What a core decodes and issues it shares with its second hardware thread, so a busy neighbour
/// there, be it of another virtual machine, shows as a lower figure; the loop of wide multiply-adds hardly slows by
/// it.
double adds_per_cycle();

}  // namespace ingot
