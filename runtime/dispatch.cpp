// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/dispatch.h"
#include "runtime/cpu.h"
#include <cstring>

namespace ingot {
namespace {

uint64_t missing_bits(const ingot_plan &plan, uint64_t cpu_features) {
    return plan.cpu_features & ~cpu_features;
}

const ingot_plan *find_plan(const ingot_model &model, const char *level) {
    for (uint32_t i = 0; i < model.plan_count; ++i) {
        if (std::strcmp(model.plans[i].level, level) == 0) {
            return &model.plans[i];
        }
    }
    return nullptr;
}

const ingot_plan *highest_plan(const ingot_model &model, uint64_t cpu_features) {
    for (uint32_t i = model.plan_count; i > 0; --i) {
        if (missing_bits(model.plans[i - 1], cpu_features) == 0) {
            return &model.plans[i - 1];
        }
    }
    return nullptr;
}

}  // namespace

ingot_status choose_plan(const ingot_model &model, const char *level, uint64_t cpu_features,
                         const ingot_plan **plan) {
    *plan = nullptr;
    if (level == nullptr) {
        *plan = highest_plan(model, cpu_features);
        return *plan != nullptr ? INGOT_OK : INGOT_UNSUPPORTED_CPU;
    }
    const ingot_plan *named = find_plan(model, level);
    if (named == nullptr) {
        return INGOT_UNKNOWN_LEVEL;
    }
    if (missing_bits(*named, cpu_features) != 0) {
        return INGOT_UNSUPPORTED_CPU;
    }
    *plan = named;
    return INGOT_OK;
}

const char *missing_cpu_feature(const ingot_model &model, const char *level, uint64_t cpu_features) {
    const ingot_plan *lowest = model.plan_count > 0 ? &model.plans[0] : nullptr;
    const ingot_plan *plan = level != nullptr ? find_plan(model, level) : lowest;
    return plan != nullptr ? first_cpu_feature_name(missing_bits(*plan, cpu_features)) : nullptr;
}

}  // namespace ingot
