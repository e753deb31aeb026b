// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/bench_report.h"
#include "spec/text.h"
#include <algorithm>
#include <functional>
#include <iomanip>
#include <sstream>

namespace ingot {

namespace {

std::string fixed(double value, int digits) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(digits) << value;
    return text.str();
}

/// Three digits or so, in the unit that suits.
std::string duration(double seconds) {
    for (const auto &[unit, scale] : {std::pair{" s", 1.0}, std::pair{" ms", 1e3}, std::pair{" us", 1e6}}) {
        if (seconds * scale >= 1) {
            return fixed(seconds * scale, seconds * scale < 100 ? 2 : 1) + unit;
        }
    }
    return fixed(seconds * 1e9, 1) + " ns";
}

std::string size(int64_t bytes) {
    return bytes < 10240              ? std::to_string(bytes) + " B"
           : bytes < int64_t{1} << 20 ? std::to_string(bytes >> 10) + " KiB"
                                      : std::to_string(bytes >> 20) + " MiB";
}

std::string percent(double share) {
    return fixed(100 * share, share < 0.1 ? 1 : 0) + " %";
}

std::string optional_number(const std::optional<double> &value) {
    return value ? fixed(*value, *value < 100 ? 1 : 0) : "-";
}

struct Cells {
    const BenchRow &row;
    BenchFigures figures;
    std::string level;
};

/// Of the table; the least important has the highest number. What has 0 always stands.
struct Column {
    const char *title;
    int importance;
    std::function<std::string(const Cells &)> text;
};

const std::vector<Column> &columns() {
    static const std::vector<Column> all = {
        {"median", 0, [](const Cells &c) { return duration(c.figures.seconds); }},
        {"spread", 3, [](const Cells &c) { return percent(c.figures.spread / c.figures.seconds); }},
        {"GFLOP/s", 2, [](const Cells &c) { return fixed(c.figures.gflops, 1); }},
        {"peak", 0, [](const Cells &c) { return fixed(100 * c.figures.of_peak, 1) + " %"; }},
        {"GB/s", 6, [](const Cells &c) { return fixed(c.figures.gbytes, 1); }},
        {"bandwidth", 7, [](const Cells &c) { return percent(c.figures.of_bandwidth) + " " + c.level; }},
        {"flop/B", 8, [](const Cells &c) { return fixed(c.figures.intensity, 1); }},
        {"code", 5, [](const Cells &c) { return size(c.row.code.bytes); }},
        {"spills", 4, [](const Cells &c) { return std::to_string(c.row.code.vector_spills); }},
        {"mca", 9, [](const Cells &c) { return optional_number(c.row.code.mca_cycles); }},
        {"cycles", 9, [](const Cells &c) { return optional_number(c.figures.loop_cycles); }},
    };
    return all;
}

std::string cut(const std::string &text, std::size_t width) {
    return text.size() <= width ? text : text.substr(0, std::max<std::size_t>(width, 4) - 3) + "...";
}

/// Right-aligned cells of the columns that fit, and what is left for the choice.
class Grid {
public:
    Grid(const std::vector<Cells> &rows, std::size_t width, std::size_t choice_width) {
        std::vector<Entry> entries;
        for (const Column &column : columns()) {
            Entry entry{&column, std::string(column.title).size(), {}};
            for (const Cells &row : rows) {
                entry.cells.push_back(column.text(row));
                entry.width = std::max(entry.width, entry.cells.back().size());
            }
            entries.push_back(std::move(entry));
        }
        const std::size_t least_choice = std::min<std::size_t>(choice_width, 32);
        while (used(entries) + least_choice > width) {
            const auto last = std::max_element(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) {
                return a.column->importance < b.column->importance;
            });
            if (last->column->importance == 0) {
                break;
            }
            entries.erase(last);
        }
        entries_ = std::move(entries);
        left_ = width > used(entries_) ? width - used(entries_) : 0;
    }
    [[nodiscard]] std::size_t left() const { return left_; }
    [[nodiscard]] std::string titles() const {
        return line(" ", [](const Entry &entry) { return std::string(entry.column->title); }) + "  choice";
    }
    [[nodiscard]] std::string row(const std::string &mark, std::size_t i) const {
        return line(mark, [&](const Entry &entry) { return entry.cells[i]; });
    }

private:
    struct Entry {
        const Column *column;
        std::size_t width;
        std::vector<std::string> cells;
    };
    static std::size_t used(const std::vector<Entry> &entries) {
        std::size_t sum = 3;
        for (const Entry &entry : entries) {
            sum += entry.width + 2;
        }
        return sum;
    }
    template<typename Text>
    [[nodiscard]] std::string line(const std::string &mark, const Text &text) const {
        std::string result = mark;
        for (const Entry &entry : entries_) {
            const std::string cell = text(entry);
            result += std::string(2 + entry.width - cell.size(), ' ') + cell;
        }
        return result;
    }

    std::vector<Entry> entries_;
    std::size_t left_ = 0;
};

std::string heading(const BenchTable &table) {
    const std::string names = join({table.nodes.begin(), table.nodes.end()});
    return (names.empty() ? "" : names + ": ") + table.kernel + " on " + std::string(table.target->name);
}

/// Breaks a long line at spaces; what follows is indented.
std::string wrapped(const std::string &text, std::size_t width) {
    std::istringstream words(text);
    std::string result, line;
    for (std::string word; words >> word;) {
        if (!line.empty() && line.size() + 1 + word.size() > width) {
            result += line + "\n";
            line = "   ";
        }
        line += (line.empty() ? "" : " ") + word;
    }
    return result + line + "\n";
}

}  // namespace

