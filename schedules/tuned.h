// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/choice.h"
#include "spec/kernel_spec.h"
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace ingot {

/// The cpu of rows that hold for any CPU of their target.
inline constexpr std::string_view generic_cpu = "generic";

/// A measured choice: a row of schedules/tuned/<op>.csv. Shares of the FMA peak are in percent, of the target's
/// peak measured in the same run; speeds are those of `choice` = 1, by what `measured` says.
struct TunedRow {
    KernelSpec spec;                  ///< without operand layouts
    std::string target;               ///< a target's name
    std::string cpu;                  ///< as --cpu names it
    Choice choice;                    ///< the one measured best
    std::string measured;             ///< what the choice was made by: `chain`, or `hot+cold`
    std::optional<double> hot;        ///< share of peak, operands as the call before left them
    std::optional<double> cold;       ///< share of peak, weights and source in no cache
    std::optional<double> chain;      ///< share of peak, the model's other steps run in between
    Choice incumbent;                 ///< what choose() gives without this row
    double incumbent_speed = 1;       ///< at most 1
    std::optional<Choice> runner_up;  ///< the second best of those timed to the end
    std::optional<double> runner_speed;
    std::string date;     ///< of the measurement: 2026-11-23
    std::string machine;  ///< what it was measured on; a label

    /// What a table holds once: kernel, target, cpu.
    [[nodiscard]] std::tuple<std::string, std::string, std::string> key() const;
};

/// Reads a table: lines that start with `#` and empty ones apart, a header, then a row a line, sorted by key,
/// fields that hold commas in double quotes (RFC 4180). Throws Error that names file and line where a row is
/// malformed, of another op than `file`, whose stem names it, says, out of order, or not as tuned_text writes it.
std::vector<TunedRow> parse_tuned(std::string_view text, const std::string &file);

/// The inverse: the whole file.
std::string tuned_text(const std::vector<TunedRow> &rows);

/// Puts `row` in its place of a sorted table; it takes the place of a row of the same key.
void insert_tuned(std::vector<TunedRow> &rows, TunedRow row);

/// Throws Error where `cpu` is no name: lower-case letters, digits, '_', '-' and '.'.
void check_cpu(std::string_view cpu);

/// Rows to look choices up in.
class TunedTable {
public:
    TunedTable() = default;
    explicit TunedTable(std::vector<TunedRow> rows);

    /// The row of this key, or null. `kernel` is a shape_text.
    [[nodiscard]] const TunedRow *find(const std::string &kernel, std::string_view target,
                                       std::string_view cpu) const;
    [[nodiscard]] std::span<const TunedRow> rows() const { return rows_; }
    /// Every cpu that has a row, `generic` always, sorted.
    [[nodiscard]] std::vector<std::string_view> cpus() const;
    /// The same rows but that of this key.
    [[nodiscard]] TunedTable without(const TunedRow &row) const;

private:
    std::vector<TunedRow> rows_;
    std::map<std::tuple<std::string, std::string, std::string>, std::size_t> index_;
};

/// A file of schedules/tuned as it was when Ingot was built.
struct TunedFile {
    std::string_view name, text;
};
std::span<const TunedFile> tuned_files();

/// The rows of all of tuned_files(). Throws Error at its first call where one is malformed.
const TunedTable &built_in_table();

}  // namespace ingot
