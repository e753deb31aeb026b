// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/target.h"
#include <cstdint>
#include <string>
#include <vector>

namespace ingot {

/// A place that data are read from.
struct MemoryLevel {
    std::string name;   ///< L1, L2, L3 or memory
    int64_t bytes = 0;  ///< that it holds; of memory: more than any kernel asks for
};

/// The data caches of the first core as Linux lists them, smallest first, then memory. Read once.
const std::vector<MemoryLevel> &memory_levels();

/// The smallest level that holds so many bytes.
std::size_t level_holding(const std::vector<MemoryLevel> &levels, double bytes);

/// The processor's name as /proc/cpuinfo has it, else `unknown`.
std::string cpu_name();

/// What one core does at most at a target's level, measured.
struct MachineLimits {
    double peak_flops = 0;       ///< per second, of the peak loop
    double clock_hz = 0;         ///< by a chain of dependent additions, one per cycle, right behind the peak loop
    double flops_per_cycle = 0;  ///< of the peak loop
    std::vector<double>
        bandwidth;  ///< bytes read per second from each of memory_levels(), with the target's vectors
};

/// Takes about a quarter of a second. The buffers are half as large as a cache; for memory 128 MiB.
MachineLimits measure_limits(const Target &target);

}  // namespace ingot
