// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "bench/gpu_kit/device.h"
#include "bench/gpu_kit/options.h"
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace ingot::gpu_kit {

using Json = nlohmann::ordered_json;

/// What a part has found: a JSON file of its own, and its table in results.md. What a file says first is what it
/// was measured on.
class Report {
public:
    /// `name` is the file's stem, such as `c_kernels`; `title` the heading of its table.
    Report(const Options &options, std::string name, std::string title, const DeviceInfo &device);

    /// Figures that are no rows of the table.
    Json &facts() { return facts_; }
    void columns(std::vector<std::string> names) { columns_ = std::move(names); }
    [[nodiscard]] const Json &rows() const { return rows_; }
    /// A row of the JSON, and where it is not empty of the table. Writes the files where the last time is a while
    /// ago, so that what is cut off leaves what it has found.
    void add(Json row, const std::vector<std::string> &cells = {});
    /// A row that sums others up: below them, and made anew where a part is resumed.
    void summarize(Json row, const std::vector<std::string> &cells);
    /// A line below the table.
    void note(std::string text) { notes_.push_back(std::move(text)); }
    /// Something that the time did not suffice for. `place` is where a further call of the part would go on.
    void not_reached(std::string what, std::size_t place);
    /// Writes the files. Throws Error.
    void save(bool complete) const;

private:
    void load();

    std::filesystem::path folder_;
    std::string name_, title_;
    Json header_, facts_ = Json::object(), rows_ = Json::array(), summary_ = Json::array();
    std::vector<std::string> columns_, lines_, summary_lines_, notes_, not_reached_;
    double saved_ = 0;
};

/// The options with which a part goes on where an earlier call, with the same device and kit, had no more time;
/// else `options`.
Options resumed(Options options, const std::string &name, const DeviceInfo &device);

/// The lines that every result begins with.
Json header_of(const DeviceInfo &device);

/// A part that cannot run here, with the reason.
void write_skipped(const std::filesystem::path &folder, const std::string &name, const std::string &title,
                   const std::string &reason, const DeviceInfo &device);

/// Writes results.md from the results in `folder`. Throws Error.
void write_results(const std::filesystem::path &folder);

/// Decimals as tables have them.
std::string fixed(double value, int decimals);

}  // namespace ingot::gpu_kit
