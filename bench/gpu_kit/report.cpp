// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/gpu_kit/report.h"
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <sstream>

namespace ingot::gpu_kit {

namespace {

constexpr std::array result_files = {"a_correctness.json", "b_sanitizer.json", "c_kernels.json", "d_net.json",
                                     "e_torch.json"};

std::string read_text(const std::filesystem::path &file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

void write_text(const std::filesystem::path &file, const std::string &text) {
    const std::filesystem::path beside = file.string() + ".part";
    std::ofstream out(beside, std::ios::binary);
    out << text;
    if (!out.flush()) {
        throw Error(file.string() + ": cannot be written");
    }
    out.close();
    std::filesystem::rename(beside, file);
}

std::string today() {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d", &utc);
    return text.data();
}

std::string kit_commit() {
    std::string text = read_text(kit_folder() / "data" / "commit");
    text.erase(text.find_last_not_of('\n') + 1);
    return text.empty() ? "unknown" : text;
}

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string table_line(const std::vector<std::string> &cells) {
    std::string line = "|";
    for (const std::string &cell : cells) {
        line += " " + cell + " |";
    }
    return line;
}

std::string section(const Json &result) {
    std::string text = "## " + result.value("title", "") + "\n\n" + result.value("device", "") +
                       ", compute capability " + result.value("compute_capability", "") + ", driver of CUDA " +
                       result.value("driver_version", "") + ", " + result.value("date", "") + ", commit " +
                       result.value("kit_commit", "") + "\n\n";
    if (result.contains("skipped")) {
        return text + "Skipped: " + result.value("skipped", "") + "\n";
    }
    if (result.value("quick", false)) {
        text += "Quick: the figures show that the kit works, and measure nothing.\n\n";
    }
    for (const Json &line : result.at("table")) {
        text += line.get<std::string>() + "\n";
    }
    for (const Json &line : result.at("notes")) {
        text += "\n" + line.get<std::string>() + "\n";
    }
    const std::size_t left = result.at("not_reached").size();
    if (!result.value("complete", false)) {
        text += "\nCut off: the part did not end by itself.\n";
    } else if (left > 0) {
        text += "\nNot reached: " + std::to_string(left) + ", listed in the JSON file.\n";
    }
    return text;
}

}  // namespace

std::filesystem::path kit_folder() {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
}

Json header_of(const DeviceInfo &device) {
    return {{"device", device.name},
            {"compute_capability", device.compute_capability},
            {"driver_version", device.driver_version},
            {"multiprocessors", device.multiprocessors},
            {"clock_mhz", device.clock_khz / 1000},
            {"memory_bytes", device.memory_bytes},
            {"date", today()},
            {"kit_commit", kit_commit()}};
}

Options resumed(Options options, const std::string &name, const DeviceInfo &device) {
    const std::string content = read_text(options.out / (name + ".json"));
    if (options.resume || content.empty()) {
        return options;
    }
    const Json earlier = Json::parse(content), header = header_of(device);
    const bool same = std::all_of(header.items().begin(), header.items().end(), [&](const auto &item) {
        return item.key() == "date" || earlier.value(item.key(), Json()) == item.value();
    });
    if (same && earlier.contains("next") && earlier.value("quick", false) == options.quick) {
        options.resume = true;
        options.first = earlier.at("next");
    }
    return options;
}

Report::Report(const Options &options, std::string name, std::string title, const DeviceInfo &device)
    : folder_(options.out), name_(std::move(name)), title_(std::move(title)), header_(header_of(device)) {
    header_["quick"] = options.quick;
    header_["title"] = title_;
    if (options.resume) {
        load();
    }
    save(false);
    saved_ = seconds_now();
}

/// What save() has written, for a process that goes on with it.
void Report::load() {
    constexpr std::array<std::string_view, 7> own = {"complete", "rows", "notes",  "not_reached",
                                                     "table",    "next", "summary"};
    const Json json = Json::parse(read_text(folder_ / (name_ + ".json")));
    rows_ = json.at("rows");
    notes_ = json.at("notes").get<std::vector<std::string>>();
    const auto table = json.at("table").get<std::vector<std::string>>();
    constexpr std::size_t heading = 2;
    const std::size_t end = table.size() - json.at("summary").size();
    lines_.assign(table.begin() + static_cast<std::ptrdiff_t>(std::min(heading, end)),
                  table.begin() + static_cast<std::ptrdiff_t>(end));
    for (const auto &[key, value] : json.items()) {
        const bool is_own = std::find(own.begin(), own.end(), key) != own.end();
        if (!is_own && !header_.contains(key)) {
            facts_[key] = value;
        }
    }
}

void Report::add(Json row, const std::vector<std::string> &cells) {
    constexpr double interval = 2;
    rows_.push_back(std::move(row));
    if (!cells.empty()) {
        lines_.push_back(table_line(cells));
    }
    if (seconds_now() - saved_ > interval) {
        save(false);
        saved_ = seconds_now();
    }
}

void Report::summarize(Json row, const std::vector<std::string> &cells) {
    summary_.push_back(std::move(row));
    summary_lines_.push_back(table_line(cells));
}

void Report::not_reached(std::string what, std::size_t place) {
    if (not_reached_.empty()) {
        facts_["next"] = place;
    }
    not_reached_.push_back(std::move(what));
}

void Report::save(bool complete) const {
    std::vector<std::string> table;
    if (!columns_.empty()) {
        table = {table_line(columns_), table_line(std::vector<std::string>(columns_.size(), "---"))};
        table.insert(table.end(), lines_.begin(), lines_.end());
        table.insert(table.end(), summary_lines_.begin(), summary_lines_.end());
    }
    Json json = header_;
    json["complete"] = complete;
    json.update(facts_);
    json["notes"] = notes_;
    json["not_reached"] = not_reached_;
    json["table"] = table;
    json["summary"] = summary_;
    json["rows"] = rows_;
    write_text(folder_ / (name_ + ".json"), json.dump(1) + "\n");
    write_results(folder_);
}

void write_skipped(const std::filesystem::path &folder, const std::string &name, const std::string &title,
                   const std::string &reason, const DeviceInfo &device) {
    Json json = header_of(device);
    json["title"] = title;
    json["complete"] = true;
    json["skipped"] = reason;
    write_text(folder / (name + ".json"), json.dump(1) + "\n");
    write_results(folder);
}

void write_results(const std::filesystem::path &folder) {
    std::string text = "# What the GPU kit has found\n";
    for (const char *name : result_files) {
        const std::string content = read_text(folder / name);
        if (!content.empty()) {
            text += "\n" + section(Json::parse(content));
        }
    }
    write_text(folder / "results.md", text);
}

std::string fixed(double value, int decimals) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
    return text.data();
}

}  // namespace ingot::gpu_kit
