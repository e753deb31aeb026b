// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"
#include "compiler/library/weights_file.h"
#include "compiler/lowering/lower.h"
#include "compiler/onnx/import_onnx.h"
#include <CLI/App.hpp>
#include <string>
#include <vector>

namespace ingot {

// Each adds its verb to the command line; the verb runs while the command line is parsed.
void add_bench(CLI::App &app);
void add_compile(CLI::App &app);
void add_explain(CLI::App &app);
void add_inspect(CLI::App &app);
void add_list(CLI::App &app);
void add_tune(CLI::App &app);
void add_verify(CLI::App &app);

/// The user's Ctrl-C, where a verb ends in order: exit code 130, as shells have it.
struct Interrupted {};

/// A verb has printed why it does not succeed: exit code 1.
struct Unsuccessful {};

/// The option --cpu.
void add_cpu(CLI::App &verb, std::string &cpu);

/// The option --shape, and what its texts say. Throws Error.
void add_shapes(CLI::App &verb, std::vector<std::string> &shapes);
ImportOptions import_options(const std::vector<std::string> &shapes);

/// What --weights says: in which type kernels read weights from memory, and where the application finds them.
struct WeightsOption {
    DataType type = DataType::f32;
    WeightsForm form = WeightsForm::linked;
};

/// `f32`, `bf16` or `f16`, and `linked` or `file`, in any order, a comma between them. Throws Error.
WeightsOption parse_weights(std::string_view text);

/// What compile, explain and verify have in common: a model and how to lower it.
struct ModelOptions {
    std::string model;
    std::string name;     ///< empty: the file's stem
    std::string targets;  ///< empty: all levels
    std::vector<std::string> schedules;
    std::string numerics = "default";
    std::string weights = "f32,linked";
    int64_t max_batch = 256;
    std::string cpu{generic_cpu};
    std::vector<std::string> shapes;                  ///< of inputs
    std::vector<std::string> inputs, output_layouts;  ///< as the application holds them

    void add_to(CLI::App &verb);
    /// The model's graph before its passes, its inputs and outputs as the application holds them.
    [[nodiscard]] Graph import() const;
    /// Runs the passes and rounds the weights; returns what round_weights returns.
    double run_passes(Graph &graph) const;
    [[nodiscard]] LoweredModel lower(const Graph &graph) const;
};

}  // namespace ingot
