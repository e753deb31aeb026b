// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/choose.h"
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace ingot {

/// At most so many combinations of one schedule's parameters are compiled.
constexpr std::size_t candidates_per_schedule = 24;

/// What is worth compiling for a kernel, the likeliest first: of each schedule all supported combinations of its
/// parameters, or where they are more than `per_schedule`, half as many of the lowest estimated cost; then for each
/// value of each parameter the cheapest combination that has it, as long as its cost is at most twice the lowest;
/// then the next cheapest. Schedules take turns. `left_out` counts the combinations that are not among them.
std::vector<Choice> candidates_for(const KernelSpec &spec, const Target &target, std::size_t per_schedule,
                                   std::size_t &left_out);

/// What a candidate's machine code is like, before it runs.
struct CodeFacts {
    int64_t code_bytes = 0;
    int vector_spills = 0;                 ///< in its innermost loops that sum
    std::optional<double> cycles_per_fma;  ///< of the one with the most multiply-adds, by llvm-mca
    bool sums = true;                      ///< has such a loop: one that multiplies and adds vectors
};

// Why a candidate is not timed. A kernel's code shares 32 KiB of L1 with its neighbours' and the runtime's. Cycles
// per multiply-add leave ragged tiles and the caches out, so that only a clear loser goes, and only where there are
// operations enough per byte of the operands that the cycles count.
constexpr int64_t most_code_bytes = 24 * 1024;
constexpr double most_cycles_ratio = 1.5;  ///< by the fewest of any candidate of the kernel

constexpr double least_flops_per_byte = 4;

enum class Verdict { timed, spills, code_size, cycles };

/// A verdict each. Where some multiply and add vectors, those that do not go for their cycles, whatever the bytes.
/// Spills count where a sum keeps a tile of accumulators: not in a depthwise convolution, which waits for loads.
/// Where all would go, those of the fewest spills stay.
std::vector<Verdict> judge(const KernelSpec &spec, const std::vector<CodeFacts> &facts);

}  // namespace ingot
