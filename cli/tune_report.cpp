// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/tune_report.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <unistd.h>

namespace ingot {

namespace {

std::string decimal(double value, int digits) {
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

std::string share(const std::optional<double> &value) {
    return value ? decimal(*value, 1) : "-";
}

using Cells = std::vector<std::string>;

/// Columns as wide as their longest cell; numbers to the right.
void print_table(const std::vector<Cells> &lines, const std::vector<bool> &right) {
    std::vector<std::size_t> widths(right.size(), 0);
    for (const Cells &cells : lines) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            widths[i] = std::max(widths[i], cells[i].size());
        }
    }
    for (const Cells &cells : lines) {
        std::string text;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string space(widths[i] - cells[i].size(), ' ');
            text += (i == 0 ? "" : "  ") + (right[i] ? space + cells[i] : cells[i] + space);
        }
        std::cout << text.substr(0, text.find_last_not_of(' ') + 1) << "\n";
    }
}

}  // namespace

TuneReport::TuneReport(std::size_t skipped, std::size_t wanted)
    : skipped_(skipped), wanted_(wanted), line_(isatty(STDERR_FILENO) == 0) {
    if (skipped > 0) {
        std::cerr << skipped
                  << (skipped == 1
                          ? " kernel has a row already and is left out; --again measures it once more\n"
                          : " kernels have a row already and are left out; --again measures them once more\n");
    }
}

void TuneReport::begin(const std::string &kernel) {
    ++begun_;
    line_.clear();
    std::cerr << "[" << begun_ << "/" << wanted_ << "] " << kernel << std::endl;
}

void TuneReport::progress(const std::string &what) {
    line_.show("    " + what);
}

void TuneReport::done(const TuneResult &result) {
    line_.clear();
    for (const std::string &wrong : result.wrong) {
        std::cerr << "ingot: warning: wrong result, not considered: " << wrong << "\n";
    }
    const TuneCounts &n = result.counts;
    std::cerr << "    " << to_text(result.row.choice) << ", " << decimal(1 / result.row.incumbent_speed, 2)
              << " x as fast as " << to_text(result.row.incumbent) << " (" << n.timed << " of " << n.supported
              << " timed)" << std::endl;
    rows_.push_back(result.row);
    counts_ += n;
}

void TuneReport::print_summary(bool interrupted) const {
    if (!rows_.empty()) {
        std::vector<Cells> lines = {
            {"kernel", "target", "choice", "hot %", "cold %", "chain %", "gain", "incumbent"}};
        double logarithms = 0;
        for (const TunedRow &row : rows_) {
            const bool same = row.choice == row.incumbent;
            lines.push_back({shape_text(row.spec), row.target, to_text(row.choice), share(row.hot), share(row.cold),
                             share(row.chain), decimal(1 / row.incumbent_speed, 2),
                             same ? "stays" : to_text(row.incumbent)});
            logarithms += std::log(row.incumbent_speed);
        }
        print_table(lines, {false, false, false, true, true, true, true, false});
        const double mean = std::exp(logarithms / static_cast<double>(rows_.size()));
        std::cout << "The incumbents reach " << decimal(100 * mean, 1)
                  << " % of the best choices' speed (geometric mean).\n";
    }
    const TuneCounts &n = counts_;
    std::cout << rows_.size() << " of " << wanted_ << (wanted_ == 1 ? " kernel" : " kernels") << " tuned, "
              << skipped_ << " had a row" << (interrupted ? ", interrupted" : "") << "; of " << n.supported
              << " candidates " << n.left_out << " left out by estimated cost or for want of time, " << n.refused
              << " not compiled, " << n.spills << " spilled, " << n.code_size << " over " << most_code_bytes / 1024
              << " KiB of code, " << n.cycles << " over " << decimal(most_cycles_ratio, 1)
              << " x the cycles per multiply-add, " << n.wrong << " wrong, " << n.timed << " timed\n";
}

}  // namespace ingot
