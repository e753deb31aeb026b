// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>

namespace ingot {

/// What a program is busy with, on standard error: on a terminal one line, each text over the one before and gone
/// at the end; elsewhere nothing, or a line per text where that is asked for.
class ProgressLine {
public:
    explicit ProgressLine(bool always = false);
    ~ProgressLine() { clear(); }
    ProgressLine(const ProgressLine &) = delete;
    ProgressLine &operator=(const ProgressLine &) = delete;

    /// False where show() would not be seen.
    [[nodiscard]] bool visible() const { return terminal_ || always_; }
    void show(const std::string &text);
    /// Before something else is printed.
    void clear();

private:
    bool terminal_, always_;
    bool open_ = false;
};

/// Columns of the terminal that standard output is; nothing limits the width of a file.
std::size_t output_width();

}  // namespace ingot
