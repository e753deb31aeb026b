// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/choose.h"
#include "spec/error.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace ingot {

namespace {

/// Calls `visit` with every combination of values, the last parameter running fastest.
template<typename Visit>
void for_each_combination(const std::vector<Param> &params, const Visit &visit) {
    ParamValues values;
    for (const Param &param : params) {
        values.emplace_back(param.name, param.values.front());
    }
    std::vector<std::size_t> index(params.size(), 0);
    for (;;) {
        visit(std::as_const(values));
        std::size_t i = params.size();
        while (i > 0 && index[i - 1] + 1 == params[i - 1].values.size()) {
            --i;
            index[i] = 0;
            values[i].second = params[i].values.front();
        }
        if (i == 0) {
            return;
        }
        values[i - 1].second = params[i - 1].values[++index[i - 1]];
    }
}

/// Kernels for CUDA read f32.
bool has_weights_for(const Target &target, const KernelSpec &spec) {
    return target.device == Device::cpu ||
           (spec.weights.type == DataType::f32 &&
            std::all_of(spec.layers.begin(), spec.layers.end(),
                        [](const KernelSpec &layer) { return layer.weights.type == DataType::f32; }));
}

bool supports(const ScheduleInfo &schedule, const KernelSpec &spec, const Target &target,
              const ParamValues &values) {
    return schedule.device() == target.device && has_weights_for(target, spec) &&
           schedule.supports(spec, target, values);
}

/// The supported combination of the lowest cost, the first of equals: supported_params(...).front() with less work.
std::optional<ParamValues> default_params(const ScheduleInfo &schedule, const KernelSpec &spec,
                                          const Target &target) {
    std::optional<ParamValues> best;
    double lowest = 0;
    for_each_combination(schedule.params, [&](const ParamValues &values) {
        if ((best && schedule.cost == nullptr) || !supports(schedule, spec, target, values)) {
            return;
        }
        const double cost = schedule.cost == nullptr ? 0.0 : schedule.cost(spec, target, values);
        if (!best || cost < lowest) {
            best = values;
            lowest = cost;
        }
    });
    return best;
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

bool allows(Numerics numerics, const Choice &choice) {
    const auto is_direct = [&](const Algorithm &algorithm) {
        return algorithm.direct && algorithm.name == choice.algorithm;
    };
    return numerics == Numerics::standard || std::any_of(algorithms().begin(), algorithms().end(), is_direct);
}

/// The schedule of a choice that may be out of date; null where there is none for this op.
const ScheduleInfo *schedule_for(const Choice &choice, Op op) {
    for (const Algorithm &algorithm : algorithms()) {
        for (const ScheduleInfo *schedule : algorithm.schedules) {
            if (algorithm.op == op && algorithm.name == choice.algorithm && schedule->name == choice.schedule) {
                return schedule;
            }
        }
    }
    return nullptr;
}

/// True where these are the schedule's parameters, in its order, each with a value that it offers.
bool offers(const ScheduleInfo &schedule, const ParamValues &values) {
    return std::equal(values.begin(), values.end(), schedule.params.begin(), schedule.params.end(),
                      [](const auto &value, const Param &param) {
                          return value.first == param.name && std::find(param.values.begin(), param.values.end(),
                                                                        value.second) != param.values.end();
                      });
}

/// Kernels between which a measured choice may pass: the same windows, one image or several, and groups that leave
/// a group of the same kind: all channels, one, or some. A tensor op is near none but itself.
bool same_class(const KernelSpec &a, const KernelSpec &b) {
    const auto kind = [](const KernelSpec &spec) { return spec.groups == 1 ? 0 : spec.is_depthwise() ? 1 : 2; };
    const auto same_window = [](const Window &v, const Window &w) {
        return v.kernel == w.kernel && v.stride == w.stride && v.dilation == w.dilation;
    };
    return a.op == b.op && !is_tensor_op(a.op) && same_window(a.window, b.window) && kind(a) == kind(b) &&
           (a.n == 1) == (b.n == 1) && a.pool.has_value() == b.pool.has_value() &&
           (!a.pool || same_window(*a.pool, *b.pool)) &&
           std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(), b.layers.end(), same_class);
}

double distance(const KernelSpec &a, const KernelSpec &b) {
    const auto between = [](int64_t x, int64_t y) {
        return std::abs(std::log2(static_cast<double>(x) / static_cast<double>(y)));
    };
    return between(a.h, b.h) + between(a.w, b.w) + between(a.ci, b.ci) + between(a.co, b.co);
}

/// The ways to choose for one kernel.
class Choosing {
public:
    Choosing(const KernelSpec &spec, const Target &target, const ChooseOptions &options)
        : spec_(spec), target_(target), numerics_(options.numerics),
          table_(options.tables == nullptr ? built_in_table() : *options.tables), cpus_({options.cpu}) {
        if (options.cpu != generic_cpu) {
            cpus_.push_back(generic_cpu);
        }
    }

