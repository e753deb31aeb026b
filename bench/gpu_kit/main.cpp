// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The program of the GPU kit; run.sh calls it.
#include "bench/gpu_kit/fma_peak.h"
#include "bench/gpu_kit/parts.h"
#include "bench/gpu_kit/report.h"
#include <CLI/CLI.hpp>
#include <cstdio>

namespace {

using namespace ingot;
using namespace ingot::gpu_kit;

constexpr int wrong_exit = 1, usage_exit = 2, no_device_exit = 3;

void add_options(CLI::App &part, Options &options) {
    part.add_option("out", options.out, "folder of the results")->required()->check(CLI::ExistingDirectory);
    part.add_option("--limit", options.limit, "seconds after which nothing more is begun")->capture_default_str();
    part.add_flag("--quick", options.quick, "few and short samples: they measure nothing");
    part.add_option("--images", options.images, "of the test set")->capture_default_str();
    part.add_option("--kernels", options.kernels, "of a table, from its start (default: all)");
    part.add_option("--largest-batch", options.largest_batch, "(default: no limit)");
    part.add_option("--resume-at", options.first, "go on behind a kernel that faulted")
        ->each([&options](const std::string &) { options.resume = true; });
}

/// The header of each result, for the part that Python runs.
void print_device() {
    const Device device;
    std::printf("%s\n", header_of(device.info()).dump().c_str());
}

void skip(const Options &options, const std::string &reason) {
    const Device device;
    write_skipped(options.out, "e_torch", "e: PyTorch", reason, device.info());
}

int run(int argc, char **argv) {
    CLI::App app{"Checks and measures Ingot's CUDA kernels on this machine's GPU."};
    app.require_subcommand(1);
    Options options;
    std::string reason;
    bool right = true;
    const auto add = [&](const char *name, const char *help, bool (*part)(const Options &)) {
        CLI::App *command = app.add_subcommand(name, help);
        add_options(*command, options);
        command->callback([&, part] { right = part(options); });
    };
    add("a", "every kernel against the oracle, the net against the CPU library", check_correctness);
    add("b", "small cases in compute-sanitizer", check_with_sanitizer);
    add("c", "the speed of each schedule", bench_kernels_of_kit);
    add("d", "the speed of the reference net", bench_net);
    app.add_subcommand("device", "print what the device is, as JSON")->callback(print_device);
    app.add_subcommand("small-cases", "run the cases of b")->callback([&] { right = run_small_cases(); });
    app.add_subcommand("fma-kernel", "print the PTX that the FMA peak is measured with")->callback([] {
        std::printf("%s", FmaPeak::ptx().c_str());
    });
    CLI::App *results = app.add_subcommand("results", "write results.md from the results in a folder");
    results->add_option("out", options.out)->required();
    results->callback([&] { write_results(options.out); });
    CLI::App *skipped = app.add_subcommand("skip-e", "record why PyTorch was not measured");
    skipped->add_option("out", options.out)->required();
    skipped->add_option("reason", reason)->required();
    skipped->callback([&] { skip(options, reason); });
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : usage_exit;
    }
    return right ? 0 : wrong_exit;
}

}  // namespace

int main(int argc, char **argv) {
    try {
        return run(argc, argv);
    } catch (const NoDevice &error) {
        std::fprintf(stderr, "gpu_kit: error: %s\n", error.what());
        return no_device_exit;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "gpu_kit: error: %s\n", error.what());
        return wrong_exit;
    }
}
