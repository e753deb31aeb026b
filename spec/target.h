// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

/// What a kernel is compiled for. One row of the table below is the only place that knows a level.
struct Target {
    std::string_view name;    ///< as users write it: `x86-64-v3`
    int level;                ///< the higher, the more the CPU must offer
    std::string_view halide;  ///< Halide's architecture, system and features
    int vector_bytes;         ///< natural vector width
    int vector_registers;
    bool has_fma;
    std::span<const std::string_view>
        cpu_features;  ///< every CPUID feature that LLVM may use, as ingot/plan.h names it

    /// 32-bit lanes of one vector.
    [[nodiscard]] int lanes() const { return vector_bytes / 4; }
};

/// All targets, lowest level first.
std::span<const Target> all_targets();

/// Throws Error that lists the known targets. `host` is the best level of this CPU.
const Target &find_target(std::string_view name);

/// Reads `a,b,c`; an empty text means all targets. The result is sorted by level, each target once.
std::vector<const Target *> parse_targets(std::string_view text);

/// The targets that this CPU can run, lowest level first.
std::vector<const Target *> host_targets();

}  // namespace ingot