    [[nodiscard]] Chosen best() const {
        for (std::string_view cpu : cpus_) {
            const TunedRow *row = table_.find(shape_text(spec_), target_.name, cpu);
            if (row == nullptr || !is_supported(row->choice, spec_, target_) || !allows(numerics_, row->choice)) {
                continue;
            }
            if (!widens(row->choice)) {
                return {row->choice, "tuned", second_of(*row)};
            }
            if (std::optional<Choice> choice = adapted(*row)) {
                Chosen chosen{std::move(*choice), "tuned on f32 weights", std::nullopt};
                chosen.second = second_by_rule(chosen.choice);
                return chosen;
            }
        }
        for (std::string_view cpu : cpus_) {
            if (std::optional<Chosen> near = nearest(cpu)) {
                return *near;
            }
        }
        return rule();
    }

    /// `other` behind `choice`, by their costs where both have one.
    [[nodiscard]] Second estimated(const Choice &other, const Choice &choice) const {
        const std::optional<double> cost = estimated_cost(choice, spec_, target_);
        const std::optional<double> other_cost = estimated_cost(other, spec_, target_);
        return {other, cost && other_cost ? std::optional(*cost / *other_cost) : std::nullopt, false};
    }

private:
    /// Rows are measured on f32. A convolution that widens its weights may want more pixels to a vector of them;
    /// those of Winograd algorithms stay f32.
    [[nodiscard]] bool widens(const Choice &choice) const {
        return spec_.first().weights.type != DataType::f32 && spec_.op != Op::gemm &&
               find_algorithm(choice.algorithm).exact;
    }

    /// The runner-up of the measurement where it can still be taken, else what the rule says.
    [[nodiscard]] std::optional<Second> second_of(const TunedRow &row) const {
        if (row.runner_up && is_supported(*row.runner_up, spec_, target_) && allows(numerics_, *row.runner_up)) {
            return Second{*row.runner_up, row.runner_speed, true};
        }
        return second_by_rule(row.choice);
    }

    [[nodiscard]] std::optional<Second> second_by_rule(const Choice &choice) const {
        Chosen by_rule = rule();
        return by_rule.choice == choice ? std::move(by_rule.second)
                                        : std::optional(estimated(by_rule.choice, choice));
    }

    [[nodiscard]] Chosen rule() const {
        struct Ranked {
            int priority;
            double cost;
            Choice choice;
        };
        std::vector<Ranked> ranked;
        for (Choice &choice : supported_choices(spec_, target_, false)) {
            if (!allows(numerics_, choice)) {
                continue;
            }
            const ScheduleInfo &schedule = find_schedule(find_algorithm(choice.algorithm), choice.schedule);
            const double cost = estimated_cost(choice, spec_, target_).value_or(0.0);
            ranked.push_back({schedule.priority, cost, std::move(choice)});
        }
        INGOT_CHECK(!ranked.empty(), "no schedule supports " + to_text(spec_));
        std::stable_sort(ranked.begin(), ranked.end(), [](const Ranked &a, const Ranked &b) {
            return a.priority != b.priority ? a.priority > b.priority : a.cost < b.cost;
        });
        Chosen chosen{ranked[0].choice, "rule", std::nullopt};
        if (ranked.size() > 1) {
            chosen.second = estimated(ranked[1].choice, chosen.choice);
        }
        return chosen;
    }

