// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/progress_bar.h"
#include "cli/verbs.h"
#include "compiler/library/emit_library.h"
#include "compiler/lowering/predicted_share.h"
#include "spec/text.h"
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>

namespace ingot {

namespace {

struct CompileOptions : ModelOptions {
    std::string folder;
    std::string sanitizer;
    int jobs = 0;
};

void print(const LoweredModel &model, const LibraryReport &report, const std::string &folder) {
    std::cout << model.name << " (" << report.build_hash << ") -> " << folder << "\n"
              << "  kernels: " << report.kernels << " in " << model.plans.size()
              << (model.plans.size() == 1 ? " plan, " : " plans, ") << report.distinct_kernels << " distinct, "
              << report.cached_kernels << " of them from the cache\n";
    for (const auto &[target, bytes] : report.code_per_target) {
        std::cout << "  kernels " << target << ": " << bytes << " bytes\n";
    }
    std::cout << "  weights: " << report.weights << " bytes, shared by all levels\n";
    if (report.weights_file > 0) {
        std::cout << "    in " << model.name << ".weights, " << report.weights_file
                  << " bytes, which the application hands over\n";
    }
    if (model.extra_packing_bytes > 0) {
        std::cout << "    of them a second packing for levels that use another algorithm: "
                  << model.extra_packing_bytes << " bytes\n";
    }
    for (const Plan &plan : model.plans) {
        std::cout << "  activations " << plan.target->name << ": " << plan.arena_bytes << " bytes";
        if (plan.arena_lower_bound > 0) {
            std::cout << ", at least " << plan.arena_lower_bound << " are alive together";
        }
        std::cout << "\n";
    }
    std::cout << "  session: " << report.session << " bytes\n";
    if (report.device > 0) {
        std::cout << "  session's memory on a CUDA device: " << report.device << " bytes\n";
    }
    std::cout << "  lib" << model.name << ".a: " << report.archive
              << " bytes, libingot_runtime.a: " << report.runtime << " bytes\n";
}

void print_rounding(DataType type, double rounding) {
    char percent[32];
    std::snprintf(percent, sizeof percent, "%.3f", 100 * rounding);
    std::cout << "  weights of convolutions and linear layers rounded to " << to_text(type) << ": by " << percent
              << " % of theirs (root mean square); ingot verify says what that does to the outputs\n";
}

/// A line per step that takes much of the time for want of a schedule.
void warn_of_slow_steps(const LoweredModel &model) {
    for (const SlowStep &slow : slow_steps(model)) {
        const std::vector<std::string_view> targets(slow.targets.begin(), slow.targets.end());
        std::cerr << model.source << ": warning: " << quote(slow.step) << " (" << slow.kernel
                  << ") runs in plain loops on " << join(targets) << " and takes " << std::lround(100 * slow.share)
                  << " % of the predicted time: no other schedule supports it\n";
    }
}

void compile(const CompileOptions &options) {
    Graph graph = options.import();
    const double rounding = options.run_passes(graph);
    const LoweredModel model = options.lower(graph);
    warn_of_slow_steps(model);
    EmitOptions emit;
    emit.jobs = options.jobs;
    ProgressBar bar("compiling kernels");
    emit.progress = [&](std::size_t done, std::size_t total) { bar.show(done, total); };
    const KernelForm form = options.sanitizer.empty() ? KernelForm::shipped : KernelForm::sanitized;
    const WeightsOption weights = parse_weights(options.weights);
    const LibraryReport report = emit_library(model, options.folder, emit, form, weights.form);
    bar.clear();
    print(model, report, options.folder);
    if (weights.type != DataType::f32) {
        print_rounding(weights.type, rounding);
    }
}

}  // namespace

void add_compile(CLI::App &app) {
    CLI::App *verb =
        app.add_subcommand("compile", "Compile a model into a folder with a header and static libraries");
    const auto options = std::make_shared<CompileOptions>();
    options->add_to(*verb);
    verb->add_option("-o,--output", options->folder, "the folder to write")->required()->type_name("DIR");
    verb->add_option("-j,--jobs", options->jobs, "kernels compiled at a time (default: one per core)")
        ->check(CLI::Range(0, 1024));
    verb->add_option("--sanitize", options->sanitizer,
                     "check every load and store, for programs linked with -fsanitize=address")
        ->type_name("address")
        ->check(CLI::IsMember({"address"}));
    verb->callback([options] { compile(*options); });
}

}  // namespace ingot
