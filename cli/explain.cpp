// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/verbs.h"
#include "compiler/library/emit_library.h"
#include "generators/cuda_occupancy.h"
#include "generators/emit.h"
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

namespace ingot {

namespace {

struct ExplainOptions : ModelOptions {
    std::string after = "plan";
};

/// What each kernel of a CUDA plan takes of a multiprocessor; they are compiled to know it.
std::vector<std::string> device_lines(const Plan &plan) {
    std::vector<std::string> lines;
    if (plan.is_cuda()) {
        for (const EmittedKernel &kernel : emit(kernel_requests(plan))) {
            lines.push_back(device_text(*kernel.cuda, plan.target->sm, plan.target->compute));
        }
    }
    return lines;
}

void explain(const ExplainOptions &options) {
    Graph graph = options.import();
    if (options.after != "import") {
        options.run_passes(graph);
    }
    if (options.after != "plan") {
        std::cout << to_text(graph);
        return;
    }
    for (const Plan &plan : options.lower(graph).plans) {
        std::cout << to_text(plan, device_lines(plan));
    }
}

}  // namespace

void add_explain(CLI::App &app) {
    CLI::App *verb = app.add_subcommand("explain", "Print what a model becomes: graph, fused graph, or plan");
    const auto options = std::make_shared<ExplainOptions>();
    options->add_to(*verb);
    verb->add_option("--after", options->after, "the stage to print (default: plan)")
        ->check(CLI::IsMember({"import", "passes", "plan"}));
    verb->callback([options] { explain(*options); });
}

}  // namespace ingot
