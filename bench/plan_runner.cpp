// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/plan_runner.h"
#include "harness/kernel_problem.h"
#include "spec/error.h"
#include <algorithm>
#include <cstring>
#include <random>

namespace ingot {

namespace {

unsigned char *aligned(unsigned char *address) {
    const auto value = reinterpret_cast<std::uintptr_t>(address);
    return address + (session_alignment - value % session_alignment) % session_alignment;
}

/// Floats of a normal distribution; booleans and integers of 0 and 1, which index any table.
void fill_random(unsigned char *data, const Port &port, uint32_t seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> real;
    const auto element = static_cast<std::size_t>(byte_size(port.type));
    for (int64_t i = 0; i < port.size(); ++i, data += element) {
        const float value = real(random);
        if (port.type == DataType::f32) {
            std::memcpy(data, &value, sizeof value);
        } else {
            *data = value > 0.0f ? 1 : 0;  // the lowest byte; the rest is zero
        }
    }
}

}  // namespace

PlanRunner::Memory::Memory(std::size_t bytes)
    : storage_(bytes + session_alignment, 0), data_(aligned(storage_.data())) {}

PlanRunner::PlanRunner(const LoweredModel &model, const Plan &plan, const EmitOptions &options)
    : weights_(model.weights.size() * sizeof(float)), arena_(static_cast<std::size_t>(plan.arena_bytes)) {
    std::memcpy(weights_.data(), model.weights.data(), model.weights.size() * sizeof(float));
    for (const Port &port : model.inputs) {
        inputs_.emplace_back(static_cast<std::size_t>(port.bytes()));
        fill_random(inputs_.back().data(), port, static_cast<uint32_t>(inputs_.size()));
    }
    for (const Port &port : model.outputs) {
        outputs_.emplace_back(static_cast<std::size_t>(port.bytes()));
    }
    std::vector<KernelRequest> requests;
    for (const Step &step : plan.steps) {
        if (step.spec) {
            requests.push_back({*step.spec, step.choice, plan.target, KernelForm::shipped});
        }
    }
    kernels_ = std::make_unique<LoadedKernels>(requests, options);
    std::size_t next = 0;
    for (const Step &step : plan.steps) {
        if (step.spec) {
            reserve_scratch(kernels_->info(next).scratch_bytes);
        }
        bind(step, step.spec ? kernels_->function(next++) : nullptr);
    }
}

void PlanRunner::reserve_scratch(int64_t bytes) {
    const auto size = static_cast<std::size_t>(bytes);
    if (size > context_.size || scratch_.empty()) {
        scratch_.assign(size + session_alignment, 0);
        context_.scratch = aligned(scratch_.data());
        context_.size = size;
    }
}

unsigned char *PlanRunner::region(const StepOperand &operand) const {
    const auto index = static_cast<std::size_t>(operand.index);
    switch (operand.region) {
    case Region::input:
        return inputs_[index].data();
    case Region::output:
        return outputs_[index].data();
    case Region::weights:
        return weights_.data();
    case Region::arena:
        break;
    }
    return arena_.data();
}

void PlanRunner::bind(const Step &step, KernelFunction kernel) {
    BoundStep &bound = steps_.emplace_back();
    bound.kernel = kernel;
    bound.zeros = step.zeros;
    const KernelBuffer &first = step.operands.front().buffer;
    bound.bytes = static_cast<std::size_t>(first.elements * byte_size(first.type));
    bound.buffers.reserve(step.operands.size());
    bound.argv.push_back(&context_pointer_);
    for (const StepOperand &operand : step.operands) {
        bound.buffers.emplace_back(operand.buffer, region(operand) + operand.offset);
        bound.argv.push_back(bound.buffers.back().get());
    }
}

void PlanRunner::run_step(BoundStep &step, KernelFunction kernel) {
    for (const ZeroRange &zero : step.zeros) {
        for (int64_t i = 0; i < zero.count; ++i) {
            std::memset(arena_.data() + zero.offset + i * zero.stride, 0, static_cast<std::size_t>(zero.bytes));
        }
    }
    if (kernel == nullptr) {
        std::memmove(step.buffers[1].get()->host, step.buffers[0].get()->host, step.bytes);
        return;
    }
    context_.used = 0;
    context_.error = 0;
    if (kernel(step.argv.data()) != 0 || context_.error != 0) {
        throw Error("a kernel failed with error " + std::to_string(context_.error));
    }
}

void PlanRunner::run_others(std::size_t index) {
    for (std::size_t i = 1; i < steps_.size(); ++i) {
        BoundStep &step = steps_[(index + i) % steps_.size()];
        run_step(step, step.kernel);
    }
}

}  // namespace ingot
