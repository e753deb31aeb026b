// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/choose.h"
#include "spec/error.h"
#include <algorithm>

namespace ingot {

namespace {

/// Every combination of values, the last parameter running fastest.
std::vector<ParamValues> combinations(const std::vector<Param> &params) {
    std::vector<ParamValues> result = {{}};
    for (const Param &param : params) {
        std::vector<ParamValues> longer;
        for (const ParamValues &values : result) {
            for (int value : param.values) {
                longer.push_back(values);
                longer.back().emplace_back(param.name, value);
            }
        }
        result = std::move(longer);
    }
    return result;
}

bool agrees(const ParamValues &values, const ParamValues &asked) {
    return std::all_of(asked.begin(), asked.end(), [&](const auto &a) {
        return std::any_of(values.begin(), values.end(), [&](const auto &v) { return v == a; });
    });
}

void check_params(const ScheduleInfo &schedule, const Choice &asked) {
    for (const auto &[name, value] : asked.params) {
        std::string known;
        const Param *found = nullptr;
        for (const Param &param : schedule.params) {
            known += (known.empty() ? "" : ", ") + param.name;
            found = param.name == name ? &param : found;
        }
        if (found == nullptr) {
            throw Error(to_text(asked) + ": unknown parameter '" + name +
                        "'; known: " + (known.empty() ? "none" : known));
        }
        if (std::find(found->values.begin(), found->values.end(), value) == found->values.end()) {
            std::string values;
            for (int v : found->values) {
                values += (values.empty() ? "" : ", ") + std::to_string(v);
            }
            throw Error(to_text(asked) + ": " + name + "=" + std::to_string(value) +
                        " is not offered; use one of " + values);
        }
    }
}

Choice complete(const Choice &asked, const KernelSpec &spec, const Target &target) {
    const Algorithm &algorithm = find_algorithm(asked.algorithm);
    if (algorithm.op != spec.op) {
        throw Error(to_text(asked) + ": " + asked.algorithm + " computes " + std::string(to_text(algorithm.op)) +
                    ", not " + std::string(to_text(spec.op)));
    }
    const ScheduleInfo &schedule = find_schedule(algorithm, asked.schedule);
    check_params(schedule, asked);
    for (const ParamValues &values : supported_params(schedule, spec, target)) {
        if (agrees(values, asked.params)) {
            return {asked.algorithm, asked.schedule, values};
        }
    }
    throw Error(to_text(asked) + " does not support " + shape_text(spec) + " on " + std::string(target.name) +
                "; try cpu_reference or other parameters");
}

bool allows(Numerics numerics, const Choice &choice) {
    return numerics == Numerics::standard || find_algorithm(choice.algorithm).direct;
}

}  // namespace

std::vector<ParamValues> supported_params(const ScheduleInfo &schedule, const KernelSpec &spec,
                                          const Target &target) {
    std::vector<ParamValues> result;
    for (ParamValues &values : combinations(schedule.params)) {
        if (schedule.supports(spec, target, values)) {
            result.push_back(std::move(values));
        }
    }
    if (schedule.cost != nullptr) {
        std::stable_sort(result.begin(), result.end(), [&](const ParamValues &a, const ParamValues &b) {
            return schedule.cost(spec, target, a) < schedule.cost(spec, target, b);
        });
    }
    return result;
}

std::vector<Choice> supported_choices(const KernelSpec &spec, const Target &target, bool all_params) {
    std::vector<Choice> result;
    for (const Algorithm &algorithm : algorithms()) {
        if (algorithm.op != spec.op) {
            continue;
        }
        for (const ScheduleInfo *schedule : algorithm.schedules) {
            for (ParamValues &values : supported_params(*schedule, spec, target)) {
                result.push_back({std::string(algorithm.name), schedule->name, std::move(values)});
                if (!all_params) {
                    break;
                }
            }
        }
    }
    return result;
}

Numerics parse_numerics(std::string_view text) {
    if (text == "default" || text == "exact") {
        return text == "exact" ? Numerics::exact : Numerics::standard;
    }
    throw Error("unknown numerics '" + std::string(text) + "'; known: default, exact");
}

Chosen choose(const KernelSpec &spec, const Target &target, const ChooseOptions &options) {
    if (options.asked) {
        Choice choice = complete(*options.asked, spec, target);
        if (!allows(options.numerics, choice)) {
            throw Error(
                to_text(*options.asked) + ": " + choice.algorithm +
                " saves multiplications, which numerics exact rules out; ask for an algorithm of direct sums");
        }
        return {std::move(choice), "asked for"};
    }
    std::optional<Chosen> best;
    std::pair<int, double> best_rank;
    for (Choice &choice : supported_choices(spec, target, false)) {
        if (!allows(options.numerics, choice)) {
            continue;
        }
        const ScheduleInfo &schedule = find_schedule(find_algorithm(choice.algorithm), choice.schedule);
        const double cost = schedule.cost == nullptr ? 0.0 : schedule.cost(spec, target, choice.params);
        const std::pair rank(schedule.priority, -cost);
        if (!best || rank > best_rank) {
            best = Chosen{std::move(choice), "rule"};
            best_rank = rank;
        }
    }
    INGOT_CHECK(best.has_value(), "no schedule supports " + to_text(spec));
    return *best;
}

Layouts layouts_of(const Choice &choice, const KernelSpec &spec, const Target &target) {
    return find_schedule(find_algorithm(choice.algorithm), choice.schedule).layouts(spec, target, choice.params);
}

}  // namespace ingot
