// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernels of `ingot bench` under Google Benchmark, for what reads its output and takes its flags. Each is
// verified first; its data are hot.
#include "bench/kernel_contenders.h"
#include "bench/machine.h"
#include "bench/selection.h"
#include "spec/error.h"
#include <CLI/CLI.hpp>
#include <benchmark/benchmark.h>
#include <iostream>
#include <memory>
#include <numeric>

namespace ingot {

namespace {

constexpr int usage_error = 2, internal_error = 70;

void add_options(CLI::App &app, Selection &selection) {
    app.option_defaults()->always_capture_default();
    app.add_option("what", selection.what, "an op, a file of shapes, or a model; every op where it is left out");
    app.add_option("--schedules", selection.schedules, "these only, as in cpu_rows,conv2d_direct/cpu_tiled");
    app.add_option("--targets", selection.targets, "targets to measure, as in x86-64-v3,x86-64-v4; host: the best");
    app.add_flag("--all-params", selection.all_params, "every supported combination of each schedule's parameters");
}

void print_help() {
    CLI::App app{
        "bench_kernels [ARGUMENTS]: measures schedules; names match --benchmark_filter as KERNEL by CHOICE "
        "on TARGET"};
    Selection selection;
    add_options(app, selection);
    std::cout << app.help() << "\n";
    benchmark::PrintDefaultHelp();
}

class Bench {
public:
    explicit Bench(const Selection &selection) : contests_(select_contests(selection)) {}

    void register_all() {
#ifndef __clang_analyzer__  // It does not see that the registry owns what it is given.
        for (std::size_t c = 0; c < contests_.size(); ++c) {
            for (std::size_t i = 0; i < contests_[c].requests.size(); ++i) {
                const std::string name = contests_[c].kernel + " by " + to_text(contests_[c].requests[i].choice) +
                                         " on " + std::string(contests_[c].target->name);
                benchmark::RegisterBenchmark(name.c_str(), [this, c, i](benchmark::State &state) {
                    run(state, c, i);
                })->Unit(benchmark::kMicrosecond);
            }
        }
#endif
    }

    [[nodiscard]] bool failed() const {
        return failed_;
    }

private:
    void run(benchmark::State &state, std::size_t contest, std::size_t i) {
        load(contest);
        if (kernels_->fault(i)) {
            failed_ = true;
            state.SkipWithError(kernels_->fault(i)->c_str());
            return;
        }
        const Contender contender = kernels_->contender(i);
        for ([[maybe_unused]] auto iteration : state) {
            contender.call();
        }
        constexpr auto rate = benchmark::Counter::kIsIterationInvariantRate;
        state.counters["FLOP/s"] = {contender.flops, rate};
        state.counters["B/s"] = {contender.bytes, rate};
    }

    /// Compiles and verifies the kernels of a contest; those of the one before go. What --benchmark_filter leaves
    /// out is not compiled, nor anything for a list of names.
    void load(std::size_t contest) {
        if (loaded_ == contest) {
            return;
        }
        kernels_ = std::make_unique<KernelContenders>(contests_[contest].requests);
        std::vector<std::size_t> all(kernels_->size());
        std::iota(all.begin(), all.end(), std::size_t{0});
        kernels_->verify(all);
        loaded_ = contest;
    }

    std::vector<Contest> contests_;
    std::unique_ptr<KernelContenders> kernels_;
    std::optional<std::size_t> loaded_;
    bool failed_ = false;
};

int run(int argc, char **argv) {
    benchmark::AddCustomContext("cpu", cpu_name());
    benchmark::AddCustomContext("made by", "ingot " INGOT_VERSION " (" + generator_version() + ")");
    benchmark::Initialize(&argc, argv, print_help);
    CLI::App app;
    Selection selection;
    add_options(app, selection);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : usage_error;
    }
    Bench bench(selection);
    bench.register_all();
    if (benchmark::RunSpecifiedBenchmarks() == 0) {
        throw Error("nothing to measure: no kernel matches --benchmark_filter");
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
    } catch (const std::exception &error) {
        std::cerr << "bench_kernels: internal error: " << error.what() << "\n";
        return ingot::internal_error;
    }
}
