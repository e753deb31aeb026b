// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/plan_c.h"
#include "spec/error.h"
#include <algorithm>
#include <set>
#include <sstream>

namespace ingot {

namespace {

struct Counts {
    int64_t steps = 0, operands = 0, dims = 0;
};
Counts counts(const Plan &plan) {
    Counts result;
    for (const Step &step : plan.steps) {
        ++result.steps;
        for (const StepOperand &operand : step.operands) {
            ++result.operands;
            result.dims += static_cast<int64_t>(operand.buffer.dims.size());
        }
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
        const int64_t offset = operand.offset + operand.buffer.origin * static_cast<int64_t>(sizeof(float));
        out << "    {" << region_name(operand.region) << ", " << operand.index << ", " << offset << ", 2, 32, "
            << operand.buffer.dims.size() << ", " << prefix << "_" << operand.buffer.name << "},\n";
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
        out << "    {" << c_string(port.name) << ", " << port.size() * static_cast<int64_t>(sizeof(float)) << ", "
            << sizeof(float) << "},\n";
    }
    out << "};\n";
}

}  // namespace

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
    for (std::size_t i = 0; i < model.plans.size(); ++i) {
        const Counts n = counts(model.plans[i]);
        const int64_t fixed =
            round_up(header + n.steps * per_step + n.operands * per_operand + n.dims * per_dim, 64);
        result = std::max(result, fixed + model.plans[i].arena_bytes + scratch_bytes(i));
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

std::string plan_c(const LoweredModel &model, const ModelFacts &facts) {
    std::ostringstream out;
    out << "/* " << model.name << ": constant tables. Written by ingot " << facts.version << "; do not edit. */\n"
        << "#include <ingot/plan.h>\n\n";
    std::set<std::string> symbols;
    for (const std::vector<StepKernel> &plan : facts.kernels) {
        for (const StepKernel &kernel : plan) {
            if (!kernel.symbol.empty() && symbols.insert(kernel.symbol).second) {
                out << "int " << kernel.symbol << "_argv(void **argv);\n";
            }
        }
    }
    if (!model.weights.empty()) {
        out << "extern const unsigned char " << model.name << "_weights[];\n";
    }
    std::ostringstream plans, checks;
    for (std::size_t i = 0; i < model.plans.size(); ++i) {
        const Plan &plan = model.plans[i];
        const std::string prefix = "plan" + std::to_string(i);
        write_plan_tables(out, prefix, plan, facts.kernels[i]);
        const Counts n = counts(plan);
        plans << "    {" << c_string(std::string(plan.target->name)) << ", " << features(*plan.target) << ", "
              << prefix << "_steps, " << n.steps << ", " << plan.zeros.size() << ", "
              << (plan.zeros.empty() ? "0" : prefix + "_zeros") << ", " << plan.arena_bytes << ", "
              << facts.scratch_bytes(i) << ", " << n.operands << ", " << n.dims << "},\n";
        checks << "typedef char session_bytes_of_" << prefix << "[INGOT_SESSION_BYTES(" << n.steps << ", "
               << n.operands << ", " << n.dims << ", " << plan.arena_bytes << ", " << facts.scratch_bytes(i)
               << ") <= " << facts.session_bytes(model) << " ? 1 : -1];\n";
    }
    out << "\nstatic const ingot_plan plans[] = {\n" << plans.str() << "};\n" << checks.str() << "\n";
    write_ports(out, "inputs", model.inputs);
    write_ports(out, "outputs", model.outputs);
    const std::string weights = model.weights.empty() ? "0" : model.name + "_weights";
    const std::string symbol = facts.model_symbol(model);
    out << "\nextern const ingot_model " << symbol << ";\n"
        << "const ingot_model " << symbol << " = {\n    INGOT_ABI_VERSION, sizeof(ingot_model), "
        << c_string(model.name) << ", " << c_string(facts.build_hash) << ",\n    inputs, outputs, "
        << model.inputs.size() << ", " << model.outputs.size() << ",\n    plans, " << model.plans.size() << ", "
        << weights << ", " << model.weights.size() * sizeof(float) << ",\n    0, 0, 0,\n};\n";
    return out.str();
}

}  // namespace ingot
