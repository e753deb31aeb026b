// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/progress_bar.h"
#include <cmath>

namespace ingot {

std::string progress_text(const std::string &what, std::size_t done, std::size_t total, double seconds) {
    constexpr std::size_t width = 20;
    const std::size_t filled = width * done / total;
    const std::string percent = std::to_string(100 * done / total);
    std::string text = what + " [" + std::string(filled, '#') + std::string(width - filled, '.') + "] " +
                       std::string(3 - percent.size(), ' ') + percent + " %, " + std::to_string(done) + " of " +
                       std::to_string(total);
    if (done > 0 && done < total) {
        const double left = seconds / static_cast<double>(done) * static_cast<double>(total - done);
        const auto rounded = static_cast<long>(std::ceil(left));
        text += rounded < 100 ? ", " + std::to_string(rounded) + " s left"
                              : ", " + std::to_string((rounded + 59) / 60) + " min left";
    }
    return text;
}

void ProgressBar::show(std::size_t done, std::size_t total) {
    line_.show(progress_text(what_, done, total, std::chrono::duration<double>(Clock::now() - start_).count()));
}

}  // namespace ingot
