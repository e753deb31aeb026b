// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/onnxruntime_reference.h"
#include "cli/python.h"
#include "compiler/c_names.h"
#include "generators/toolchain.h"
#include "spec/error.h"
#include <nlohmann/json.hpp>

namespace ingot {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::json;

std::string text_of(const std::vector<unsigned char> &bytes) {
    return {bytes.begin(), bytes.end()};
}

DataType parse_numpy_type(const std::string &name, const std::string &tensor) {
    for (const DataType type : {DataType::f32, DataType::i64, DataType::i32, DataType::u8, DataType::boolean}) {
        if (numpy_type(type) == name) {
            return type;
        }
    }
    throw Error(quote(tensor) + " has type " + name +
                " in ONNX Runtime, which is not compared; use "
                "--reference interpreter");
}

}  // namespace

std::optional<std::string> onnxruntime_version() {
    try {
        std::string printed =
            run_command({python_program(), "-c", "import numpy, onnxruntime; print(onnxruntime.__version__)"}, ".");
        while (!printed.empty() && printed.back() == '\n') {
            printed.pop_back();
        }
        const std::size_t line = printed.rfind('\n');
        return line == std::string::npos ? printed : printed.substr(line + 1);
    } catch (const Error &) {
        return std::nullopt;
    }
}

void OnnxRuntimeReference::prepare(const std::vector<VerifyCase> &cases, const std::vector<std::string> &tensors) {
    folder_.reset();
    const fs::path &folder = folder_.emplace().path();
    Json ports = Json::array();
    for (const Value &input : inputs_) {
        ports.push_back({{"type", numpy_type(input.type)}, {"shape", input.shape}});
    }
    for (std::size_t i = 0; i < cases.size(); ++i) {
        for (std::size_t j = 0; j < inputs_.size(); ++j) {
            write_file(folder / (std::to_string(i) + ".in" + std::to_string(j)),
                       text_of(write_elements(inputs_[j].type, cases[i].inputs[j])));
        }
    }
    const Json request = {
        {"model", fs::absolute(file_).string()}, {"cases", cases.size()}, {"inputs", ports}, {"tensors", tensors}};
    write_file(folder / "request.json", request.dump());
    try {
        run_command({python_program(), (share_directory() / "run_onnxruntime.py").string(), folder.string()}, ".");
    } catch (const Error &error) {
        throw Error(file_.string() + ": ONNX Runtime cannot run it: " + error.what() +
                    "; use --reference interpreter");
    }
    tensors_.clear();
    for (const Json &tensor : Json::parse(read_file(folder / "result.json"))) {
        const auto name = tensor.at("name").get<std::string>();
        tensors_.push_back({name, parse_numpy_type(tensor.at("type").get<std::string>(), name)});
    }
}

std::map<std::string, std::vector<double>> OnnxRuntimeReference::values(std::size_t index) {
    std::map<std::string, std::vector<double>> result;
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
        const std::string bytes = read_file(folder_->path() / (std::to_string(index) + ".out" + std::to_string(i)));
        result.emplace(tensors_[i].name, read_elements(tensors_[i].type, {bytes.begin(), bytes.end()}));
    }
    return result;
}

}  // namespace ingot
