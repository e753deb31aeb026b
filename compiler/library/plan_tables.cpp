// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/library/plan_tables.h"

namespace ingot {

TableCounts table_counts(const Plan &plan) {
    TableCounts result;
    for (const Step &step : plan.steps) {
        ++result.steps;
        for (const StepOperand &operand : step.operands) {
            ++result.operands;
            result.dims += static_cast<int64_t>(operand.buffer.dims.size());
        }
    }
    return result;
}

std::vector<CudaTableCounts> cuda_table_counts(const LoweredModel &model, const ModelFacts &facts) {
    std::vector<CudaTableCounts> result;
    const Target *target = nullptr;
    for (std::size_t i = model.cpu_plan_count(); i < model.plans.size(); ++i) {
        const Plan &plan = model.plans[i];
        if (plan.target != target) {
            target = plan.target;
            result.emplace_back();
        }
        CudaTableCounts &counts = result.back();
        ++counts.plans;
        counts.steps += static_cast<int64_t>(plan.steps.size());
        for (const StepKernel &kernel : facts.kernels[i]) {
            counts.arguments += kernel.cuda ? kernel.cuda->arguments : 0;
        }
        counts.arena_bytes = std::max(counts.arena_bytes, plan.arena_bytes);
        counts.max_images = std::max(counts.max_images, plan.max_images);
    }
    return result;
}

std::string c_string(const std::string &text) {
    std::string result = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
        }
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte > 0x7e || c == '?') {  // ?, for C99 has trigraphs
            // Three octal digits: unlike \x, they end by themselves.
            result += {'\\', static_cast<char>('0' + (byte >> 6U)), static_cast<char>('0' + (byte >> 3U) % 8),
                       static_cast<char>('0' + byte % 8)};
        } else {
            result += c;
        }
    }
    return result + "\"";
}

const char *region_name(Region region) {
    switch (region) {
    case Region::input:
        return "INGOT_IN_INPUT";
    case Region::output:
        return "INGOT_IN_OUTPUT";
    case Region::weights:
        return "INGOT_IN_WEIGHTS";
    case Region::arena:
        return "INGOT_IN_ARENA";
    }
    return "";
}

std::string halide_type_text(DataType type) {
    // Numbers of 16 bits are handed over as unsigned integers, their bits.
    const char *code = type == DataType::f32 ? "2" : type == DataType::i64 || type == DataType::i32 ? "0" : "1";
    return std::string(code) + ", " + std::to_string(8 * byte_size(type));
}

}  // namespace ingot
