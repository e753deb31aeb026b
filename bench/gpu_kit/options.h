// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <limits>

namespace ingot::gpu_kit {

/// The end of a part's time: what has not begun by then is left out, and said to be.
class Deadline {
public:
    explicit Deadline(double seconds = 1e6)
        : end_(Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))) {
    }
    [[nodiscard]] bool passed() const { return Clock::now() >= end_; }
    [[nodiscard]] double seconds_left() const { return std::chrono::duration<double>(end_ - Clock::now()).count(); }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point end_;
};

struct Options {
    std::filesystem::path out;  ///< folder of the results
    double limit = 200;         ///< seconds of a part
    /// Few samples of little work each: it shows that the kit works, and measures nothing.
    bool quick = false;
    std::size_t images = 10000;                                     ///< of the test set
    std::size_t kernels = std::numeric_limits<std::size_t>::max();  ///< specs of a table, from its start
    std::size_t largest_batch = std::numeric_limits<std::size_t>::max();
    /// A part adds to the results there are: a kernel that faults takes the process's context with it, and the part
    /// goes on behind it in another process. Or the time has passed, and the part is run once more.
    bool resume = false;
    std::size_t first = 0;
};

/// Replaces this process by one that resumes `part` at `first`. Throws Error where that fails.
[[noreturn]] void resume_behind_fault(const char *part, const Options &options, std::size_t first,
                                      const Deadline &deadline);

/// The folder that holds bin/, data/ and run.sh: above the running program's.
std::filesystem::path kit_folder();

}  // namespace ingot::gpu_kit
