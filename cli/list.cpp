// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/list.h"
#include "cli/verbs.h"
#include "compiler/import_onnx.h"
#include "spec/target.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

namespace ingot {

namespace {

void list_ops() {
    for (std::string_view op : supported_onnx_operators()) {
        std::cout << op << "\n";
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
    const auto what = std::make_shared<std::string>();
    verb->add_option("what", *what, "ops, schedules or targets")
        ->required()
        ->check(CLI::IsMember({"ops", "schedules", "targets"}));
    verb->callback([what] {
        *what == "ops" ? list_ops() : *what == "schedules" ? list_schedules() : list_targets();
    });
}

}  // namespace ingot
