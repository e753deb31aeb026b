// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "bench/kernel_contenders.h"
#include "bench/machine.h"
#include "bench/measure.h"
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ingot {

/// A choice in a contest, measured or at fault.
struct BenchRow {
    KernelRequest request;
    bool chosen = false;               ///< what `ingot compile` takes
    std::optional<std::string> fault;  ///< why there is no measurement
    KernelCode code;
    Measurement measurement;
};

/// The rows of a kernel on a target: see sort_rows().
struct BenchTable {
    std::string kernel;
    std::vector<std::string> nodes;
    const Target *target = nullptr;
    std::vector<BenchRow> rows;
};

/// All that a run of `ingot bench` found.
struct BenchReport {
    std::string version, generator, command, date;
    std::string data;  ///< what the caches hold when a call begins
    int rounds = 0;
    std::map<const Target *, MachineLimits> limits;
    std::vector<BenchTable> tables;
};

/// The shortest median first, faults last.
void sort_rows(std::vector<BenchRow> &rows);

/// Figures of a measured row against what the machine can do.
struct BenchFigures {
    double seconds = 0, spread = 0;
    double gflops = 0;
    double of_peak = 0;  ///< share; above 1 where an algorithm needs fewer operations than the op is said to have
    double gbytes = 0;   ///< per second: of the operands, each counted once
    std::size_t level = 0;              ///< of memory_levels(): the smallest that holds the operands
    double of_bandwidth = 0;            ///< share of what was measured for that level
    double intensity = 0;               ///< flop per byte
    double cycles = 0;                  ///< of a call
    std::optional<double> loop_cycles;  ///< `cycles` by the trips of the loop that sums, see KernelCode::trips()
};
BenchFigures figures_of(const BenchRow &row, const MachineLimits &limits);

/// What the machine can do, and how it was measured: a few lines of at most `width` characters.
std::string to_text(const BenchReport &report, std::size_t width);

/// The table as text, at most `width` characters wide: columns are left out, the least important first, and choices
/// cut, where it is too narrow. The last line compares the first two rows.
std::string to_text(const BenchTable &table, const MachineLimits &limits, std::size_t width);

/// `A ran 1.32 ± 0.01 times faster than B`: the median of the paired ratios and half of its 95 % interval. Where
/// the interval holds 1, that no difference was seen. Empty where fewer than two rows were measured.
std::string comparison_text(const BenchTable &table);

/// The share of all samples beside which the core did less than 90 % of the additions per cycle that it does at
/// best, the upper twentieth left out: a neighbour was busy.
double disturbed_share(const BenchReport &report);

/// Everything, samples included, for bench/compare.py and bench/plot.py.
std::string to_json(const BenchReport &report);

/// A line per row, without the samples.
std::string to_csv(const BenchReport &report);

}  // namespace ingot
