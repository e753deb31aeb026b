// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/tuned.h"
#include "spec/error.h"
#include "spec/target.h"
#include "spec/text.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>

namespace ingot {

namespace {

constexpr std::string_view preamble =
    "# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n"
    "# Measured choices, written by `ingot tune`, a row per kernel, target and cpu; see schedules/tuned.h.\n";

/// A column: how a row's field is written, and read back.
struct Column {
    std::string_view name;
    std::function<std::string(const TunedRow &)> write;
    std::function<void(TunedRow &, std::string_view)> read;
};

std::string decimal(double value, int digits) {
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

double read_decimal(std::string_view text, double highest) {
    double value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || stop != text.data() + text.size() || !(value >= 0 && value <= highest)) {
        throw Error("'" + std::string(text) + "' is no number from 0 to " + decimal(highest, 0));
    }
    return value;
}

// Winograd's useful multiply-adds pass the peak of those that are executed; a broken row by far more.
constexpr double highest_share = 1000;

Column text_column(std::string_view name, std::string TunedRow::*field,
                   const std::function<void(std::string_view)> &check) {
    return {name, [field](const TunedRow &row) { return row.*field; },
            [field, check](TunedRow &row, std::string_view text) {
                check(text);
                row.*field = text;
            }};
}

Column share_column(std::string_view name, std::optional<double> TunedRow::*field) {
    return {name, [field](const TunedRow &row) { return row.*field ? decimal(*(row.*field), 1) : std::string(); },
            [field](TunedRow &row, std::string_view text) {
                if (!text.empty()) {
                    row.*field = read_decimal(text, highest_share);
                }
            }};
}

Column choice_column(std::string_view name, Choice TunedRow::*field) {
    return {name, [field](const TunedRow &row) { return to_text(row.*field); },
            [field](TunedRow &row, std::string_view text) { row.*field = parse_choice(text); }};
}

void check_target(std::string_view name) {
    std::vector<std::string_view> known;
    for (const std::span<const Target> targets : {cpu_targets(), cuda_targets()}) {
        for (const Target &target : targets) {
            known.push_back(target.name);
        }
    }
    if (std::find(known.begin(), known.end(), name) == known.end()) {
        throw Error("unknown target '" + std::string(name) + "'; known: " + join(known));
    }
}

void check_measured(std::string_view text) {
    if (text != "chain" && text != "hot+cold") {
        throw Error("measured '" + std::string(text) + "'; known: chain, hot+cold");
    }
}

void check_date(std::string_view text) {
    bool right = text.size() == 10;
    for (std::size_t i = 0; right && i < text.size(); ++i) {
        right = i == 4 || i == 7 ? text[i] == '-' : text[i] >= '0' && text[i] <= '9';
    }
    if (!right) {
        throw Error("'" + std::string(text) + "' is no date; write it as 2026-11-23");
    }
}

void check_machine(std::string_view text) {
    const auto printable = [](char c) { return c >= ' ' && c <= '~' && c != '"'; };
    if (text.empty() || !std::all_of(text.begin(), text.end(), printable)) {
        throw Error("the machine is a label in printable ASCII without '\"'");
    }
}

void read_kernel(TunedRow &row, std::string_view text) {
    row.spec = parse_kernel_spec(text);
    row.spec.validate();
    // Only what the text holds counts: equal kernels have equal rows.
    if (shape_text(row.spec) != text) {
        throw Error("kernel not canonical; write " + shape_text(row.spec));
    }
}

const std::vector<Column> &columns() {
    static const std::vector<Column> all = {
        {"kernel", [](const TunedRow &row) { return shape_text(row.spec); }, read_kernel},
        text_column("target", &TunedRow::target, check_target),
        text_column("cpu", &TunedRow::cpu, check_cpu),
        choice_column("choice", &TunedRow::choice),
        text_column("measured", &TunedRow::measured, check_measured),
        share_column("hot", &TunedRow::hot),
        share_column("cold", &TunedRow::cold),
        share_column("chain", &TunedRow::chain),
        choice_column("incumbent", &TunedRow::incumbent),
        {"incumbent_speed", [](const TunedRow &row) { return decimal(row.incumbent_speed, 3); },
         [](TunedRow &row, std::string_view text) { row.incumbent_speed = read_decimal(text, 1); }},
        {"runner_up", [](const TunedRow &row) { return row.runner_up ? to_text(*row.runner_up) : std::string(); },
         [](TunedRow &row, std::string_view text) {
             if (!text.empty()) {
                 row.runner_up = parse_choice(text);
             }
         }},
        {"runner_up_speed",
         [](const TunedRow &row) { return row.runner_speed ? decimal(*row.runner_speed, 3) : std::string(); },
         [](TunedRow &row, std::string_view text) {
             if (!text.empty()) {
                 row.runner_speed = read_decimal(text, 1);
             }
         }},
        text_column("date", &TunedRow::date, check_date),
        text_column("machine", &TunedRow::machine, check_machine),
    };
    return all;
}

std::string header() {
    std::string line;
    for (const Column &column : columns()) {
        line.append(line.empty() ? "" : ",").append(column.name);
    }
    return line;
}

std::string row_text(const TunedRow &row) {
    std::string line;
    for (const Column &column : columns()) {
        const std::string field = column.write(row);
        line += &column == &columns().front() ? "" : ",";
        line += field.find(',') == std::string::npos ? field : "\"" + field + "\"";
    }
    return line;
}

std::vector<std::string> fields_of(std::string_view line) {
    std::vector<std::string> fields = {""};
    bool quoted = false;
    for (char c : line) {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    if (quoted) {
        throw Error("a double quote is not closed");
    }
    return fields;
}

TunedRow read_row(std::string_view line) {
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() != columns().size()) {
        throw Error(std::to_string(fields.size()) + " fields; write " + std::to_string(columns().size()) + ": " +
                    header());
    }
    TunedRow row;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        columns()[i].read(row, fields[i]);
    }
    if (row.measured == "chain" ? !row.chain : !row.hot || !row.cold) {
        throw Error("measured by " + row.measured + ", but its share of peak is missing");
    }
    if (row.runner_up.has_value() != row.runner_speed.has_value()) {
        throw Error("runner_up and runner_up_speed go together");
    }
    if (row_text(row) != line) {
        throw Error("not canonical; write " + row_text(row));
    }
    return row;
}

using Key = std::tuple<std::string, std::string, std::string>;

/// A file holds one op, in order, each key once; `before` is the key of the row before.
void check_place(const std::optional<Key> &before, const Key &key, const TunedRow &row, const std::string &file) {
    const std::string op(to_text(row.spec.op));
    if (std::filesystem::path(file).stem() != op) {
        throw Error("a kernel of " + op + "; move the row to " + op + ".csv");
    }
    if (before == key) {
        throw Error("a second row for " + shape_text(row.spec) + " on " + row.target + ", " + row.cpu +
                    "; keep one");
    }
    if (before > key) {
        throw Error("out of order; sort the rows by kernel, target and cpu");
    }
}

}  // namespace

