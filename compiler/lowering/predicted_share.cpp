// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/predicted_share.h"
#include <algorithm>
#include <numeric>

namespace ingot {

namespace {

constexpr double usual_efficiency = 0.8;

bool is_reference(const Step &step) {
    return step.spec && step.choice.schedule.ends_with("_reference");
}

/// Per cycle of the CPU: two units of a multiplication and an addition a lane where they are fused, else half of
/// it. The bandwidth of 8 bytes a cycle is that of a second-level cache that is shared by loads and stores. On CUDA
/// all of it counts for a warp, whose share of the memory's bandwidth is as large.
constexpr double bandwidth = 8.0;

double peak(const Target &target) {
    return target.lanes() * (target.has_fma ? 4.0 : 2.0);
}

double efficiency(const Step &step, const Plan &plan) {
    if (is_reference(step)) {
        return plain_share;
    }
    const TunedRow *row = measured_row(step.choice, *step.spec, *plan.target, {.cpu = plan.cpu});
    const std::optional<double> percent = row == nullptr ? std::nullopt : row->chain ? row->chain : row->hot;
    return percent && *percent > 0.0 ? *percent / 100.0 : usual_efficiency;
}

double predicted_cycles(const Step &step, const Plan &plan) {
    double bytes = 0.0;
    for (const StepOperand &operand : step.operands) {
        bytes += static_cast<double>(operand.buffer.elements * byte_size(operand.buffer.type));
    }
    const double memory = bytes / bandwidth;
    return step.spec ? step.spec->flops() / (efficiency(step, plan) * peak(*plan.target)) + memory : memory;
}

}  // namespace

std::vector<double> predicted_shares(const Plan &plan) {
    std::vector<double> shares;
    for (const Step &step : plan.steps) {
        shares.push_back(predicted_cycles(step, plan));
    }
    const double all = std::accumulate(shares.begin(), shares.end(), 0.0);
    for (double &share : shares) {
        share /= all;
    }
    return shares;
}

int64_t predicted_time(const Plan &plan) {
    constexpr double cycles_per_nanosecond = 3.0, call = 20.0;
    double time = 0.0;
    for (const Step &step : plan.steps) {
        time += call + predicted_cycles(step, plan) / cycles_per_nanosecond;
    }
    return static_cast<int64_t>(time);
}

std::vector<SlowStep> slow_steps(const LoweredModel &model) {
    std::vector<SlowStep> slow;
    for (const Plan &plan : model.plans) {
        const std::vector<double> shares = predicted_shares(plan);
        for (std::size_t i = 0; i < plan.steps.size(); ++i) {
            const Step &step = plan.steps[i];
            if (!is_reference(step) || step.why.starts_with(asked_for) || shares[i] <= slow_share) {
                continue;
            }
            const std::string kernel = shape_text(*step.spec);
            const auto known = std::find_if(slow.begin(), slow.end(), [&](const SlowStep &other) {
                return other.step == step.name && other.kernel == kernel;
            });
            SlowStep &entry = known != slow.end() ? *known : slow.emplace_back();
            entry.step = step.name;
            entry.kernel = kernel;
            entry.targets.emplace_back(plan.target->name);
            entry.share = std::max(entry.share, shares[i]);
        }
    }
    std::stable_sort(slow.begin(), slow.end(),
                     [](const SlowStep &a, const SlowStep &b) { return a.share > b.share; });
    return slow;
}

}  // namespace ingot
