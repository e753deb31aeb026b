// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference net against the FMA peak: each kernel of its plan by itself, and the whole run as an app calls it.
// Operations are counted for the direct form, whichever algorithm a kernel uses.
#include "mnist_cnn.h"
#include "bench/kernel_contenders.h"
#include "generators/files.h"
#include "spec/error.h"
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace {

using namespace ingot;
using Json = nlohmann::ordered_json;

constexpr int rounds = 101;

struct Row {
    std::string name, kernel, choice;
    double flops = 0;
    double seconds = 0;
    double of_peak = 0;
    double peak_flops = 0;  ///< per second
};

/// The plan's kernels, from the manifest that `ingot compile` wrote.
std::vector<Row> read_plan(const std::string &file, const Target &target) {
    const Json manifest = Json::parse(read_file(file));
    for (const Json &plan : manifest.at("plans")) {
        if (plan.at("target") != target.name) {
            continue;
        }
        std::vector<Row> rows;
        for (const Json &step : plan.at("steps")) {
            if (step.contains("choice")) {
                rows.push_back({step.at("name"), step.at("kernel"), step.at("choice"), step.at("flops")});
            }
        }
        return rows;
    }
    throw Error(file + ": has no plan for " + std::string(target.name));
}

void measure_row(Row &row, const Contender &contender) {
    MeasureOptions options;
    options.rounds = rounds;
    const Measurement measured = measure({contender}, options).front();
    row.seconds = measured.median_seconds();
    row.of_peak = measured.of_peak();
    row.peak_flops = median(measured.peak_flops);
}

/// Runs each kernel once against the oracle, then times it.
void measure_kernels(std::vector<Row> &rows, const Target &target) {
    std::vector<KernelRequest> requests;
    for (const Row &row : rows) {
        requests.push_back({parse_kernel_spec(row.kernel), parse_choice(row.choice), &target, KernelForm::shipped});
    }
    KernelContenders kernels(requests);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        kernels.verify({i});
        if (kernels.fault(i)) {
            throw Error(rows[i].name + ": " + *kernels.fault(i));
        }
        measure_row(rows[i], kernels.contender(i));
    }
}

/// `run` of n images in a session; the time and the operations are those of one image.
Row measure_run(const std::vector<Row> &kernels, const Target &target, std::size_t n) {
    Row row{"run, n=" + std::to_string(n), "", ""};
    for (const Row &kernel : kernels) {
        row.flops += kernel.flops;
    }
    const std::string level(target.name);
    Options options = default_options();
    options.level = level.c_str();
    mnist_cnn::Session session(options);
    const std::vector<float> images(n * MNIST_CNN_IMAGE_SIZE, 0.5f);
    std::vector<float> logits(n * MNIST_CNN_LOGITS_SIZE);
    const Status status = session.run(images.data(), logits.data(), n);
    if (!status) {
        throw Error(level + ": " + status.message());
    }
    measure_row(row, {[&] { (void)session.run(images.data(), logits.data(), n); },
                      {},
                      peak_loop(target),
                      row.flops * static_cast<double>(n)});
    row.seconds /= static_cast<double>(n);
    return row;
}

void print(const Row &row) {
    std::printf("%-12s %8.2f %9.1f %8.1f%s%s\n", row.name.c_str(), row.seconds * 1e6, row.flops / row.seconds / 1e9,
                100 * row.of_peak, row.choice.empty() ? "" : "   ", row.choice.c_str());
}

Json to_json(const Row &row) {
    Json json = {{"name", row.name}};
    if (!row.kernel.empty()) {
        json["kernel"] = row.kernel;
        json["schedule"] = row.choice;
    }
    json["us"] = row.seconds * 1e6;
    json["gflops"] = row.flops / row.seconds / 1e9;
    json["percent_of_peak"] = 100 * row.of_peak;
    return json;
}

void run(const std::string &manifest, const std::string &level, const std::string &file) {
    const Target &target = find_target(level);
    std::vector<Row> rows = read_plan(manifest, target);
    measure_kernels(rows, target);
    const Row whole = measure_run(rows, target, 1);
    std::vector<double> peaks = {whole.peak_flops};
    Json kernels = Json::array();
    std::printf("%-12s %8s %9s %8s   schedule\n", "kernel", "us", "GFLOP/s", "% peak");
    for (const Row &row : rows) {
        print(row);
        kernels.push_back(to_json(row));
        peaks.push_back(row.peak_flops);
    }
    print(whole);
    Json batches = Json::array();
    for (const std::size_t n : {std::size_t{16}, std::size_t{256}, std::size_t{1024}}) {
        const Row batch = measure_run(rows, target, n);
        print(batch);
        batches.push_back(
            {{"n", n}, {"us_per_image", batch.seconds * 1e6}, {"percent_of_peak", 100 * batch.of_peak}});
    }
    const double peak_gflops = median(peaks) / 1e9, bound_us = whole.flops / median(peaks) * 1e6;
    std::printf("FMA peak of %s: %.1f GFLOP/s, one core, timed beside every sample. At the peak the %.2f million\n"
                "multiply-adds of the net's formulas take %.2f us; a run takes %.2f times as long. Operations are "
                "counted for\n"
                "direct sums: a kernel by Winograd does fewer, and may be above 100 %% of the peak.\n",
                std::string(target.name).c_str(), peak_gflops, whole.flops / 2e6, bound_us, 1 / whole.of_peak);
    if (!file.empty()) {
        const Json json = {{"level", target.name},     {"fma_peak_gflops", peak_gflops},
                           {"fma_bound_us", bound_us}, {"run_over_fma_bound", 1 / whole.of_peak},
                           {"run", to_json(whole)},    {"batches", batches},
                           {"kernels", kernels}};
        write_file(file, json.dump(2) + "\n");
    }
}

}  // namespace

int main(int argc, char **argv) {
    try {
        CLI::App app{"Measures the reference net's kernels against the FMA peak of one core."};
        std::string manifest, level = "host", json;
        app.add_option("manifest", manifest, "mnist_cnn.json, as ingot compile wrote it")->required();
        app.add_option("--level", level, "such as x86-64-v3 (default: the best of this CPU)");
        app.add_option("--json", json, "write the results to this file");
        CLI11_PARSE(app, argc, argv);
        run(manifest, level, json);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "bench_mnist_cnn: error: %s\n", error.what());
        return 1;
    }
    return 0;
}
