// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/plan_tables.h"
#include <algorithm>
#include <set>

namespace ingot {

int64_t ModelFacts::scratch_bytes(std::size_t plan) const {
    int64_t result = 0;
    for (const StepKernel &kernel : kernels[plan]) {
        result = std::max(result, kernel.scratch_bytes);
    }
    return result;
}

int64_t ModelFacts::code_bytes(std::size_t plan) const {
    std::set<std::string> counted;
    int64_t result = 0;
    for (const StepKernel &kernel : kernels[plan]) {
        result += counted.insert(kernel.symbol).second ? kernel.code_bytes : 0;
    }
    return result;
}

// The formula of INGOT_SESSION_BYTES in ingot/plan.h; the tables' own static assertions hold the two together.
int64_t ModelFacts::session_bytes(const LoweredModel &model) const {
    constexpr int64_t header = 320, per_step = 8, per_operand = 80, per_dim = 16;
    int64_t result = 0;
    for (std::size_t i = 0; i < model.cpu_plan_count(); ++i) {
        const TableCounts n = table_counts(model.plans[i]);
        const int64_t fixed =
            round_up(header + n.steps * per_step + n.operands * per_operand + n.dims * per_dim, 64);
        result = std::max(result, fixed + model.plans[i].arena_bytes + scratch_bytes(i));
    }
    for (const CudaTableCounts &n : cuda_table_counts(model, *this)) {
        constexpr int64_t cuda_header = 384, per_port = 16, per_plan = 64, per_cuda_step = 48, per_argument = 16;
        const auto ports = static_cast<int64_t>(model.inputs.size() + model.outputs.size());
        result = std::max(result, round_up(cuda_header + ports * per_port + n.plans * per_plan +
                                               n.steps * per_cuda_step + n.arguments * per_argument,
                                           64));
    }
    return result;
}

// The formula of INGOT_CUDA_DEVICE_BYTES.
int64_t ModelFacts::device_bytes(const LoweredModel &model) const {
    constexpr int64_t alignment = 256;
    int64_t result = 0;
    for (const CudaTableCounts &n : cuda_table_counts(model, *this)) {
        int64_t staging = 0;
        for (const std::vector<Port> *ports : {&model.inputs, &model.outputs}) {
            for (const Port &port : *ports) {
                staging += round_up(port.size() * static_cast<int64_t>(sizeof(float)) * n.max_images, alignment);
            }
        }
        const auto weights = static_cast<int64_t>(model.weights.size() * sizeof(float));
        result = std::max(result, round_up(weights, alignment) + round_up(n.arena_bytes, alignment) + staging);
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

std::string ModelFacts::model_symbol(const LoweredModel &model) const {
    return model.name + "_model_" + build_hash;
}

}  // namespace ingot