    [[nodiscard]] std::optional<Chosen> nearest(std::string_view cpu) const {
        std::vector<std::pair<double, const TunedRow *>> near;
        for (const TunedRow &row : table_.rows()) {
            if (row.target == target_.name && row.cpu == cpu && same_class(row.spec, spec_)) {
                if (const double far = distance(row.spec, spec_); far <= nearest_limit) {
                    near.emplace_back(far, &row);
                }
            }
        }
        std::stable_sort(near.begin(), near.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
        for (const auto &[far, row] : near) {
            if (std::optional<Choice> choice = adapted(*row)) {
                Chosen chosen{std::move(*choice), "nearest: " + shape_text(row->spec), std::nullopt};
                chosen.second = second_by_rule(chosen.choice);
                return chosen;
            }
        }
        return std::nullopt;
    }

    // A measurement that prefers parameters to those of the lowest cost corrects the cost by a factor. It holds
    // here where the same parameters lose no more by the cost than they do there; where they lose more, the tile
    // does not fit these extents, and the cost decides.
    [[nodiscard]] std::optional<Choice> adapted(const TunedRow &row) const {
        constexpr double tolerance = 1.02;
        if (!is_supported(row.choice, row.spec, target_) || !allows(numerics_, row.choice)) {
            return std::nullopt;  // out of date, or ruled out
        }
        const ScheduleInfo *schedule = schedule_for(row.choice, spec_.op);
        const std::optional<ParamValues> here = default_params(*schedule, spec_, target_);
        if (!here) {
            return std::nullopt;
        }
        Choice by_cost{row.choice.algorithm, row.choice.schedule, *here};
        if (!is_supported(row.choice, spec_, target_)) {
            return by_cost;
        }
        if (schedule->cost == nullptr) {
            return row.choice;
        }
        const auto loss = [&](const KernelSpec &spec, const ParamValues &lowest) {
            return schedule->cost(spec, target_, row.choice.params) / schedule->cost(spec, target_, lowest);
        };
        const std::optional<ParamValues> there = default_params(*schedule, row.spec, target_);
        return loss(spec_, *here) <= loss(row.spec, *there) * tolerance ? row.choice : by_cost;
    }

    const KernelSpec &spec_;
    const Target &target_;
    Numerics numerics_;
    const TunedTable &table_;
    std::vector<std::string_view> cpus_;  ///< in the order in which their rows are asked
};

}  // namespace

std::vector<ParamValues> supported_params(const ScheduleInfo &schedule, const KernelSpec &spec,
                                          const Target &target) {
    std::vector<std::pair<double, ParamValues>> ranked;
    for_each_combination(schedule.params, [&](const ParamValues &values) {
        if (supports(schedule, spec, target, values)) {
            const double cost = schedule.cost == nullptr ? 0.0 : schedule.cost(spec, target, values);
            ranked.emplace_back(cost, values);
        }
    });
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    std::vector<ParamValues> result;
    for (auto &[cost, values] : ranked) {
        result.push_back(std::move(values));
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
            std::vector<ParamValues> combinations;
            if (all_params) {
                combinations = supported_params(*schedule, spec, target);
            } else if (std::optional<ParamValues> values = default_params(*schedule, spec, target)) {
                combinations.push_back(std::move(*values));
            }
            for (ParamValues &values : combinations) {
                result.push_back({std::string(algorithm.name), schedule->name, std::move(values)});
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

const TunedRow *measured_row(const Choice &choice, const KernelSpec &spec, const Target &target,
                             const ChooseOptions &options) {
    const TunedTable &table = options.tables == nullptr ? built_in_table() : *options.tables;
    for (const std::string_view cpu : {std::string_view(options.cpu), generic_cpu}) {
        const TunedRow *row = table.find(shape_text(spec), target.name, cpu);
        if (row != nullptr && row->choice == choice) {
            return row;
        }
    }
    return nullptr;
}

ExpectedCost expected_cost(const Chosen &chosen, const KernelSpec &spec, const Target &target,
                           const ChooseOptions &options) {
    const double fmas = spec.flops() / 2 / target.lanes();
    ExpectedCost cost{estimated_cost(chosen.choice, spec, target).value_or(1 / plain_share) * fmas, std::nullopt};
    const TunedRow *row = measured_row(chosen.choice, spec, target, options);
    if (row != nullptr && row->chain && *row->chain > 0) {
        cost.in_chain = 100.0 / *row->chain * fmas;
    }
    return cost;
}

std::optional<double> estimated_cost(const Choice &choice, const KernelSpec &spec, const Target &target) {
    const ScheduleInfo &schedule = find_schedule(find_algorithm(choice.algorithm), choice.schedule);
    return schedule.cost == nullptr ? std::nullopt : std::optional(schedule.cost(spec, target, choice.params));
}

bool is_supported(const Choice &choice, const KernelSpec &spec, const Target &target) {
    const ScheduleInfo *schedule = schedule_for(choice, spec.op);
    return schedule != nullptr && offers(*schedule, choice.params) &&
           supports(*schedule, spec, target, choice.params);
}

namespace {

/// What may support a kernel that a schedule does not.
std::string way_out(const Algorithm &algorithm, const Target &target) {
    const std::string reference = target.device == Device::cuda ? "cuda_reference" : "cpu_reference";
    const bool has_reference =
        std::any_of(algorithm.schedules.begin(), algorithm.schedules.end(),
                    [&](const ScheduleInfo *schedule) { return schedule->name == reference; });
    return has_reference ? reference + " or other parameters" : "another schedule or other parameters";
}

}  // namespace

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
                "; try " + way_out(algorithm, target));
}

Chosen choose(const KernelSpec &spec, const Target &target, const ChooseOptions &options) {
    const Choosing choosing(spec, target, options);
    if (!options.asked) {
        return choosing.best();
    }
    Chosen chosen{complete(*options.asked, spec, target), std::string(asked_for), std::nullopt};
    if (!allows(options.numerics, chosen.choice)) {
        throw Error(to_text(*options.asked) + ": " + chosen.choice.algorithm +
                    " saves multiplications, which numerics exact rules out; ask for an algorithm of direct sums");
    }
    if (Chosen other = choosing.best(); other.choice != chosen.choice) {
        chosen.second = choosing.estimated(other.choice, chosen.choice);
    } else {
        chosen.second = std::move(other.second);
    }
    return chosen;
}

std::string to_text(const Second &second) {
    const std::string name = to_text(second.choice);
    if (!second.speed || *second.speed <= 0) {
        return name + ", by how much is unknown";
    }
    char times[32];
    std::snprintf(times, sizeof times, "%.2f", 1 / *second.speed);
    return name + ", takes " + times + " x the time (" + (second.measured ? "measured" : "estimated") + ")";
}

Layouts layouts_of(const Choice &choice, const KernelSpec &spec, const Target &target) {
    return find_schedule(find_algorithm(choice.algorithm), choice.schedule).layouts(spec, target, choice.params);
}

}  // namespace ingot
