// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/gpu_kit/parts.h"
#include "bench/gpu_kit/report.h"
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <sys/wait.h>

namespace ingot::gpu_kit {

namespace {

constexpr const char *title = "b: compute-sanitizer";
constexpr std::array tools = {"memcheck", "racecheck", "initcheck", "synccheck"};
constexpr int found_exit = 99;     // of --error-exitcode
constexpr int timeout_exit = 124;  // of coreutils' timeout

/// In $PATH, else in the place where the toolkit is installed; empty where it is in neither.
std::string find_sanitizer() {
    const char *path = std::getenv("PATH");
    std::istringstream folders(std::string(path != nullptr ? path : "") + ":/usr/local/cuda/bin");
    for (std::string folder; std::getline(folders, folder, ':');) {
        const std::filesystem::path file = std::filesystem::path(folder) / "compute-sanitizer";
        std::error_code error;
        if (std::filesystem::is_regular_file(file, error)) {
            return file.string();
        }
    }
    return "";
}

std::string quoted(const std::string &text) {
    std::string result = "'";
    for (const char c : text) {
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return result + "'";
}

struct Outcome {
    int code = 0;
    std::string output;
};

Outcome run(const std::string &command) {
    Outcome outcome;
    FILE *pipe = popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) {
        throw Error(command + ": cannot be started");
    }
    std::array<char, 4096> part{};
    while (const std::size_t got = std::fread(part.data(), 1, part.size(), pipe)) {
        outcome.output.append(part.data(), got);
    }
    const int status = pclose(pipe);
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
}

/// The last lines, where the tools put what they have found.
std::string tail(const std::string &text) {
    constexpr std::size_t most = 4000;
    return text.size() <= most ? text : text.substr(text.size() - most);
}

std::string verdict(const Outcome &outcome) {
    switch (outcome.code) {
    case 0:
        return "nothing found";
    case found_exit:
        return "errors found";
    case timeout_exit:
        return "did not end within its time";
    default:
        return "ended with " + std::to_string(outcome.code);
    }
}

}  // namespace

bool check_with_sanitizer(const Options &options) {
    const Device device;
    const std::string sanitizer = find_sanitizer();
    if (sanitizer.empty()) {
        write_skipped(options.out, "b_sanitizer", title,
                      "compute-sanitizer is neither in PATH nor in /usr/local/cuda/bin", device.info());
        return true;
    }
    Report report(options, "b_sanitizer", title, device.info());
    report.columns({"tool", "verdict"});
    const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
    const int seconds = std::max(1, static_cast<int>(options.limit / tools.size()));
    bool right = true;
    for (const char *tool : tools) {
        const Outcome outcome =
            run("timeout " + std::to_string(seconds) + " " + quoted(sanitizer) + " --tool " + tool +
                " --error-exitcode " + std::to_string(found_exit) + " " + quoted(program) + " small-cases");
        report.add({{"tool", tool}, {"exit_code", outcome.code}, {"output", tail(outcome.output)}},
                   {tool, verdict(outcome)});
        right = right && outcome.code == 0;
    }
    report.facts()["right"] = right;
    report.save(true);
    return right;
}

}  // namespace ingot::gpu_kit
