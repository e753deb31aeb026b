// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/verbs.h"
#include "compiler/emit_library.h"
#include "compiler/import_onnx.h"
#include "compiler/passes/passes.h"
#include "spec/error.h"
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <unistd.h>

namespace ingot {

namespace {

struct CompileOptions : ModelOptions {
    std::string folder;
    int jobs = 0;
};

void print(const LoweredModel &model, const LibraryReport &report, const std::string &folder) {
    std::cout << model.name << " (" << report.build_hash << ") -> " << folder << "\n";
    for (const auto &[target, bytes] : report.code_per_target) {
        std::cout << "  kernels " << target << ": " << bytes << " bytes\n";
    }
    std::cout << "  weights: " << report.weights << " bytes, shared by all levels\n"
              << "  session: " << report.session << " bytes\n"
              << "  lib" << model.name << ".a: " << report.archive
              << " bytes, libingot_runtime.a: " << report.runtime << " bytes\n";
}

void compile(const CompileOptions &options) {
    Graph graph = import_onnx(options.model);
    run_passes(graph);
    const LoweredModel model = options.lower(graph);
    EmitOptions emit;
    emit.jobs = options.jobs;
    if (isatty(STDERR_FILENO) != 0) {
        emit.progress = [](std::size_t done, std::size_t total) {
            std::cerr << "\rkernel " << done << " of " << total << (done == total ? "\n" : "") << std::flush;
        };
    }
    print(model, emit_library(model, options.folder, emit), options.folder);
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
    verb->callback([options] { compile(*options); });
}

}  // namespace ingot
