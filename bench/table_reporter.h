// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <benchmark/benchmark.h>
#include <string>

namespace ingot {

/// Names of the counters of a kernel's row.
namespace counter {
constexpr const char *of_peak = "peak%";  ///< the kernel's GFLOP/s of the peak loop's, median of paired ratios
constexpr const char *rate = "GFLOP/s";
constexpr const char *peak = "peak GFLOP/s";
constexpr const char *bytes = "GB/s";  ///< of the operands, each counted once
constexpr const char *pairs = "pairs";
}  // namespace counter

/// `KERNEL by CHOICE on TARGET`: the name of a benchmark.
std::string row_name(const std::string &kernel, const std::string &choice, const std::string &target);

/// A kernel as a heading and its choices as rows below it: the names are too long for a column of
/// Google Benchmark's own table. Expects counters as above and names as row_name() makes them.
class TableReporter : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(const Context &context) override;
    void ReportRuns(const std::vector<Run> &runs) override;

private:
    void report(const Run &run);
    std::string heading_;
};

}  // namespace ingot
