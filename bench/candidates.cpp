// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/candidates.h"
#include "bench/kernel_contenders.h"
#include <algorithm>
#include <set>

namespace ingot {

namespace {

constexpr double most_cost_ratio = 2.0;

/// Which of a schedule's combinations, given in order of preference, to keep: their indices, in that order.
std::vector<std::size_t> keep_varied(const ScheduleInfo &schedule, const std::vector<ParamValues> &combinations,
                                     const std::vector<double> &costs, std::size_t limit) {
    std::set<std::size_t> kept;
    for (std::size_t i = 0; i < std::min(limit / 2, combinations.size()); ++i) {
        kept.insert(i);
    }
    for (std::size_t p = 0; p < schedule.params.size(); ++p) {
        for (int value : schedule.params[p].values) {
            const auto found = std::find_if(combinations.begin(), combinations.end(),
                                            [&](const ParamValues &values) { return values[p].second == value; });
            const auto i = static_cast<std::size_t>(found - combinations.begin());
            if (found != combinations.end() && kept.size() < limit && costs[i] <= most_cost_ratio * costs[0]) {
                kept.insert(i);
            }
        }
    }
    for (std::size_t i = 0; i < combinations.size() && kept.size() < limit; ++i) {
        kept.insert(i);
    }
    return {kept.begin(), kept.end()};
}

}  // namespace

std::vector<Choice> candidates_for(const KernelSpec &spec, const Target &target, std::size_t per_schedule,
                                   std::size_t &left_out) {
    std::vector<std::vector<Choice>> by_schedule;
    std::size_t longest = 0;
    left_out = 0;
    for (const Algorithm &algorithm : algorithms()) {
        if (algorithm.op != spec.op) {
            continue;
        }
        for (const ScheduleInfo *schedule : algorithm.schedules) {
            const std::vector<ParamValues> all = supported_params(*schedule, spec, target);
            std::vector<double> costs(all.size(), 1.0);
            for (std::size_t i = 0; i < all.size() && schedule->cost != nullptr; ++i) {
                costs[i] = schedule->cost(spec, target, all[i]);
            }
            std::vector<Choice> &kept = by_schedule.emplace_back();
            for (std::size_t i : keep_varied(*schedule, all, costs, per_schedule)) {
                kept.push_back({std::string(algorithm.name), schedule->name, all[i]});
            }
            left_out += all.size() - kept.size();
            longest = std::max(longest, kept.size());
        }
    }
    std::vector<Choice> result;
    for (std::size_t i = 0; i < longest; ++i) {
        for (const std::vector<Choice> &kept : by_schedule) {
            if (i < kept.size()) {
                result.push_back(kept[i]);
            }
        }
    }
    return result;
}

std::vector<Verdict> judge(const KernelSpec &spec, const std::vector<CodeFacts> &facts) {
    const bool depthwise = spec.groups > 1 && spec.groups == spec.ci && spec.groups == spec.co;
    const bool bound_by_cycles = spec.flops() >= least_flops_per_byte * operand_bytes(spec);
    std::optional<double> fewest_cycles;
    bool any_sums = false;
    int fewest_spills = facts.empty() ? 0 : facts[0].vector_spills;
    for (const CodeFacts &fact : facts) {
        if (fact.cycles_per_fma) {
            fewest_cycles = std::min(fewest_cycles.value_or(*fact.cycles_per_fma), *fact.cycles_per_fma);
        }
        any_sums = any_sums || fact.sums;
        fewest_spills = std::min(fewest_spills, fact.vector_spills);
    }
    std::vector<Verdict> verdicts;
    for (const CodeFacts &fact : facts) {
        const bool sums_nothing = any_sums && !fact.sums;
        const bool sums_slowly =
            bound_by_cycles && fact.cycles_per_fma && *fact.cycles_per_fma > most_cycles_ratio * *fewest_cycles;
        Verdict verdict = Verdict::timed;
        if (fact.vector_spills > 0 && !depthwise) {
            verdict = Verdict::spills;
        } else if (fact.code_bytes > most_code_bytes) {
            verdict = Verdict::code_size;
        } else if (sums_nothing || sums_slowly) {
            verdict = Verdict::cycles;
        }
        verdicts.push_back(verdict);
    }
    if (std::find(verdicts.begin(), verdicts.end(), Verdict::timed) == verdicts.end()) {
        for (std::size_t i = 0; i < facts.size(); ++i) {
            if (facts[i].vector_spills == fewest_spills) {
                verdicts[i] = Verdict::timed;
            }
        }
    }
    return verdicts;
}

}  // namespace ingot
