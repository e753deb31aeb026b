// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/plan.h"
#include <sstream>

namespace ingot {

namespace {

std::string place(const StepOperand &operand) {
    switch (operand.region) {
    case Region::input:
        return "input " + std::to_string(operand.index);
    case Region::output:
        return "output " + std::to_string(operand.index);
    case Region::weights:
        return "weights+" + std::to_string(operand.offset);
    case Region::arena:
        return "arena+" + std::to_string(operand.offset);
    }
    return {};
}

}  // namespace

std::string to_text(const Plan &plan) {
    std::ostringstream text;
    text << "plan for " << plan.target->name << ": " << plan.steps.size() << " steps, arena " << plan.arena_bytes
         << " bytes\n";
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const Step &step = plan.steps[i];
        text << "  " << i << "  " << step.name << ": "
             << (step.spec ? to_text(*step.spec)
                           : "copy of " + std::to_string(step.operands[0].buffer.elements) + " elements")
             << "\n";
        if (step.spec) {
            text << "     by " << to_text(step.choice) << " (" << step.why << ")\n";
        }
        text << "     ";
        for (const StepOperand &operand : step.operands) {
            text << " " << operand.buffer.name << " at " << place(operand)
                 << (&operand == &step.operands.back() ? "" : ",");
        }
        text << "\n";
        for (const ZeroRange &zero : step.zeros) {
            text << "      clears " << zero.count << " x " << zero.bytes << " bytes at arena+" << zero.offset
                 << "\n";
        }
    }
    for (const ZeroRange &zero : plan.zeros) {
        text << "  once: clears " << zero.bytes << " bytes at arena+" << zero.offset << "\n";
    }
    return text.str();
}

}  // namespace ingot
