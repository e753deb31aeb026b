// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/onnxruntime_reference.h"
#include "cli/progress_bar.h"
#include "cli/python.h"
#include "cli/verbs.h"
#include "cli/verify_report.h"
#include "compiler/passes/passes.h"
#include "spec/error.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

namespace ingot {

namespace {

struct VerifyOptions : ModelOptions {
    std::string reference = "automatic";
    std::string json;
    double tolerance = 1e-4;
    int seeds = 3;
    int jobs = 0;
    bool layers = false;
};

/// The levels asked for, all of which this CPU has to run; without any, those that it runs.
std::string runnable_targets(const std::string &asked) {
    const std::vector<const Target *> host = host_targets();
    std::string names;
    for (const Target *target : asked.empty() ? host : parse_targets(asked)) {
        if (std::find(host.begin(), host.end(), target) == host.end()) {
            throw Error("--target " + std::string(target->name) +
                        ": this machine cannot run it as a level of its CPU; leave it out");
        }
        names += (names.empty() ? "" : ",") + std::string(target->name);
    }
    return names;
}

std::unique_ptr<Reference> make_reference(const VerifyOptions &options, const Graph &imported) {
    // ONNX Runtime takes what the model takes.
    const bool own_ports = options.inputs.empty() && options.output_layouts.empty();
    if (!own_ports && options.reference == "onnxruntime") {
        throw Error("--reference onnxruntime: it runs the model on the model's own inputs and outputs; leave out "
                    "--input and --output-layout");
    }
    const std::optional<std::string> version =
        options.reference == "interpreter" || !own_ports ? std::nullopt : onnxruntime_version();
    if (version) {
        std::vector<Value> inputs;
        for (const ValueId id : imported.inputs) {
            inputs.push_back(imported.value(id));
        }
        return std::make_unique<OnnxRuntimeReference>(options.model, inputs, *version);
    }
    if (options.reference == "onnxruntime") {
        throw Error("--reference onnxruntime: " + python_program() + " has no onnxruntime; run " +
                    python_program() + " -m pip install onnxruntime, or set INGOT_PYTHON to a Python that has it");
    }
    return std::make_unique<InterpreterReference>(imported);
}

class Verification {
public:
    explicit Verification(const VerifyOptions &options)
        : options_(options), imported_(options.import()), fused_(imported_),
          of_model_(make_reference(options, imported_)), cases_(verify_cases(imported_, options.seeds)) {
        run_passes(fused_);
        report_.model = options.model;
        report_.weights = parse_weights(options.weights).type;
        report_.reference = of_model_->name();
        report_.tolerance = options.tolerance;
        report_.cases = cases_.size();
    }

    VerifyReport run() {
        const std::unique_ptr<CompiledModel> model = compiled(fused_);
        line_.show("running the model and " + report_.reference);
        report_.outputs = compare_with(*of_model_, *model, cases_, options_.tolerance);
        const LoweredModel &lowered = model->lowered();
        INGOT_CHECK(report_.outputs.size() == cases_.size() * lowered.plans.size() * lowered.outputs.size(),
                    report_.reference + " lacks an output");
        report_.depends_on_batch = levels_that_depend_on_batch(*model, cases_);
        // An output that departs says little without the layer where it begins.
        if (options_.layers || report_.first_departure() != nullptr) {
            const std::unique_ptr<CompiledModel> layers = compiled(with_layers(fused_, imported_));
            line_.show("comparing the layers");
            report_.layers = compare_with(*of_model_, *layers, cases_, options_.tolerance);
            in_order_of_nodes(report_.layers);
        }
        if (report_.weights != DataType::f32) {
            verify_rounded();
        }
        line_.clear();
        return std::move(report_);
    }

private:
    /// The kernels that read rounded weights against these weights, then against the model.
    void verify_rounded() {
        Graph rounded = fused_;
        round_weights(rounded, report_.weights);
        const std::unique_ptr<CompiledModel> model = compiled(rounded);
        line_.show("running the model with weights in " + std::string(to_text(report_.weights)));
        InterpreterReference of_rounded(rounded);
        report_.rounded = compare_with(of_rounded, *model, cases_, options_.tolerance);
        report_.rounding = compare_with(*of_model_, *model, cases_, options_.tolerance);
        const std::vector<std::string> levels = levels_that_depend_on_batch(*model, cases_);
        report_.depends_on_batch.insert(report_.depends_on_batch.end(), levels.begin(), levels.end());
    }

    std::unique_ptr<CompiledModel> compiled(const Graph &graph) {
        EmitOptions emit;
        emit.jobs = options_.jobs;
        ProgressBar bar("compiling kernels");
        emit.progress = [&](std::size_t done, std::size_t total) { bar.show(done, total); };
        return std::make_unique<CompiledModel>(options_.lower(graph), emit);
    }

    /// What a run computes first stands first.
    void in_order_of_nodes(std::vector<VerifyRow> &rows) const {
        std::map<std::string, std::size_t> order;
        for (std::size_t i = 0; i < fused_.nodes.size(); ++i) {
            order.emplace(fused_.value(fused_.nodes[i].output).name, i);
        }
        std::stable_sort(rows.begin(), rows.end(), [&](const VerifyRow &a, const VerifyRow &b) {
            return order.at(a.tensor) < order.at(b.tensor);
        });
    }

    const VerifyOptions &options_;
    Graph imported_, fused_;
    std::unique_ptr<Reference> of_model_;
    std::vector<VerifyCase> cases_;
    VerifyReport report_;
    ProgressLine line_;
};

void verify(VerifyOptions options) {
    // The file may be called as no library can be.
    options.name = options.name.empty() ? "model" : options.name;
    options.targets = runnable_targets(options.targets);
    if (!options.json.empty()) {
        check_file_writable(options.json);
    }
    const VerifyReport report = Verification(options).run();
    if (!options.json.empty()) {
        write_file(options.json, to_json(report));
    }
    std::cout << to_text(report);
    if (!report.passed()) {
        throw Error(failure(report));
    }
}

}  // namespace

void add_verify(CLI::App &app) {
    CLI::App *verb = app.add_subcommand(
        "verify", "Compile a model, run it at every level of this CPU and compare it with a reference");
    const auto options = std::make_shared<VerifyOptions>();
    options->add_to(*verb);
    verb->add_option("--reference", options->reference,
                     "automatic: ONNX Runtime where a Python has it, else the reference interpreter")
        ->type_name("automatic|onnxruntime|interpreter")
        ->check(CLI::IsMember({"automatic", "onnxruntime", "interpreter"}));
    verb->add_flag("--layers", options->layers, "compare what every fused layer computes, too");
    verb->add_option("--tolerance", options->tolerance,
                     "of floats: the largest difference, as a part of the largest element (default: 1e-4)")
        ->check(CLI::NonNegativeNumber);
    verb->add_option("--seeds", options->seeds, "random inputs beside those at the edges (default: 3)")
        ->check(CLI::Range(0, 1000));
    verb->add_option("--json", options->json, "write every comparison to a file")->type_name("FILE");
    verb->add_option("-j,--jobs", options->jobs, "kernels compiled at a time (default: one per core)")
        ->check(CLI::Range(0, 1024));
    verb->callback([options] { verify(*options); });
}

}  // namespace ingot