void sort_rows(std::vector<BenchRow> &rows) {
    std::stable_sort(rows.begin(), rows.end(), [](const BenchRow &a, const BenchRow &b) {
        if (a.fault || b.fault) {
            return !a.fault && b.fault;
        }
        return a.measurement.median_seconds() < b.measurement.median_seconds();
    });
}

BenchFigures figures_of(const BenchRow &row, const MachineLimits &limits) {
    const Measurement &measurement = row.measurement;
    BenchFigures figures;
    figures.seconds = measurement.median_seconds();
    figures.spread = measurement.spread_seconds();
    figures.gflops = measurement.flops / figures.seconds * 1e-9;
    figures.of_peak = measurement.of_peak();
    figures.gbytes = measurement.bytes / figures.seconds * 1e-9;
    figures.level = level_holding(memory_levels(), measurement.bytes);
    figures.of_bandwidth = figures.gbytes * 1e9 / limits.bandwidth[figures.level];
    figures.intensity = measurement.flops / measurement.bytes;
    figures.cycles = measurement.peak_operations() / limits.flops_per_cycle;
    if (const std::optional<double> trips = row.code.trips(measurement.flops)) {
        figures.loop_cycles = figures.cycles / *trips;
    }
    return figures;
}

std::string to_text(const BenchReport &report, std::size_t width) {
    const std::vector<MemoryLevel> &levels = memory_levels();
    std::string machine = cpu_name();
    for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
        machine += (i == 0 ? "; " : ", ") + levels[i].name + " " + std::to_string(levels[i].bytes >> 10) + " KiB";
    }
    machine += "; one thread; " + report.data + "; " + std::to_string(report.rounds) + " rounds";
    std::string text = wrapped(machine, width);
    for (const auto &[target, limits] : report.limits) {
        std::string line = std::string(target->name) + ": peak " + fixed(limits.peak_flops * 1e-9, 1) +
                           " GFLOP/s, " + fixed(limits.flops_per_cycle, 1) + " flop a cycle at " +
                           fixed(limits.clock_hz * 1e-9, 2) + " GHz; reads";
        for (std::size_t i = 0; i < levels.size(); ++i) {
            line += (i == 0 ? " " : ", ") + levels[i].name + " " + fixed(limits.bandwidth[i] * 1e-9, 0);
        }
        text += wrapped(line + " GB/s", width);
    }
    return text;
}

std::string to_text(const BenchTable &table, const MachineLimits &limits, std::size_t width) {
    const std::vector<MemoryLevel> &levels = memory_levels();
    std::vector<Cells> cells;
    std::size_t longest = 0;
    for (const BenchRow &row : table.rows) {
        longest = std::max(longest, to_text(row.request.choice).size());
        if (!row.fault) {
            const BenchFigures figures = figures_of(row, limits);
            cells.push_back({row, figures, levels[figures.level].name});
        }
    }
    const Grid grid(cells, width, longest);
    std::string text = wrapped(heading(table), width) + grid.titles() + "\n";
    std::size_t most_rounds = 0, i = 0;
    for (const BenchRow &row : table.rows) {
        most_rounds = std::max(most_rounds, row.measurement.seconds.size());
    }
    for (const BenchRow &row : table.rows) {
        const std::string choice = to_text(row.request.choice);
        if (row.fault) {
            text += "   " + choice + ": error: " + *row.fault + "\n";
            continue;
        }
        const std::size_t rounds = row.measurement.seconds.size();
        const std::string note = rounds < most_rounds ? " (" + std::to_string(rounds) + " rounds)" : "";
        text += grid.row(row.chosen ? "*" : " ", i++) + "  " + cut(choice + note, grid.left()) + "\n";
    }
    const std::string last = comparison_text(table);
    return text + (last.empty() ? "" : wrapped(last, width));
}

std::string comparison_text(const BenchTable &table) {
    if (table.rows.size() < 2 || table.rows[0].fault || table.rows[1].fault) {
        return "";
    }
    const Ratio ratio = time_ratio(table.rows[1].measurement, table.rows[0].measurement);
    const std::string first = to_text(table.rows[0].request.choice), second = to_text(table.rows[1].request.choice);
    const double half = (ratio.interval.high - ratio.interval.low) / 2;
    const int digits = ratio.median < 10 ? 2 : 1;
    if (ratio.interval.low <= 1) {
        return "no difference seen between " + first + " and " + second + " (" + fixed(ratio.median, 3) + " ± " +
               fixed(half, 3) + ")";
    }
    const bool close = ratio.median < 1.1;
    return first + " ran " + fixed(ratio.median, close ? 3 : digits) + " ± " + fixed(half, close ? 3 : digits) +
           " times faster than " + second;
}

double disturbed_share(const BenchReport &report) {
    std::vector<double> all;
    for (const BenchTable &table : report.tables) {
        for (const BenchRow &row : table.rows) {
            const std::vector<double> &adds = row.measurement.adds_per_cycle;
            all.insert(all.end(), adds.begin(), adds.end());
        }
    }
    if (all.empty()) {
        return 0;
    }
    std::sort(all.begin(), all.end());
    const double best = all[(all.size() - 1) * 95 / 100];
    const auto quiet = std::lower_bound(all.begin(), all.end(), 0.9 * best);
    return static_cast<double>(quiet - all.begin()) / static_cast<double>(all.size());
}

}  // namespace ingot
