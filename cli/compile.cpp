// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/progress_line.h"
#include "cli/verbs.h"
#include "compiler/emit_library.h"
#include "compiler/passes/passes.h"
#include "spec/error.h"
#include <CLI/CLI.hpp>
#include <algorithm>
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
    std::cout << model.name << " (" << report.build_hash << ") -> " << folder << "\n";
    for (const auto &[target, bytes] : report.code_per_target) {
        std::cout << "  kernels " << target << ": " << bytes << " bytes\n";
    }
    std::cout << "  weights: " << report.weights << " bytes, shared by all levels\n";
    if (model.extra_packing_bytes > 0) {
        std::cout << "    of them a second packing for levels that use another algorithm: "
                  << model.extra_packing_bytes << " bytes\n";
    }
    std::cout << "  session: " << report.session << " bytes\n";
    if (report.device > 0) {
        std::cout << "  session's memory on a CUDA device: " << report.device << " bytes\n";
    }
    std::cout << "  lib" << model.name << ".a: " << report.archive
              << " bytes, libingot_runtime.a: " << report.runtime << " bytes\n";
}

/// A line per node of some size that nothing but plain loops supports: right, and slow.
void warn_of_reference(const LoweredModel &model) {
    std::vector<std::pair<std::string, std::string>> slow;  // the node's kernel, the targets
    for (const Plan &plan : model.plans) {
        for (const Step &step : plan.steps) {
            if (step.choice.schedule.ends_with("_reference") && step.why != "asked for" &&
                step.spec->flops() >= 1e5) {
                const std::string node = "'" + step.name + "' (" + shape_text(*step.spec) + ")";
                const auto same = [&](const auto &entry) { return entry.first == node; };
                const auto found = std::find_if(slow.begin(), slow.end(), same);
                const std::string target(plan.target->name);
                if (found == slow.end()) {
                    slow.emplace_back(node, target);
                } else {
                    found->second += ", " + target;
                }
            }
        }
    }
    for (const auto &[node, targets] : slow) {
        std::cerr << model.source << ": warning: " << node << " runs in plain loops on " << targets
                  << ": no other schedule supports it\n";
    }
}

void compile(const CompileOptions &options) {
    Graph graph = options.import();
    run_passes(graph);
    const LoweredModel model = options.lower(graph);
    warn_of_reference(model);
    EmitOptions emit;
    emit.jobs = options.jobs;
    ProgressLine line;
    emit.progress = [&](std::size_t done, std::size_t total) {
        line.show("compiled kernel " + std::to_string(done) + " of " + std::to_string(total));
    };
    const KernelForm form = options.sanitizer.empty() ? KernelForm::shipped : KernelForm::sanitized;
    const LibraryReport report = emit_library(model, options.folder, emit, form);
    line.clear();
    print(model, report, options.folder);
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
