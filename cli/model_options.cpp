// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/verbs.h"
#include "compiler/c_names.h"
#include "compiler/model_io.h"
#include "compiler/onnx/import_onnx.h"
#include "compiler/passes/passes.h"
#include "spec/error.h"
#include "spec/text.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>

namespace ingot {

void ModelOptions::add_to(CLI::App &verb) {
    verb.add_option("model", model, "an ONNX file")->required()->type_name("MODEL.onnx");
    verb.add_option("--name", name, "name of the library and its C symbols (default: the file's stem)");
    verb.add_option("--target,--targets", targets, "comma-separated list of targets (default: all levels)")
        ->type_name("A,B");
    verb.add_option("--schedule", schedules, "a choice in place of the rule's, for an op or one node; repeatable")
        ->type_name("OP|NODE=CHOICE")
        ->allow_extra_args(false);
    verb.add_option("--numerics", numerics,
                    "exact: direct sums only; default: also algorithms that save multiplications, such as Winograd")
        ->type_name("default|exact");
    verb.add_option(
            "--weights", weights,
            "as what kernels read the weights of convolutions and linear layers: f32, or rounded to bf16 or "
            "f16, half the bytes, while all is computed in f32; and where they are: linked into the "
            "library, or in <name>.weights, a file that the application maps or reads and hands over "
            ""
            "(explain and verify: the type alone matters; default: f32,linked)")
        ->type_name("f32|bf16|f16,linked|file")
        ->check([](const std::string &text) -> std::string {
            try {
                parse_weights(text);
                return {};
            } catch (const Error &error) {
                return error.what();
            }
        });
    add_shapes(verb, shapes);
    verb.add_option("--input", inputs,
                    "what the application hands over in place of the model's float32: of float32 or uint8, nchw or "
                    "nhwc; the model reads (x * scale - mean) / std, by channel; repeatable")
        ->type_name("NAME:uint8,nhwc,scale=1/255,mean=A/B/C,std=A/B/C")
        ->allow_extra_args(false);
    verb.add_option("--output-layout", output_layouts, "the order of an output of four dimensions; repeatable")
        ->type_name("NAME=nhwc")
        ->allow_extra_args(false);
    add_cpu(verb, cpu);
    verb.add_option("--max-batch", max_batch,
                    "images that a session's memory on a CUDA device holds at a time; more are run in parts "
                    "(default: 256)")
        ->check(CLI::Range(1, 1 << 20));
}

WeightsOption parse_weights(std::string_view text) {
    WeightsOption option;
    bool has_type = false, has_form = false;
    for (const std::string_view word : split(text, ',')) {
        const bool is_form = word == "linked" || word == "file";
        if (!is_form && word != "f32" && word != "bf16" && word != "f16") {
            throw Error(printable(word) + " not in {f32,bf16,f16,linked,file}");
        }
        bool &is_given = is_form ? has_form : has_type;
        if (is_given) {
            throw Error(std::string(text) + " names two " + (is_form ? "places" : "types") + "; leave one out");
        }
        is_given = true;
        if (is_form) {
            option.form = word == "file" ? WeightsForm::file : WeightsForm::linked;
        } else {
            option.type = word == "bf16" ? DataType::bf16 : word == "f16" ? DataType::f16 : DataType::f32;
        }
    }
    return option;
}

void add_cpu(CLI::App &verb, std::string &cpu) {
    verb.add_option("--cpu", cpu, "whose measured choices come first (default: generic, any CPU of the target)")
        ->type_name("NAME");
}

void add_shapes(CLI::App &verb, std::vector<std::string> &shapes) {
    verb.add_option("--shape", shapes, "the extents of an input that the model leaves open; repeatable")
        ->type_name("NAME=1,3,224,224")
        ->allow_extra_args(false);
}

ImportOptions import_options(const std::vector<std::string> &shapes) {
    ImportOptions options;
    for (const std::string &text : shapes) {
        const auto [input, is_new] = options.shapes.insert(parse_input_shape(text));
        if (!is_new) {
            throw Error("--shape " + printable(input->first) + ": it is given twice; leave one out");
        }
    }
    return options;
}

Graph ModelOptions::import() const {
    std::vector<InputFormat> input_formats;
    for (const std::string &text : inputs) {
        input_formats.push_back(parse_input_format(text));
    }
    std::vector<OutputFormat> output_formats;
    for (const std::string &text : output_layouts) {
        output_formats.push_back(parse_output_format(text));
    }
    Graph graph = import_onnx(model, import_options(shapes));
    apply_formats(graph, input_formats, output_formats);
    return graph;
}

double ModelOptions::run_passes(Graph &graph) const {
    const DataType type = parse_weights(weights).type;
    ingot::run_passes(graph);
    return round_weights(graph, type);
}

LoweredModel ModelOptions::lower(const Graph &graph) const {
    LowerOptions options;
    options.numerics = parse_numerics(numerics);
    options.cpu = cpu;
    options.max_batch = max_batch;
    check_cpu(cpu);
    if (const auto cpus = built_in_table().cpus(); std::find(cpus.begin(), cpus.end(), cpu) == cpus.end()) {
        std::cerr << "ingot: warning: --cpu " << cpu
                  << ": no measured choices for it, so those of any CPU serve; known: " << join(cpus) << "\n";
    }
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
