// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/list.h"
#include "cli/list_ops.h"
#include "cli/verbs.h"
#include "spec/target.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

namespace ingot {

namespace {

struct ListOptions {
    std::string what, model, ulp;
    std::vector<std::string> shapes;
    bool markdown = false;
};

void list_ops(const ListOptions &options) {
    if (!options.model.empty()) {
        list_model_operators(options.model, options.shapes);
    } else {
        std::cout << (options.markdown ? operators_markdown(options.ulp) : operators_text());
    }
}

void list_schedules() {
    for (const Algorithm &algorithm : algorithms()) {
        for (const ScheduleInfo *schedule : algorithm.schedules) {
            std::cout << algorithm.name << "/" << schedule->name << "  (" << to_text(algorithm.op) << ", priority "
                      << schedule->priority << ")\n";
            for (const Param &param : schedule->params) {
                std::cout << "    " << param.name << ":";
                for (int value : param.values) {
                    std::cout << " " << value;
                }
                std::cout << "\n";
            }
        }
    }
}

void list_targets() {
    const std::vector<const Target *> host = host_targets();
    for (const Target &target : cpu_targets()) {
        const bool runs = std::find(host.begin(), host.end(), &target) != host.end();
        std::cout << target.name << "  " << target.vector_bytes * 8 << "-bit vectors"
                  << (runs ? ", runs on this CPU" : "") << "\n";
    }
    for (const Target &target : cuda_targets()) {
        std::cout << target.name << "  ";
        if (target.sm != 0) {
            std::cout << "machine code of sm_" << target.sm << " by ptxas, ";
        }
        std::cout << "PTX of compute_" << target.compute << "\n";
    }
}

}  // namespace

void add_list(CLI::App &app) {
    CLI::App *verb = app.add_subcommand("list", "List what Ingot knows");
    const auto options = std::make_shared<ListOptions>();
    verb->add_option("what", options->what, "ops, schedules or targets")
        ->required()
        ->check(CLI::IsMember({"ops", "schedules", "targets"}));
    CLI::Option *model =
        verb->add_option("--model", options->model,
                         "of ops: those of a model, and whether each is supported; the exit code is "
                         "0 where all are, else 1")
            ->type_name("MODEL.onnx");
    verb->add_option("--shape", options->shapes,
                     "of the model: the extents of an input that it leaves open; repeatable")
        ->needs(model)
        ->type_name("NAME=1,3,224,224")
        ->allow_extra_args(false);
    CLI::Option *markdown =
        verb->add_flag("--markdown", options->markdown, "of ops: the page docs/supported_ops.md")->excludes(model);
    verb->add_option("--ulp", options->ulp, "of the page: the table of the official tests' largest differences")
        ->needs(markdown)
        ->type_name("ULP.csv");
    verb->callback([options] {
        if (options->what != "ops" && (!options->model.empty() || options->markdown)) {
            throw CLI::ValidationError("--model and --markdown are about ops");
        }
        options->what == "ops"         ? list_ops(*options)
        : options->what == "schedules" ? list_schedules()
                                       : list_targets();
    });
}

}  // namespace ingot
