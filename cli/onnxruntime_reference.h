// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "harness/verify_model.h"
#include <optional>

namespace ingot {

/// The version of ONNX Runtime in python_program(); none where that lacks it, or numpy.
std::optional<std::string> onnxruntime_version();

/// ONNX Runtime, by run_onnxruntime.py of share/ingot, on a model's file.
class OnnxRuntimeReference : public Reference {
public:
    /// `inputs` are those of the graph that was imported from `file`.
    OnnxRuntimeReference(std::filesystem::path file, std::vector<Value> inputs, std::string version)
        : file_(std::move(file)), inputs_(std::move(inputs)), version_(std::move(version)) {}
    [[nodiscard]] std::string name() const override { return "ONNX Runtime " + version_; }
    /// Throws Error where ONNX Runtime cannot run the model.
    void prepare(const std::vector<VerifyCase> &cases, const std::vector<std::string> &tensors) override;
    std::map<std::string, std::vector<double>> values(std::size_t index) override;

private:
    struct Tensor {
        std::string name;
        DataType type;
    };

    std::filesystem::path file_;
    std::vector<Value> inputs_;
    std::string version_;
    std::optional<TemporaryDirectory> folder_;
    std::vector<Tensor> tensors_;
};

}  // namespace ingot
