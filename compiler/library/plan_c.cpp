// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/library/plan_c.h"
#include "compiler/library/plan_tables.h"
#include "spec/error.h"
#include <algorithm>
#include <set>
#include <sstream>

namespace ingot {

namespace {

void write_zeros(std::ostream &out, const std::string &name, const std::vector<ZeroRange> &zeros) {
    if (zeros.empty()) {
        return;
    }
    out << "static const ingot_zero " << name << "[] = {";
    for (const ZeroRange &zero : zeros) {
        out << "{" << zero.offset << ", " << zero.bytes << ", " << zero.stride << ", " << zero.count << "}, ";
    }
    out << "};\n";
}

void write_operands(std::ostream &out, const std::string &prefix, const Step &step) {
    for (std::size_t i = 0; i < step.operands.size(); ++i) {
        out << "static const ingot_dim " << prefix << "_" << step.operands[i].buffer.name << "[] = {";
        for (const BufferDim &dim : step.operands[i].buffer.dims) {
            out << "{" << dim.min << ", " << dim.extent << ", " << dim.stride << "}, ";
        }
        out << "};\n";
    }
    out << "static const ingot_operand " << prefix << "_operands[] = {\n";
    for (const StepOperand &operand : step.operands) {
        const int64_t offset = operand.offset + operand.buffer.origin * byte_size(operand.buffer.type);
        out << "    {" << region_name(operand.region) << ", " << operand.index << ", " << offset << ", "
            << halide_type_text(operand.buffer.type) << ", " << operand.buffer.dims.size() << ", " << prefix << "_"
            << operand.buffer.name << "},\n";
    }
    out << "};\n";
}

std::string features(const Target &target) {
    std::string result;
    for (std::string_view feature : target.cpu_features) {
        result += (result.empty() ? "" : " | ") + ("INGOT_CPU_" + std::string(feature));
    }
    return result;
}

void write_plan_tables(std::ostream &out, const std::string &prefix, const Plan &plan,
                       const std::vector<StepKernel> &kernels) {
    out << "\n/* " << plan.target->name << " */\n";
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const std::string step = prefix + "_step" + std::to_string(i);
        write_operands(out, step, plan.steps[i]);
        write_zeros(out, step + "_zeros", plan.steps[i].zeros);
    }
    out << "static const ingot_step " << prefix << "_steps[] = {\n";
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const Step &step = plan.steps[i];
        const std::string name = prefix + "_step" + std::to_string(i);
        out << "    {" << (step.spec ? kernels[i].symbol + "_argv" : "ingot_copy_kernel") << ", "
            << c_string(step.name) << ", " << name << "_operands, " << step.operands.size() << ", "
            << step.zeros.size() << ", " << (step.zeros.empty() ? "0" : name + "_zeros") << "},\n";
    }
    out << "};\n";
    write_zeros(out, prefix + "_zeros", plan.zeros);
}

void write_ports(std::ostream &out, const char *name, const std::vector<Port> &ports) {
    out << "static const ingot_port " << name << "[] = {\n";
    for (const Port &port : ports) {
        out << "    {" << c_string(port.name) << ", " << port.bytes() << ", " << byte_size(port.type) << "},\n";
    }
    out << "};\n";
}

}  // namespace

std::string plan_c(const LoweredModel &model, const ModelFacts &facts) {
    std::ostringstream out;
    out << "/* " << model.name << ": constant tables. Written by ingot " << facts.version << "; do not edit. */\n"
        << "#include <ingot/plan.h>\n\n";
    std::set<std::string> symbols;
    for (const std::vector<StepKernel> &plan : facts.kernels) {
        for (const StepKernel &kernel : plan) {
            if (!kernel.symbol.empty() && symbols.insert(kernel.symbol).second) {
                out << (kernel.cuda ? "extern const ingot_cuda_kernel " + kernel.symbol + "_cuda;\n"
                                    : "int " + kernel.symbol + "_argv(void **argv);\n");
            }
        }
    }
    const bool links_weights = facts.weights_form == WeightsForm::linked && !model.weights.empty();
    if (links_weights) {
        out << "extern const unsigned char " << model.name << "_weights[];\n";
    }
    const std::size_t cpu_plans = model.cpu_plan_count();
    std::ostringstream plans;
    for (std::size_t i = 0; i < cpu_plans; ++i) {
        const Plan &plan = model.plans[i];
        const std::string prefix = "plan" + std::to_string(i);
        write_plan_tables(out, prefix, plan, facts.kernels[i]);
        const TableCounts n = table_counts(plan);
        plans << "    {" << c_string(std::string(plan.target->name)) << ", " << features(*plan.target) << ", "
              << prefix << "_steps, " << n.steps << ", " << plan.zeros.size() << ", "
              << (plan.zeros.empty() ? "0" : prefix + "_zeros") << ", " << plan.arena_bytes << ", "
              << facts.scratch_bytes(i) << ", " << n.operands << ", " << n.dims << ", " << facts.parallel_steps(i)
              << ", " << plan.image_time << "},\n";
    }
    if (cpu_plans > 0) {
        out << "\nstatic const ingot_plan plans[] = {\n" << plans.str() << "};\n";
    }
    const std::size_t cuda_plans = model.plans.size() - cpu_plans;
    if (cuda_plans > 0) {
        write_cuda_plans(out, model, facts);
    }
    write_ports(out, "inputs", model.inputs);
    write_ports(out, "outputs", model.outputs);
    const std::string weights = links_weights ? model.name + "_weights" : "0";
    const std::string symbol = facts.model_symbol(model);
    out << "\nextern const ingot_model " << symbol << ";\n"
        << "const ingot_model " << symbol << " = {\n    INGOT_ABI_VERSION, sizeof(ingot_model), "
        << c_string(model.name) << ", " << c_string(facts.build_hash) << ",\n    inputs, outputs, "
        << model.inputs.size() << ", " << model.outputs.size() << ",\n    " << (cpu_plans > 0 ? "plans" : "0")
        << ", " << cpu_plans << ", " << weights << ", " << bytes_of(model.weights).size() << ", "
        << facts.weights_file_bytes(model) << ", UINT64_C(0x" << weights_hash_text(facts.weights_hash) << "),\n    "
        << (cuda_plans > 0 ? "cuda_plans, " + std::to_string(cuda_plans) + ", &ingot_cuda" : "0, 0, 0")
        << ",\n};\n";
    return out.str();
}

}  // namespace ingot
