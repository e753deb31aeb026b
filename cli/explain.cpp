// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/verbs.h"
#include "compiler/import_onnx.h"
#include "compiler/passes/passes.h"
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

namespace ingot {

namespace {

struct ExplainOptions : ModelOptions {
    std::string after = "plan";
};

void explain(const ExplainOptions &options) {
    Graph graph = import_onnx(options.model);
    if (options.after != "import") {
        run_passes(graph);
    }
    if (options.after != "plan") {
        std::cout << to_text(graph);
        return;
    }
    for (const Plan &plan : options.lower(graph).plans) {
        std::cout << to_text(plan);
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
