// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/verbs.h"
#include "compiler/c_names.h"
#include "spec/error.h"
#include <CLI/CLI.hpp>
#include <filesystem>

namespace ingot {

void ModelOptions::add_to(CLI::App &verb) {
    verb.add_option("model", model, "an ONNX file")->required()->type_name("MODEL.onnx");
    verb.add_option("--name", name, "name of the library and its C symbols (default: the file's stem)");
    verb.add_option("--target", targets, "comma-separated list of targets (default: all levels)")->type_name("A,B");
    verb.add_option("--schedule", schedules, "a choice in place of the rule's, for an op or one node; repeatable")
        ->type_name("OP|NODE=CHOICE")
        ->allow_extra_args(false);
    verb.add_option("--numerics", numerics,
                    "exact: direct sums only; default: also algorithms that save multiplications, such as Winograd")
        ->type_name("default|exact");
}

LoweredModel ModelOptions::lower(const Graph &graph) const {
    LowerOptions options;
    options.numerics = parse_numerics(numerics);
    for (const std::string &text : schedules) {
        options.asked.push_back(parse_asked_choice(text));
    }
    if (!name.empty() && name != c_identifier(name, "net_")) {
        throw Error("--name " + name + ": not an identifier of C; try --name " + c_identifier(name, "net_"));
    }
    const std::string stem = std::filesystem::path(model).stem().string();
    return ingot::lower(graph, name.empty() ? stem : name, parse_targets(targets), options);
}

}  // namespace ingot
