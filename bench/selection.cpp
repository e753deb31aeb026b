// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/selection.h"
#include "bench/shapes.h"
#include "compiler/lowering/lower.h"
#include "compiler/passes/passes.h"
#include "harness/kernel_problem.h"
#include "harness/placements.h"
#include "schedules/choose.h"
#include "spec/error.h"
#include "spec/text.h"
#include <algorithm>
#include <array>
#include <set>

namespace ingot {

namespace {

constexpr std::array all_ops = {Op::conv2d, Op::conv2d_pool2d, Op::pool2d,   Op::gemm, Op::sequential,
                                Op::map,    Op::reduce,        Op::resample, Op::pad,  Op::matmul};

ScheduleFilter parse_filter(const std::string &text) {
    if (text.find('/') == std::string::npos) {
        const bool is_algorithm = std::any_of(algorithms().begin(), algorithms().end(),
                                              [&](const Algorithm &known) { return known.name == text; });
        return is_algorithm ? ScheduleFilter{text, "", {}} : ScheduleFilter{"", text, {}};
    }
    Choice choice = parse_choice(text);
    return {std::move(choice.algorithm), std::move(choice.schedule), std::move(choice.params)};
}

void check_known(const ScheduleFilter &filter) {
    std::set<std::string_view> names;
    for (const Algorithm &algorithm : algorithms()) {
        for (const ScheduleInfo *schedule : algorithm.schedules) {
            names.insert(schedule->name);
        }
    }
    if (filter.schedule.empty()) {
        return;
    }
    if (!filter.algorithm.empty()) {
        find_schedule(find_algorithm(filter.algorithm), filter.schedule);
    } else if (!names.contains(filter.schedule)) {
        throw Error("--schedules: unknown schedule '" + filter.schedule +
                    "'; known: " + join({names.begin(), names.end()}));
    }
}

bool ends_with(const std::string &text, std::string_view ending) {
    return text.size() > ending.size() && text.ends_with(ending);
}

std::vector<KernelSpec> shapes_of(const std::string &what) {
    if (ends_with(what, ".csv")) {
        return read_shapes(what);
    }
    if (!what.empty()) {
        return read_shapes(shapes_file(parse_op(what)));
    }
    std::vector<KernelSpec> shapes;
    for (Op op : all_ops) {
        const std::vector<KernelSpec> of_op = read_shapes(shapes_file(op));
        shapes.insert(shapes.end(), of_op.begin(), of_op.end());
    }
    return shapes;
}

/// Fills contests with the choices that the filters leave.
class Selector {
public:
    explicit Selector(const Selection &selection)
        : filters_(parse_schedule_filters(selection.schedules)), all_params_(selection.all_params) {}

    /// The choices for a kernel whose spec holds the layouts of src and dst; `chosen` is marked.
    [[nodiscard]] std::vector<Choice> choices(const KernelSpec &spec, const Target &target,
                                              const Choice &chosen) const {
        std::vector<Choice> result;
        const auto add = [&](const Choice &choice) {
            if (std::find(result.begin(), result.end(), choice) == result.end()) {
                result.push_back(choice);
            }
        };
        for (const Choice &choice : supported_choices(spec, target, all_params_)) {
            if (filters_.empty() ||
                std::any_of(filters_.begin(), filters_.end(),
                            [&](const ScheduleFilter &filter) { return filter.accepts(choice); })) {
                add(choice);
            }
        }
        if (filters_.empty()) {
            add(chosen);
        }
        add_filtered_params(spec, target, add);
        return result;
    }

private:
    /// A filter with parameters means them, not the default ones: the first supported combination that agrees.
    template<typename Add>
    void add_filtered_params(const KernelSpec &spec, const Target &target, const Add &add) const {
        if (std::all_of(filters_.begin(), filters_.end(),
                        [](const auto &filter) { return filter.params.empty(); })) {
            return;
        }
        const std::vector<Choice> all = supported_choices(spec, target, true);
        for (const ScheduleFilter &filter : filters_) {
            const auto found =
                std::find_if(all.begin(), all.end(), [&](const Choice &choice) { return filter.accepts(choice); });
            if (!filter.params.empty() && found != all.end()) {
                add(*found);
            }
        }
    }

