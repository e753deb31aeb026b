// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/progress_line.h"
#include <iostream>
#include <limits>
#include <sys/ioctl.h>
#include <unistd.h>

namespace ingot {

namespace {

/// 0 where `descriptor` is no terminal, or one that does not tell.
std::size_t columns_of(int descriptor) {
    winsize size{};
    return isatty(descriptor) != 0 && ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

ProgressLine::ProgressLine(bool always) : terminal_(isatty(STDERR_FILENO) != 0), always_(always) {}

void ProgressLine::show(const std::string &text) {
    if (always_) {
        std::cerr << text << "\n";
    } else if (terminal_) {
        // A line that wraps could not be written over.
        const std::size_t columns = columns_of(STDERR_FILENO);
        std::cerr << "\r\x1b[K" << (columns == 0 ? text : text.substr(0, columns - 1)) << std::flush;
        open_ = true;
    }
}

void ProgressLine::clear() {
    if (open_) {
        std::cerr << "\r\x1b[K" << std::flush;
        open_ = false;
    }
}

std::size_t output_width() {
    const std::size_t columns = columns_of(STDOUT_FILENO);
    return columns == 0 ? std::numeric_limits<std::size_t>::max() : columns;
}

}  // namespace ingot
