// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/c_names.h"
#include "compiler/library/plan_c.h"
#include <filesystem>
#include <nlohmann/json.hpp>

namespace ingot {

namespace {

using Json = nlohmann::ordered_json;

Json ports(const std::vector<Port> &list) {
    Json result = Json::array();
    for (const Port &port : list) {
        result.push_back({{"name", port.name}, {"type", numpy_type(port.type)}, {"shape", port.shape}});
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
            if (kernel.cuda) {
                entry["device"] = {{"registers", kernel.cuda->registers},
                                   {"stack_bytes", kernel.cuda->stack_bytes},
                                   {"spill_bytes", kernel.cuda->spill_bytes},
                                   {"shared_bytes", kernel.cuda->shared_bytes},
                                   {"threads", kernel.cuda->threads}};
            } else {
                entry["scratch_bytes"] = kernel.scratch_bytes;
                entry["stack_bytes"] = kernel.stack_bytes;
                entry["parallel"] = kernel.parallel;
            }
        } else {
            entry["kernel"] = "copy";
        }
        steps.push_back(std::move(entry));
    }
    Json result = {{"target", plan.target->name}};
    if (plan.is_cuda()) {
        result["min_images"] = plan.min_images;
        result["max_images"] = plan.max_images;
    }
    result["arena_bytes"] = plan.arena_bytes;
    result["code_bytes"] = code_bytes;
    result["steps"] = std::move(steps);
    return result;
}

}  // namespace

std::string manifest(const LoweredModel &model, const ModelFacts &facts, const std::string &generator) {
    Json plans = Json::array();
    for (std::size_t i = 0; i < model.plans.size(); ++i) {
        plans.push_back(plan_json(model.plans[i], facts.kernels[i], facts.code_bytes(i)));
    }
    Json result = {
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
        {"weights_bytes", bytes_of(model.weights).size()},
        {"runtime_bytes", facts.runtime_bytes},
    };
    if (facts.weights_form == WeightsForm::file) {
        result["weights_file"] = {{"name", model.name + ".weights"},
                                  {"bytes", facts.weights_file_bytes(model)},
                                  {"hash", weights_hash_text(facts.weights_hash)}};
    }
    if (!facts.ptxas.empty()) {
        result["ptxas"] = facts.ptxas;
    }
    if (const int64_t bytes = facts.device_bytes(model); bytes > 0) {
        result["device_bytes"] = bytes;
    }
    result["plans"] = std::move(plans);
    return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ingot
