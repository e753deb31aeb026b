// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/library/plan_tables.h"
#include <algorithm>
#include <ingot/plan.h>
#include <set>

namespace ingot {

int64_t ModelFacts::scratch_bytes(std::size_t plan) const {
    int64_t result = 0;
    for (const StepKernel &kernel : kernels[plan]) {
        result = std::max(result, kernel.scratch_bytes);
    }
    return result;
}

int64_t ModelFacts::parallel_steps(std::size_t plan) const {
    return std::count_if(kernels[plan].begin(), kernels[plan].end(),
                         [](const StepKernel &kernel) { return kernel.parallel; });
}

int64_t ModelFacts::code_bytes(std::size_t plan) const {
    std::set<std::string> counted;
    int64_t result = 0;
    for (const StepKernel &kernel : kernels[plan]) {
        result += counted.insert(kernel.symbol).second ? kernel.code_bytes : 0;
    }
    return result;
}

int64_t ModelFacts::session_bytes(const LoweredModel &model) const {
    int64_t result = 0;
    for (std::size_t i = 0; i < model.cpu_plan_count(); ++i) {
        const TableCounts n = table_counts(model.plans[i]);
        result = std::max(
            result, INGOT_SESSION_BYTES(n.steps, n.operands, n.dims, model.plans[i].arena_bytes, scratch_bytes(i)));
    }
    const auto ports = static_cast<int64_t>(model.inputs.size() + model.outputs.size());
    for (const CudaTableCounts &n : cuda_table_counts(model, *this)) {
        result = std::max(result, INGOT_CUDA_SESSION_BYTES(ports, n.plans, n.steps, n.arguments));
    }
    return result;
}

int64_t ModelFacts::device_bytes(const LoweredModel &model) const {
    int64_t result = 0;
    for (const CudaTableCounts &n : cuda_table_counts(model, *this)) {
        int64_t staging = 0;
        for (const std::vector<Port> *ports : {&model.inputs, &model.outputs}) {
            for (const Port &port : *ports) {
                staging += INGOT_CUDA_STAGING_BYTES(port.bytes(), n.max_images);
            }
        }
        const int64_t weights = static_cast<int64_t>(model.weights.size() * sizeof(float));
        result = std::max(result, INGOT_CUDA_DEVICE_BYTES(weights, n.arena_bytes, staging));
    }
    return result;
}

int64_t ModelFacts::stack_bytes() const {
    constexpr int64_t runtime_frames = 2048;
    int64_t largest = 0;
    for (const std::vector<StepKernel> &plan : kernels) {
        for (const StepKernel &kernel : plan) {
            largest = std::max(largest, kernel.stack_bytes);
        }
    }
    // A kernel's frame also holds spilled registers and the alignment of its vectors.
    return round_up(runtime_frames + largest + largest / 4 + 1024, 1024);
}

int64_t ModelFacts::weights_file_bytes(const LoweredModel &model) const {
    return weights_form == WeightsForm::file ? ingot::weights_file_bytes(model.weights) : 0;
}

std::string ModelFacts::model_symbol(const LoweredModel &model) const {
    return model.name + "_model_" + build_hash;
}

}  // namespace ingot
