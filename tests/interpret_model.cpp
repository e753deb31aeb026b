// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// interpret_model [--passes] MODEL.onnx FOLDER
//
// Imports a model, and runs all passes where asked; runs it in the reference interpreter, in double. FOLDER holds
// the inputs, input_0.f64, input_1.f64, ..., as row-major doubles, and gets output_0.f64, ...; a line for each
// output on standard output tells its type, shape and name: `f32 1,10 logits`. See interpreted_model.py.
#include "compiler/onnx/import_onnx.h"
#include "compiler/passes/passes.h"
#include "reference/interpreter.h"
#include "spec/error.h"
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace ingot {

namespace {

using Tensor = reference::Tensor<double>;

/// A tensor of the graph's shape; a first dimension may be a multiple of it.
Tensor read_tensor(const std::filesystem::path &file, const Value &value) {
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(stream), {});
    Tensor tensor{value.shape, std::vector<double>(bytes.size() / sizeof(double))};
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char *>(tensor.data.data()));
    const auto count = static_cast<int64_t>(tensor.data.size());
    if (count == 0 || count % value.size() != 0 || (count != value.size() && value.shape.empty())) {
        throw Error(file.string() + ": " + std::to_string(count) + " elements do not fit the input's shape " +
                    shape_to_text(value.shape) + "; write its elements as doubles");
    }
    if (!tensor.shape.empty()) {
        tensor.shape[0] *= count / value.size();
    }
    return tensor;
}

void write_tensor(const std::filesystem::path &file, const Tensor &tensor, const Value &value) {
    std::ofstream stream(file, std::ios::binary);
    stream.write(reinterpret_cast<const char *>(tensor.data.data()),
                 static_cast<std::streamsize>(tensor.data.size() * sizeof(double)));
    std::cout << to_text(value.type) << ' ';
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
        std::cout << (i == 0 ? "" : ",") << tensor.shape[i];
    }
    std::cout << ' ' << value.name << '\n';
}

int run(const std::vector<std::string> &arguments) {
    const bool passes = !arguments.empty() && arguments[0] == "--passes";
    if (arguments.size() != (passes ? 3U : 2U)) {
        std::cerr << "usage: interpret_model [--passes] MODEL.onnx FOLDER\n";
        return 2;
    }
    Graph graph = import_onnx(std::filesystem::path(arguments[passes ? 1 : 0]));
    if (passes) {
        run_passes(graph);
    }
    const std::filesystem::path folder = arguments.back();
    std::vector<Tensor> inputs;
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
        inputs.push_back(
            read_tensor(folder / ("input_" + std::to_string(i) + ".f64"), graph.value(graph.inputs[i])));
    }
    const std::vector<Tensor> outputs = reference::interpret(graph, inputs);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        write_tensor(folder / ("output_" + std::to_string(i) + ".f64"), outputs[i], graph.value(graph.outputs[i]));
    }
    return 0;
}

}  // namespace

}  // namespace ingot

int main(int count, char **arguments) {
    try {
        return ingot::run({arguments + 1, arguments + count});
    } catch (const ingot::Error &error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