std::tuple<std::string, std::string, std::string> TunedRow::key() const {
    return {shape_text(spec), target, cpu};
}

void check_cpu(std::string_view cpu) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    };
    if (cpu.empty() || !std::all_of(cpu.begin(), cpu.end(), allowed)) {
        throw Error("cpu '" + std::string(cpu) +
                    "' is no name; write lower-case letters, digits, '_', '-' and '.', as in zen5");
    }
}

std::vector<TunedRow> parse_tuned(std::string_view text, const std::string &file) {
    std::vector<TunedRow> rows;
    std::optional<Key> before;
    bool seen_header = false;
    int number = 0;
    for (std::string_view line : split(text, '\n')) {
        ++number;
        if (line.empty() || line.front() == '#') {
            continue;
        }
        try {
            if (seen_header) {
                TunedRow row = read_row(line);
                Key key = row.key();
                check_place(before, key, row, file);
                before = std::move(key);
                rows.push_back(std::move(row));
            } else if (line != header()) {
                throw Error("the first line is the header; write " + header());
            }
        } catch (const Error &error) {
            throw Error(file + ":" + std::to_string(number) + ": " + error.what());
        }
        seen_header = true;
    }
    return rows;
}

std::string tuned_text(const std::vector<TunedRow> &rows) {
    std::string text(preamble);
    text += header() + "\n";
    for (const TunedRow &row : rows) {
        text += row_text(row) + "\n";
    }
    return text;
}

void insert_tuned(std::vector<TunedRow> &rows, TunedRow row) {
    const auto place = std::lower_bound(rows.begin(), rows.end(), row,
                                        [](const TunedRow &a, const TunedRow &b) { return a.key() < b.key(); });
    if (place != rows.end() && place->key() == row.key()) {
        *place = std::move(row);
    } else {
        rows.insert(place, std::move(row));
    }
}

TunedTable::TunedTable(std::vector<TunedRow> rows) : rows_(std::move(rows)) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        index_.emplace(rows_[i].key(), i);
    }
}

const TunedRow *TunedTable::find(const std::string &kernel, std::string_view target, std::string_view cpu) const {
    const auto found = index_.find({kernel, std::string(target), std::string(cpu)});
    return found == index_.end() ? nullptr : &rows_[found->second];
}

std::vector<std::string_view> TunedTable::cpus() const {
    std::vector<std::string_view> names = {generic_cpu};
    for (const TunedRow &row : rows_) {
        names.push_back(row.cpu);
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

TunedTable TunedTable::without(const TunedRow &row) const {
    std::vector<TunedRow> rest = rows_;
    std::erase_if(rest, [&](const TunedRow &other) { return other.key() == row.key(); });
    return TunedTable(std::move(rest));
}

const TunedTable &built_in_table() {
    static const TunedTable table = [] {
        std::vector<TunedRow> rows;
        for (const TunedFile &file : tuned_files()) {
            std::vector<TunedRow> of_op = parse_tuned(file.text, "schedules/tuned/" + std::string(file.name));
            std::move(of_op.begin(), of_op.end(), std::back_inserter(rows));
        }
        return TunedTable(std::move(rows));
    }();
    return table;
}

}  // namespace ingot
