// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "cli/progress_line.h"
#include <chrono>
#include <cstddef>
#include <string>

namespace ingot {

/// `compiling kernels [#####...............]  25 %, 6 of 24, 40 s left`; `seconds` have passed since none was done.
/// Without one that is done nothing is said of the time that is left.
std::string progress_text(const std::string &what, std::size_t done, std::size_t total, double seconds);

/// The progress of things of much the same length, on a terminal: nothing elsewhere.
class ProgressBar {
public:
    explicit ProgressBar(std::string what) : what_(std::move(what)) {}
    void show(std::size_t done, std::size_t total);
    void clear() { line_.clear(); }

private:
    using Clock = std::chrono::steady_clock;
    std::string what_;
    Clock::time_point start_ = Clock::now();
    ProgressLine line_;
};

}  // namespace ingot
