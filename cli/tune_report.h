// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "bench/tuner.h"
#include "cli/progress_line.h"
#include <string>
#include <vector>

namespace ingot {

/// What `ingot tune` tells: on stderr how it goes, on stdout the table at the end.
class TuneReport {
public:
    /// `skipped` kernels have a row already, `wanted` are to be tuned.
    TuneReport(std::size_t skipped, std::size_t wanted);

    void begin(const std::string &kernel);
    void progress(const std::string &what);
    void done(const TuneResult &result);
    void print_summary(bool interrupted) const;

private:
    std::size_t skipped_, wanted_;
    std::size_t begun_ = 0;
    ProgressLine line_;
    std::vector<TunedRow> rows_;
    TuneCounts counts_;
};

}  // namespace ingot
