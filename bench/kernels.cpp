// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every schedule on the shapes of bench/shapes: verified, then timed in turns with the peak loop of its level. The
// same operands are used again and again, so that what fits a cache is read from it.
#include "bench/peak.h"
#include "bench/shapes.h"
#include "bench/table_reporter.h"
#include "harness/kernel_problem.h"
#include "schedules/choose.h"
#include "spec/error.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <regex>

namespace ingot {

namespace {

constexpr int usage_error = 2, internal_error = 70;

// A ratio is judged by at least so many pairs.
constexpr int judged_pairs = 31;
constexpr double highest_ratio = 1.01;

// cpu_reference takes up to a second for a large layer.
constexpr double slow_call_seconds = 0.02;
constexpr int pairs_of_slow_call = 5;

struct Arguments {
    std::string targets = "host";
    std::string op;
    std::string shapes;
    bool all_params = false;
    int pairs = 61;
};

void add_options(CLI::App &app, Arguments &arguments) {
    app.option_defaults()->always_capture_default();
    app.add_option("--targets", arguments.targets, "targets to measure, as in x86-64-v3,x86-64-v4; host: the best");
    app.add_option("--op", arguments.op, "this op only, as in conv2d");
    app.add_option("--shapes", arguments.shapes, "a file of kernels to use in place of bench/shapes/<op>.csv");
    app.add_flag("--all_params", arguments.all_params,
                 "every supported combination of each schedule's parameters: narrow it down by --benchmark_filter");
    app.add_option("--pairs", arguments.pairs,
                   "samples of kernel and peak loop, a third of a millisecond each; fewer than 31 are not judged")
        ->check(CLI::Range(1, 100000));
}

void print_help() {
    CLI::App app{
        "bench_kernels [ARGUMENTS]: measures schedules; names match --benchmark_filter as KERNEL by CHOICE on "
        "TARGET"};
    Arguments arguments;
    add_options(app, arguments);
    std::cout << app.help() << "\n";
    benchmark::PrintDefaultHelp();
}

std::vector<KernelSpec> shapes_of(const Arguments &arguments) {
    std::vector<KernelSpec> shapes;
    if (!arguments.shapes.empty()) {
        shapes = read_shapes(arguments.shapes);
    } else {
        for (Op op : {Op::conv2d, Op::conv2d_pool2d, Op::pool2d, Op::gemm}) {
            const std::vector<KernelSpec> of_op = read_shapes(shapes_file(op));
            shapes.insert(shapes.end(), of_op.begin(), of_op.end());
        }
    }
    if (!arguments.op.empty()) {
        std::erase_if(shapes, [op = parse_op(arguments.op)](const KernelSpec &spec) { return spec.op != op; });
    }
    return shapes;
}

std::vector<const Target *> targets_of(const Arguments &arguments) {
    const std::vector<const Target *> host = host_targets();
    std::vector<const Target *> targets = parse_targets(arguments.targets);
    for (const Target *target : targets) {
        if (std::find(host.begin(), host.end(), target) == host.end()) {
            throw Error("this CPU cannot run " + std::string(target->name));
        }
    }
    return targets;
}

/// As Google Benchmark reads --benchmark_filter, so that only what runs is compiled.
class Filter {
public:
    explicit Filter(std::string text) : negative_(text.starts_with('-')) {
        text.erase(0, negative_ ? 1 : 0);
        regex_.assign(text.empty() || text == "all" ? "." : text, std::regex::extended);
    }
    [[nodiscard]] bool matches(const std::string &name) const {
        return std::regex_search(name, regex_) != negative_;
    }

private:
    bool negative_;
    std::regex regex_;
};

struct Row {
    KernelRequest request;
    std::string name;
};

/// The rows of the report, and what running one needs.
class Bench {
public:
    explicit Bench(const Arguments &arguments) : pairs_(arguments.pairs) {
        const Filter filter(benchmark::GetBenchmarkFilter());
        for (const Target *target : targets_of(arguments)) {
            for (const KernelSpec &shape : shapes_of(arguments)) {
                for (const Choice &choice : supported_choices(shape, *target, arguments.all_params)) {
                    Row row{{with_layouts(shape, choice, *target), choice, target, KernelForm::shipped},
                            row_name(shape_text(shape), to_text(choice), std::string(target->name))};
                    // The ending that Google Benchmark gives the names registered below.
                    if (filter.matches(row.name + "/iterations:1/manual_time")) {
                        rows_.push_back(std::move(row));
                    }
                }
            }
        }
    }

    void register_rows() {
#ifndef __clang_analyzer__  // It does not see that the registry owns what it is given.
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            benchmark::RegisterBenchmark(rows_[i].name.c_str(),
                                         [this, i](benchmark::State &state) { run(state, i); })
                ->Iterations(1)
                ->UseManualTime()
                ->Unit(benchmark::kMicrosecond);
        }
#endif
    }

    [[nodiscard]] bool failed() const {
        return failed_;
    }

private:
    void run(benchmark::State &state, std::size_t i) {
        const Row &row = rows_[i];
        KernelProblem &problem = verified_problem(state, i);
        for ([[maybe_unused]] auto iteration : state) {
            const KernelFunction kernel = kernels_->function(i);
            const auto call = [&] { (void)problem.run(kernel); };
            const int pairs = pairs_for(state, call);
            const PeakComparison result = compare(state, row, pairs, call);
            state.SetIterationTime(result.seconds);
            state.counters[counter::of_peak] = 100 * result.of_peak;
            state.counters[counter::rate] = row.request.spec.flops() / result.seconds * 1e-9;
            state.counters[counter::peak] = result.peak_flops * 1e-9;
            state.counters[counter::bytes] = operand_bytes(row.request.spec) / result.seconds * 1e-9;
            state.counters[counter::pairs] = pairs;
        }
    }

