// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/plan_c.h"
#include <filesystem>
#include <nlohmann/json.hpp>

namespace ingot {

namespace {

using Json = nlohmann::ordered_json;

Json ports(const std::vector<Port> &list) {
    Json result = Json::array();
    for (const Port &port : list) {
        result.push_back({{"name", port.name}, {"type", "float32"}, {"shape", port.shape}});
    }
    return result;
}

Json plan_json(const Plan &plan, const std::vector<StepKernel> &kernels, int64_t code_bytes) {
    Json steps = Json::array();
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const Step &step = plan.steps[i];
        Json entry = {{"name", step.name}};
        if (step.spec) {
            const StepKernel &kernel = kernels[i];
            entry["kernel"] = to_text(*step.spec);
            entry["choice"] = to_text(step.choice);
            entry["why"] = step.why;
            if (step.second) {
                entry["second"] = to_text(*step.second);
            }
            entry["symbol"] = kernel.symbol;
            entry["flops"] = static_cast<int64_t>(step.spec->flops());
            entry["code_bytes"] = kernel.code_bytes;
            entry["scratch_bytes"] = kernel.scratch_bytes;
            entry["stack_bytes"] = kernel.stack_bytes;
        } else {
            entry["kernel"] = "copy";
        }
        steps.push_back(std::move(entry));
    }
    return {{"target", plan.target->name},
            {"arena_bytes", plan.arena_bytes},
            {"code_bytes", code_bytes},
            {"steps", steps}};
}

}  // namespace

std::string manifest(const LoweredModel &model, const ModelFacts &facts, const std::string &generator) {
    Json plans = Json::array();
    for (std::size_t i = 0; i < model.plans.size(); ++i) {
        plans.push_back(plan_json(model.plans[i], facts.kernels[i], facts.code_bytes(i)));
    }
    const Json result = {
        {"name", model.name},
        {"source", std::filesystem::path(model.source).filename().string()},
        {"source_hash", model.source_hash},
        {"ingot", facts.version},
        {"generator", generator},
        {"c_compiler", facts.c_compiler},
        {"build_hash", facts.build_hash},
        {"inputs", ports(model.inputs)},
        {"outputs", ports(model.outputs)},
        {"session_bytes", facts.session_bytes(model)},
        {"stack_bytes", facts.stack_bytes()},
        {"weights_bytes", model.weights.size() * sizeof(float)},
        {"runtime_bytes", facts.runtime_bytes},
        {"plans", plans},
    };
    return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ingot