    std::vector<ScheduleFilter> filters_;
    bool all_params_;
};

std::size_t place_of(const Choice &choice, const std::vector<Choice> &choices) {
    return static_cast<std::size_t>(std::find(choices.begin(), choices.end(), choice) - choices.begin());
}

std::vector<Contest> contests_of_shapes(const Selection &selection, const Selector &selector) {
    const std::vector<KernelSpec> shapes = shapes_of(selection.what);
    std::vector<Contest> contests;
    for (const Target *target : runnable_targets(selection.targets)) {
        for (const KernelSpec &shape : shapes) {
            const Choice chosen = choose(shape, *target).choice;
            Contest contest{shape_text(shape), {}, target, {}, 0};
            const std::vector<Choice> choices = selector.choices(shape, *target, chosen);
            contest.chosen = place_of(chosen, choices);
            for (const Choice &choice : choices) {
                contest.requests.push_back(
                    {with_layouts(shape, choice, *target), choice, target, KernelForm::shipped});
            }
            contests.push_back(std::move(contest));
        }
    }
    return contests;
}

/// The kernel of a step, `spec`, with another choice: the plan's buffers, but the weights packed as the choice
/// wants, and a border round src only where the choice wants one and the plan can give it.
KernelSpec with_choice(const Step &step, KernelSpec spec, const Choice &choice, const Target &target) {
    if (choice == step.choice) {
        return spec;
    }
    const bool border = step.operands[0].region == Region::arena && spec.src.order == DimOrder::nhwc;
    const KernelSpec result = with_layouts(with_src_halo(spec, {}), choice, target);
    return border ? result : with_src_halo(result, {});
}

std::vector<Contest> contests_of_model(const Selection &selection, const Selector &selector) {
    Graph graph = import_onnx(selection.what, selection.import);
    run_passes(graph);
    const LoweredModel model = lower(graph, "model", runnable_targets(selection.targets));
    std::vector<Contest> contests;
    for (const Plan &plan : model.plans) {
        for (const Step &step : plan.steps) {
            if (!step.spec) {
                continue;
            }
            KernelSpec spec = *step.spec;
            spec.in_place = -1;  // what runs again and again would read its own results
            const std::string kernel = to_text(spec);
            const auto same = std::find_if(contests.begin(), contests.end(), [&](const Contest &contest) {
                return contest.kernel == kernel && contest.target == plan.target;
            });
            if (same != contests.end()) {
                same->nodes.push_back(step.name);
                continue;
            }
            Contest contest{kernel, {step.name}, plan.target, {}, 0};
            const std::vector<Choice> choices = selector.choices(spec, *plan.target, step.choice);
            contest.chosen = place_of(step.choice, choices);
            for (const Choice &choice : choices) {
                contest.requests.push_back(
                    {with_choice(step, spec, choice, *plan.target), choice, plan.target, KernelForm::shipped});
            }
            contests.push_back(std::move(contest));
        }
    }
    return contests;
}

}  // namespace

bool ScheduleFilter::accepts(const Choice &choice) const {
    const auto has = [&](const auto &wanted) {
        return std::find(choice.params.begin(), choice.params.end(), wanted) != choice.params.end();
    };
    return (algorithm.empty() || algorithm == choice.algorithm) &&
           (schedule.empty() || schedule == choice.schedule) && std::all_of(params.begin(), params.end(), has);
}

std::vector<ScheduleFilter> parse_schedule_filters(std::string_view text) {
    std::vector<std::string> parts;
    if (!text.empty()) {
        for (std::string_view part : split(text, ',')) {
            const bool continues = part.find('=') != std::string_view::npos &&
                                   part.find('/') == std::string_view::npos && !parts.empty();
            if (continues) {
                parts.back() += "," + std::string(part);
            } else {
                parts.emplace_back(part);
            }
        }
    }
    std::vector<ScheduleFilter> filters;
    for (const std::string &part : parts) {
        filters.push_back(parse_filter(part));
        check_known(filters.back());
    }
    return filters;
}

std::vector<const Target *> runnable_targets(std::string_view text, const std::vector<const Target *> &host) {
    std::vector<const Target *> targets = parse_targets(text);
    for (const Target *target : targets) {
        if (target->device == Device::cuda) {
            throw Error("--targets: kernels for " + std::string(target->name) +
                        " are measured by the GPU kit; see docs/cuda.md");
        }
        if (std::find(host.begin(), host.end(), target) == host.end()) {
            throw Error("--targets: this CPU cannot run " + std::string(target->name) +
                        "; see ingot list targets for what it can");
        }
    }
    return targets;
}

std::vector<Contest> select_contests(const Selection &selection) {
    const std::string &what = selection.what;
    const bool is_file = what.find('/') != std::string::npos || what.find('.') != std::string::npos;
    if (is_file && !ends_with(what, ".csv") && !ends_with(what, ".onnx")) {
        throw Error(what + ": neither an op, nor a list of shapes (.csv), nor a model (.onnx)");
    }
    const Selector selector(selection);
    std::vector<Contest> contests =
        ends_with(what, ".onnx") ? contests_of_model(selection, selector) : contests_of_shapes(selection, selector);
    std::erase_if(contests, [](const Contest &contest) { return contest.requests.empty(); });
    if (contests.empty()) {
        throw Error("nothing to measure: no kernel of " + (what.empty() ? "bench/shapes" : what) +
                    " is supported by --schedules " + selection.schedules);
    }
    return contests;
}

}  // namespace ingot
