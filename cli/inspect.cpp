// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/verbs.h"
#include "compiler/library/read_manifest.h"
#include "spec/error.h"
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace ingot {

namespace {

using Json = nlohmann::json;

struct InspectOptions {
    std::string path;
    bool json = false;
};

/// `image float32 [n,1,28,28]`, a comma between two; where the model itself has a batch of 8, `[n*8,1,28,28]`; a
/// scalar `[n]`.
std::string signature(const Json &ports) {
    std::string text;
    for (const Json &port : ports) {
        const auto shape = port.at("shape").get<std::vector<int64_t>>();
        text += (text.empty() ? "" : ", ") + port.at("name").get<std::string>() + " " +
                port.at("type").get<std::string>() + " [n";
        text += shape.empty() || shape[0] == 1 ? "" : "*" + std::to_string(shape[0]);
        for (std::size_t i = 1; i < shape.size(); ++i) {
            text += "," + std::to_string(shape[i]);
        }
        text += "]";
    }
    return text;
}

void print_step(std::ostream &out, const Json &step, std::set<std::string> &counted) {
    out << "    " << step.at("name").get<std::string>() << ": " << step.at("kernel").get<std::string>() << "\n";
    if (!step.contains("choice")) {
        return;
    }
    const auto symbol = step.at("symbol").get<std::string>();
    out << "        by " << step.at("choice").get<std::string>() << " (" << step.at("why").get<std::string>()
        << "), " << step.at("code_bytes").get<int64_t>() << " bytes of code";
    out << (counted.insert(symbol).second ? "" : ", shared with a step above") << ", " << symbol << "\n";
    if (step.contains("device")) {
        const Json &device = step.at("device");
        const auto registers = device.at("registers").get<int>();
        out << "        " << (registers == 0 ? "registers by the driver" : std::to_string(registers) + " registers")
            << ", " << device.at("shared_bytes").get<int>() << " bytes of shared memory, "
            << device.at("threads").get<int>() << " threads\n";
    }
}

/// The line about the file that holds the weights; empty where they are linked.
std::string weights_file(const Json &manifest) {
    if (!manifest.contains("weights_file")) {
        return "";
    }
    const Json &file = manifest.at("weights_file");
    return "    in " + file.at("name").get<std::string>() + ", " + std::to_string(file.at("bytes").get<int64_t>()) +
           " bytes, XXH64 " + file.at("hash").get<std::string>() + ", which the application hands over\n";
}

/// The text of a manifest, whose library has `archive_bytes`.
std::string describe(const Json &manifest, std::uintmax_t archive_bytes) {
    const auto text = [&](const char *key) { return manifest.at(key).get<std::string>(); };
    const auto number = [&](const char *key) { return manifest.at(key).get<int64_t>(); };
    std::ostringstream out;
    out << text("name") << " (" << text("build_hash") << "): " << signature(manifest.at("inputs")) << " -> "
        << signature(manifest.at("outputs")) << "\n"
        << "  model: " << text("source") << ", XXH3 " << text("source_hash") << "\n"
        << "  toolchain: Ingot " << text("ingot") << ", " << text("generator") << ", " << text("c_compiler")
        << (manifest.contains("ptxas") ? ", ptxas " + text("ptxas") : "") << "\n"
        << "  session: " << number("session_bytes") << " bytes, stack " << number("stack_bytes") << " bytes\n"
        << "  weights: " << number("weights_bytes") << " bytes, shared by all levels\n"
        << weights_file(manifest)
        << (manifest.contains("device_bytes")
                ? "  memory on a CUDA device: " + std::to_string(number("device_bytes")) + " bytes\n"
                : "")
        << "  archive: " << archive_bytes << " bytes; runtime: " << number("runtime_bytes")
        << " bytes where all of it is linked\n";
    for (const Json &plan : manifest.at("plans")) {
        out << "  " << plan.at("target").get<std::string>();
        if (plan.contains("min_images") && plan.at("min_images").get<int64_t>() > 1) {
            out << " from " << plan.at("min_images").get<int64_t>() << " images on";
        }
        out << ": " << plan.at("code_bytes").get<int64_t>() << " bytes of code, arena "
            << plan.at("arena_bytes").get<int64_t>() << " bytes";
        if (plan.contains("max_images")) {
            out << " for " << plan.at("max_images").get<int64_t>() << " images";
        }
        out << "\n";
        std::set<std::string> counted;
        for (const Json &step : plan.at("steps")) {
            print_step(out, step, counted);
        }
    }
    return out.str();
}

void inspect(const InspectOptions &options) {
    const std::filesystem::path archive = find_archive(options.path);
    const std::string manifest = read_manifest(archive);
    try {
        const std::string text = describe(Json::parse(manifest), std::filesystem::file_size(archive));
        std::cout << (options.json ? manifest : text);
    } catch (const std::exception &) {
        throw Error(archive.string() + ": its manifest is damaged or of another version of Ingot; compile the "
                                       "model again");
    }
}

}  // namespace

void add_inspect(CLI::App &app) {
    CLI::App *verb = app.add_subcommand("inspect", "Print what is in a compiled library");
    const auto options = std::make_shared<InspectOptions>();
    verb->add_option("library", options->path, "lib<name>.a, or the folder that compile wrote")
        ->required()
        ->type_name("LIBRARY");
    verb->add_flag("--json", options->json, "print the library's manifest as it is");
    verb->callback([options] { inspect(*options); });
}

}  // namespace ingot
