// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `ingot bench` leaves in files: JSON for compare.py and plot.py, CSV for spreadsheets.
#include "bench/bench_report.h"
#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

namespace ingot {

namespace {

using Json = nlohmann::ordered_json;

/// Six digits: more is noise.
double rounded(double value) {
    std::ostringstream text;
    text.precision(6);
    text << value;
    return std::stod(text.str());
}

Json rounded_json(const std::vector<double> &values) {
    Json json = Json::array();
    for (double value : values) {
        json.push_back(rounded(value));
    }
    return json;
}

Json json_of(const std::optional<double> &value) {
    return value ? Json(rounded(*value)) : Json(nullptr);
}

Json machine_json() {
    Json caches = Json::array();
    const std::vector<MemoryLevel> &levels = memory_levels();
    for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
        caches.push_back({{"name", levels[i].name}, {"bytes", levels[i].bytes}});
    }
    return {{"cpu", cpu_name()}, {"caches", caches}};
}

Json limits_json(const Target &target, const MachineLimits &limits) {
    Json bandwidth;
    const std::vector<MemoryLevel> &levels = memory_levels();
    for (std::size_t i = 0; i < levels.size(); ++i) {
        bandwidth[levels[i].name] = rounded(limits.bandwidth[i] * 1e-9);
    }
    return {{"target", target.name},
            {"peak_gflops", rounded(limits.peak_flops * 1e-9)},
            {"clock_ghz", rounded(limits.clock_hz * 1e-9)},
            {"peak_flop_per_cycle", rounded(limits.flops_per_cycle)},
            {"bandwidth_gb_per_s", bandwidth}};
}

Json row_json(const BenchTable &table, const BenchRow &row, const MachineLimits &limits) {
    Json json = {{"kernel", table.kernel},
                 {"nodes", table.nodes},
                 {"target", table.target->name},
                 {"choice", to_text(row.request.choice)},
                 {"operands", to_text(row.request.spec)},
                 {"chosen", row.chosen},
                 {"verified", !row.fault}};
    if (row.fault) {
        json["error"] = *row.fault;
        return json;
    }
    const BenchFigures figures = figures_of(row, limits);
    json["flop"] = row.measurement.flops;
    json["bytes"] = row.measurement.bytes;
    json["median_s"] = figures.seconds;
    json["spread_s"] = figures.spread;
    json["gflops"] = figures.gflops;
    json["percent_of_peak"] = 100 * figures.of_peak;
    json["gb_per_s"] = figures.gbytes;
    json["memory_level"] = memory_levels()[figures.level].name;
    json["percent_of_bandwidth"] = 100 * figures.of_bandwidth;
    json["flop_per_byte"] = figures.intensity;
    json["code_bytes"] = row.code.bytes;
    json["vector_spills"] = row.code.vector_spills;
    json["cycles"] = figures.cycles;
    if (row.code.loop) {
        json["loop"] = {{"instructions", row.code.loop->instructions},
                        {"multiply_adds", row.code.loop->multiply_adds},
                        {"mca_cycles", json_of(row.code.mca_cycles)},
                        {"cycles", json_of(figures.loop_cycles)}};
    }
    for (auto &[key, value] : json.items()) {
        value = value.is_number_float() ? Json(rounded(value.get<double>())) : value;
    }
    json["passes"] = row.measurement.passes;
    json["seconds"] = rounded_json(row.measurement.seconds);
    json["adds_per_cycle"] = rounded_json(row.measurement.adds_per_cycle);
    json["peak_flops"] = rounded_json(row.measurement.peak_flops);
    return json;
}

std::string csv_cell(const Json &value) {
    if (value.is_null()) {
        return "";
    }
    if (!value.is_string()) {
        return value.dump();
    }
    std::string text = "\"";
    for (char c : value.get<std::string>()) {
        text += c == '"' ? std::string("\"\"") : std::string(1, c);
    }
    return text + "\"";
}

}  // namespace

std::string to_json(const BenchReport &report) {
    const Json head = {{"format", "ingot bench 1"}, {"version", report.version}, {"generator", report.generator},
                       {"command", report.command}, {"date", report.date},       {"machine", machine_json()},
                       {"data", report.data},       {"rounds", report.rounds}};
    std::ostringstream text;
    for (const auto &[key, value] : head.items()) {
        text << (text.tellp() == 0 ? "{" : ",\n") << Json(key) << ": " << value;
    }
    // A line per row, so that two results compare line by line.
    const auto lines = [&](const char *name, const std::vector<Json> &values) {
        text << ",\n\"" << name << "\": [";
        for (std::size_t i = 0; i < values.size(); ++i) {
            text << (i == 0 ? "\n" : ",\n") << values[i];
        }
        text << "\n]";
    };
    std::vector<Json> targets, rows;
    for (const auto &[target, limits] : report.limits) {
        targets.push_back(limits_json(*target, limits));
    }
    for (const BenchTable &table : report.tables) {
        for (const BenchRow &row : table.rows) {
            rows.push_back(row_json(table, row, report.limits.at(table.target)));
        }
    }
    lines("targets", targets);
    lines("rows", rows);
    text << "}\n";
    return text.str();
}

std::string to_csv(const BenchReport &report) {
    static constexpr std::array columns = {"kernel",          "target",     "choice",        "chosen",
                                           "verified",        "median_s",   "spread_s",      "gflops",
                                           "percent_of_peak", "gb_per_s",   "memory_level",  "percent_of_bandwidth",
                                           "flop_per_byte",   "code_bytes", "vector_spills", "cycles"};
    std::ostringstream text;
    for (const char *column : columns) {
        text << column << ",";
    }
    text << "loop_mca_cycles,loop_cycles\n";
    for (const BenchTable &table : report.tables) {
        for (const BenchRow &row : table.rows) {
            const Json json = row_json(table, row, report.limits.at(table.target));
            for (const char *column : columns) {
                text << csv_cell(json.value(column, Json(nullptr))) << ",";
            }
            const Json loop = json.value("loop", Json::object());
            text << csv_cell(loop.value("mca_cycles", Json(nullptr))) << ","
                 << csv_cell(loop.value("cycles", Json(nullptr))) << "\n";
        }
    }
    return text.str();
}

}  // namespace ingot
