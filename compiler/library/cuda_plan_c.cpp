// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/library/plan_tables.h"
#include <sstream>

namespace ingot {

namespace {

/// What kernels on CUDA may ask of the weights' addresses; see KernelGenerator.
constexpr int64_t weights_alignment = 16;

void write_operands(std::ostream &out, const std::string &name, const Step &step) {
    out << "static const ingot_cuda_operand " << name << "[] = {\n";
    for (const StepOperand &operand : step.operands) {
        const int64_t offset = operand.offset + operand.buffer.origin * byte_size(operand.buffer.type);
        const int64_t alignment =
            operand.region == Region::weights ? weights_alignment : byte_size(operand.buffer.type);
        out << "    {" << region_name(operand.region) << ", " << operand.index << ", " << offset << ", "
            << alignment << "},\n";
    }
    out << "};\n";
}

int64_t arguments_of(const std::vector<StepKernel> &kernels) {
    int64_t result = 0;
    for (const StepKernel &kernel : kernels) {
        result += kernel.cuda ? kernel.cuda->arguments : 0;
    }
    return result;
}

}  // namespace

void write_cuda_plans(std::ostream &out, const LoweredModel &model, const ModelFacts &facts) {
    std::ostringstream plans;
    for (std::size_t i = model.cpu_plan_count(); i < model.plans.size(); ++i) {
        const Plan &plan = model.plans[i];
        const std::string prefix = "plan" + std::to_string(i);
        out << "\n/* " << plan.target->name << ", from " << plan.min_images << " images on */\n";
        std::ostringstream steps;
        for (std::size_t s = 0; s < plan.steps.size(); ++s) {
            const Step &step = plan.steps[s];
            const std::string operands = prefix + "_step" + std::to_string(s) + "_operands";
            write_operands(out, operands, step);
            steps << "    {&" << facts.kernels[i][s].symbol << "_cuda, " << c_string(step.name) << ", " << operands
                  << ", " << step.operands.size() << ", " << step.batch << "},\n";
        }
        out << "static const ingot_cuda_step " << prefix << "_steps[] = {\n" << steps.str() << "};\n";
        plans << "    {" << c_string(std::string(plan.target->name)) << ", " << plan.target->sm << ", "
              << plan.target->compute << ", " << plan.min_images << ", " << prefix << "_steps, "
              << plan.steps.size() << ", " << arguments_of(facts.kernels[i]) << ", " << plan.arena_bytes << ", "
              << plan.max_images << "},\n";
    }
    out << "\nstatic const ingot_cuda_plan cuda_plans[] = {\n" << plans.str() << "};\n";
}

}  // namespace ingot
