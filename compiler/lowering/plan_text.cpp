// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/plan.h"
#include "compiler/lowering/predicted_share.h"
#include <cmath>
#include <iomanip>
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

void line(std::ostream &out, std::string_view word, const std::string &text) {
    constexpr int width = 10;
    out << "     " << std::left << std::setw(width) << word << text << "\n";
}

}  // namespace

std::string to_text(const Plan &plan, const std::vector<std::string> &device) {
    std::ostringstream text;
    text << "plan for " << plan.target->name;
    if (plan.is_cuda()) {
        text << ", from " << plan.min_images << (plan.min_images == 1 ? " image" : " images") << " on";
    }
    text << ": " << plan.steps.size() << " steps, arena " << plan.arena_bytes << " bytes";
    if (plan.arena_lower_bound > 0) {
        text << " (at least " << plan.arena_lower_bound << ")";
    }
    if (plan.is_cuda()) {
        text << " for " << plan.max_images << " images";
    }
    text << "\n";
    const std::vector<double> shares = predicted_shares(plan);
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const Step &step = plan.steps[i];
        text << "  " << i << "  " << step.name << "\n";
        line(text, "kernel",
             step.spec ? to_text(*step.spec)
                       : "copy of " + std::to_string(step.operands[0].buffer.elements) + " elements");
        if (step.spec) {
            line(text, "choice", to_text(step.choice));
            line(text, "why", step.why);
            line(text, "second", step.second ? to_text(*step.second) : "nothing else supports it");
        }
        if (!device.empty()) {
            line(text, "device", device[i]);
        }
        std::string operands;
        for (const StepOperand &operand : step.operands) {
            operands +=
                operand.buffer.name + " at " + place(operand) + (&operand == &step.operands.back() ? "" : ", ");
        }
        line(text, "operands", operands);
        line(text, "share", std::to_string(std::lround(100 * shares[i])) + " % of the predicted time");
        for (const ZeroRange &zero : step.zeros) {
            line(text, "clears",
                 std::to_string(zero.count) + " x " + std::to_string(zero.bytes) + " bytes at arena+" +
                     std::to_string(zero.offset));
        }
    }
    for (const ZeroRange &zero : plan.zeros) {
        text << "  once: clears " << zero.bytes << " bytes at arena+" << zero.offset << "\n";
    }
    return text.str();
}

}  // namespace ingot
