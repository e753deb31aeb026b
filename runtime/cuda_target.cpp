// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cuda_target.h"
#include <cstring>

namespace ingot {
namespace {

bool has_name(const CudaTarget &target, const char *name) {
    return name == nullptr || std::strcmp(target.plans->target, name) == 0;
}

bool runs_cubin(const ingot_cuda_plan &plan, uint32_t capability) {
    return plan.sm != 0 && plan.sm / 10 == capability / 10 && plan.sm <= capability;
}

/// Machine code before PTX; then the architecture, where PTX is alike that of the machine code beside it.
uint64_t rank(const ingot_cuda_plan &plan, bool takes_cubin) {
    const uint64_t architecture = takes_cubin ? plan.sm : plan.compute;
    return (uint64_t{takes_cubin} << 62U) + (architecture << 31U) + plan.sm;
}

uint32_t needed_capability(const ingot_cuda_plan &plan) {
    return plan.sm != 0 && plan.sm < plan.compute ? plan.sm : plan.compute;
}

}  // namespace

CudaTarget next_target(const ingot_model &model, const CudaTarget &previous) {
    CudaTarget target;
    target.plans = previous.plans == nullptr ? model.cuda_plans : previous.plans + previous.count;
    const ingot_cuda_plan *end = model.cuda_plans + model.cuda_plan_count;
    while (target.plans + target.count != end && has_name(target, target.plans[target.count].target)) {
        ++target.count;
    }
    return target;
}

ingot_status choose_target(const ingot_model &model, const char *name, uint32_t capability, CudaTarget *target) {
    ingot_status status = name != nullptr ? INGOT_UNKNOWN_LEVEL : INGOT_UNSUPPORTED_DEVICE;
    uint64_t best = 0;
    for (CudaTarget next = next_target(model, {}); next.count > 0; next = next_target(model, next)) {
        if (!has_name(next, name)) {
            continue;
        }
        next.takes_cubin = runs_cubin(*next.plans, capability);
        const uint64_t next_rank = rank(*next.plans, next.takes_cubin);
        if (next.takes_cubin || next.plans->compute <= capability) {
            if (status != INGOT_OK || next_rank > best) {
                *target = next;
                best = next_rank;
            }
            status = INGOT_OK;
        } else if (status != INGOT_OK) {
            status = INGOT_UNSUPPORTED_DEVICE;
        }
    }
    return status;
}

uint32_t lowest_capability(const ingot_model &model, const char *name) {
    uint32_t lowest = UINT32_MAX;
    for (CudaTarget target = next_target(model, {}); target.count > 0; target = next_target(model, target)) {
        const uint32_t needed = needed_capability(*target.plans);
        lowest = has_name(target, name) && needed < lowest ? needed : lowest;
    }
    return lowest;
}

uint64_t host_bytes(const ingot_model &model, const CudaTarget &target) {
    uint64_t steps = 0;
    uint64_t arguments = 0;
    for (uint32_t i = 0; i < target.count; ++i) {
        steps += target.plans[i].step_count;
        arguments += target.plans[i].argument_count;
    }
    const uint64_t ports = uint64_t{model.input_count} + model.output_count;
    return INGOT_CUDA_SESSION_BYTES(ports, uint64_t{target.count}, steps, arguments);
}

uint64_t largest_arena(const CudaTarget &target) {
    uint64_t largest = 0;
    for (uint32_t i = 0; i < target.count; ++i) {
        largest = target.plans[i].arena_bytes > largest ? target.plans[i].arena_bytes : largest;
    }
    return largest;
}

uint64_t largest_batch(const CudaTarget &target) {
    uint64_t largest = 1;
    for (uint32_t i = 0; i < target.count; ++i) {
        largest = target.plans[i].max_images > largest ? target.plans[i].max_images : largest;
    }
    return largest;
}

}  // namespace ingot
