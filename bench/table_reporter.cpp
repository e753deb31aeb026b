// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/table_reporter.h"
#include <iomanip>
#include <ostream>
#include <sstream>

namespace ingot {

namespace {

constexpr std::string_view by = " by ", on = " on ";

std::string fixed(double value, int digits) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(digits) << value;
    return text.str();
}

/// Three digits or more, in the unit that suits.
std::string duration(double seconds) {
    for (const auto &[unit, scale] : {std::pair{" s ", 1.0}, std::pair{" ms", 1e3}, std::pair{" us", 1e6}}) {
        if (seconds * scale >= 1) {
            return fixed(seconds * scale, seconds * scale < 100 ? 2 : 1) + unit;
        }
    }
    return fixed(seconds * 1e9, 1) + " ns";
}

std::string value_of(const benchmark::UserCounters &counters, const char *name, int digits) {
    const auto found = counters.find(name);
    return found == counters.end() ? "-" : fixed(found->second, digits);
}

}  // namespace

std::string row_name(const std::string &kernel, const std::string &choice, const std::string &target) {
    return kernel + std::string(by) + choice + std::string(on) + target;
}

bool TableReporter::ReportContext(const Context &context) {
    std::ostream &out = GetOutputStream();
    if (const auto *custom = benchmark::internal::GetGlobalContext(); custom != nullptr) {
        for (const auto &[key, value] : *custom) {
            out << key << ": " << value << "\n";
        }
    }
    out << "cores: " << context.cpu_info.num_cpus;
    for (const auto &cache : context.cpu_info.caches) {
        out << ", L" << cache.level << " " << cache.type << " " << cache.size / 1024 << " KiB";
    }
    out << "\npeak: % of the loop of multiplications and additions timed beside each sample; time: median per "
           "call\n";
    return true;
}

void TableReporter::ReportRuns(const std::vector<Run> &runs) {
    for (const Run &run : runs) {
        if (run.aggregate_unit != benchmark::kPercentage) {
            report(run);
        }
    }
    GetOutputStream().flush();
}

void TableReporter::report(const Run &run) {
    std::ostream &out = GetOutputStream();
    const std::string &name = run.run_name.function_name;
    const std::size_t choice = name.find(by), target = name.rfind(on);
    const std::string heading = name.substr(0, choice) + name.substr(target);
    if (heading != heading_) {
        heading_ = heading;
        out << "\n" << heading << "\n";
        out << "  " << std::setw(7) << "peak" << std::setw(11) << "GFLOP/s" << std::setw(9) << "GB/s"
            << std::setw(13) << "time   "
            << "\n";
    }
    out << "  ";
    if (run.error_occurred) {
        out << "error: " << run.error_message << "  ";
    } else {
        const double seconds = run.GetAdjustedRealTime() / benchmark::GetTimeUnitMultiplier(run.time_unit);
        out << std::setw(5) << value_of(run.counters, counter::of_peak, 1) << " %" << std::setw(11)
            << value_of(run.counters, counter::rate, 1) << std::setw(9) << value_of(run.counters, counter::bytes, 1)
            << std::setw(13) << duration(seconds) << "  ";
    }
    out << name.substr(choice + by.size(), target - choice - by.size());
    for (const std::string &note : {run.aggregate_name, run.report_label}) {
        if (!note.empty()) {
            out << "  (" << note << ")";
        }
    }
    out << "\n";
}

}  // namespace ingot
