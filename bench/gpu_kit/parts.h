// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The parts of the kit, see docs/cuda.md. Each writes its results to options.out and returns true where nothing is
// wrong. They throw Error, and NoDevice.
#pragma once
#include "bench/gpu_kit/options.h"

namespace ingot::gpu_kit {

/// a: every kernel against the oracle, the net against the CPU library.
bool check_correctness(const Options &options);

/// b: run_small_cases() in each tool of compute-sanitizer.
bool check_with_sanitizer(const Options &options);

/// Two small cases of each schedule, those behind the quarter that has the fewest operations, and a few images
/// through the net; a line on standard error for each that is wrong. Writes no results.
bool run_small_cases();

/// c: each schedule's speed on layers of real networks.
bool bench_kernels_of_kit(const Options &options);

/// d: the reference net's speed.
bool bench_net(const Options &options);

}  // namespace ingot::gpu_kit