    /// All kernels are compiled with the first one that runs: not at all for a list of names.
    const LoadedKernels &kernels() {
        if (!kernels_) {
            std::vector<KernelRequest> requests;
            for (const Row &row : rows_) {
                requests.push_back(row.request);
            }
            EmitOptions options;
            options.progress = [](std::size_t done, std::size_t total) {
                std::cerr << "\rcompiling kernel " << done << " of " << total << (done == total ? "\n" : "")
                          << std::flush;
            };
            kernels_ = std::make_unique<LoadedKernels>(requests, options);
        }
        return *kernels_;
    }

    KernelProblem &verified_problem(benchmark::State &state, std::size_t i) {
        const KernelRequest &request = rows_[i].request;
        const EmittedKernel &info = kernels().info(i);
        // Rows with the same operands follow each other: they share the oracle's result.
        if (const std::string text = to_text(request.spec); !problem_ || problem_text_ != text) {
            const bool exact = find_algorithm(request.choice.algorithm).exact;
            problem_.reset();
            problem_ = std::make_unique<KernelProblem>(request.spec, exact ? Values::integers : Values::reals, 1,
                                                       session_alignment);
            problem_text_ = text;
        }
        problem_->clear_dst();
        problem_->set_scratch(info.scratch_bytes);
        std::optional<std::string> failure = problem_->run(kernels_->function(i));
        failure = failure ? failure : problem_->check();
        if (failure) {
            fail(state, *failure);
        }
        return *problem_;
    }

    int pairs_for(benchmark::State &state, const std::function<void()> &call) const {
        const auto start = std::chrono::steady_clock::now();
        call();
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        if (elapsed.count() <= slow_call_seconds || pairs_ <= pairs_of_slow_call) {
            return pairs_;
        }
        state.SetLabel(std::to_string(pairs_of_slow_call) + " pairs");
        return pairs_of_slow_call;
    }

    /// A kernel above the peak twice over shows that the peak loop is not the most this core can do, unless its
    /// algorithm leaves multiplications out: operations are counted for the direct form.
    PeakComparison compare(benchmark::State &state, const Row &row, int pairs, const std::function<void()> &call) {
        const PeakLoop peak = peak_loop(*row.request.target);
        const double flops = row.request.spec.flops();
        PeakComparison result = compare_with_peak(peak, flops, pairs, call);
        const bool direct = find_algorithm(row.request.choice.algorithm).direct;
        if (!direct || pairs < judged_pairs || result.of_peak <= highest_ratio) {
            return result;
        }
        const PeakComparison again = compare_with_peak(peak, flops, pairs, call);
        if (again.of_peak > highest_ratio) {
            fail(state, "at " + std::to_string(100 * result.of_peak) + " and again " +
                            std::to_string(100 * again.of_peak) + " % of the peak loop, which is therefore wrong");
        }
        return again;
    }

    static double operand_bytes(const KernelSpec &spec) {
        double bytes = 0;
        for (const KernelBuffer &buffer : kernel_buffers(spec)) {
            bytes += static_cast<double>(buffer.elements) * sizeof(float);
        }
        return bytes;
    }

    void fail(benchmark::State &state, const std::string &reason) {
        failed_ = true;
        state.SkipWithError(reason.c_str());
    }

    int pairs_;
    std::vector<Row> rows_;
    std::unique_ptr<LoadedKernels> kernels_;
    std::unique_ptr<KernelProblem> problem_;
    std::string problem_text_;
    bool failed_ = false;
};

std::string cpu_model() {
    std::ifstream in("/proc/cpuinfo");
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("model name")) {
            return line.substr(std::min(line.size(), line.find(':') + 2));
        }
    }
    return "unknown";
}

void add_context(int argc, char **argv) {
    std::string command = "bench_kernels";
    for (int i = 1; i < argc; ++i) {
        command += std::string(" ") + argv[i];
    }
    benchmark::AddCustomContext("command", command);
    benchmark::AddCustomContext("cpu", cpu_model());
    benchmark::AddCustomContext("data", "hot: weights and activations are those of the call before; one thread");
    benchmark::AddCustomContext("made by", "ingot " INGOT_VERSION " (" + generator_version() + ")");
}

int run(int argc, char **argv) {
    add_context(argc, argv);
    const bool own_table = std::none_of(argv, argv + argc, [](const char *argument) {
        return std::string_view(argument).starts_with("--benchmark_format");
    });
    benchmark::Initialize(&argc, argv, print_help);
    CLI::App app;
    Arguments arguments;
    add_options(app, arguments);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : usage_error;
    }
    Bench bench(arguments);
    bench.register_rows();
    TableReporter table;
    const std::size_t count =
        own_table ? benchmark::RunSpecifiedBenchmarks(&table) : benchmark::RunSpecifiedBenchmarks();
    if (count == 0) {
        throw Error("nothing to measure: no kernel matches the arguments");
    }
    return bench.failed() ? 1 : 0;
}

}  // namespace

}  // namespace ingot

int main(int argc, char **argv) {
    try {
        return ingot::run(argc, argv);
    } catch (const ingot::Error &error) {
        std::cerr << "bench_kernels: error: " << error.what() << "\n";
        return 1;
    } catch (const std::regex_error &error) {
        std::cerr << "bench_kernels: error: --benchmark_filter is not a regular expression: " << error.what()
                  << "\n";
        return 1;
    } catch (const std::exception &error) {
        std::cerr << "bench_kernels: internal error: " << error.what() << "\n";
        return ingot::internal_error;
    }
}
