// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/tuner.h"
#include "bench/kernel_contenders.h"
#include "bench/tune_place.h"
#include "compiler/lowering/lower.h"
#include "spec/error.h"
#include <algorithm>
#include <cstdio>
#include <memory>
#include <numeric>
#include <set>

namespace ingot {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t batch_size = 8;

/// The search for one kernel.
class Search {
public:
    Search(Place &place, const Target &target, const TuneOptions &options, Deadline deadline)
        : place_(place), target_(target), options_(options), begin_(Clock::now()), deadline_(deadline) {
        result_.row.spec = parse_kernel_spec(shape_text(place.spec()));
        result_.row.target = target.name;
        result_.row.cpu = options.cpu;
        result_.row.date = options.date;
        result_.row.machine = options.machine;
        const TunedTable others = options.incumbents().without(result_.row);
        ChooseOptions choosing;
        choosing.cpu = options.cpu;
        choosing.tables = &others;
        result_.row.incumbent = choose(place.spec(), target, choosing).choice;
    }

    TuneResult run() {
        find_candidates();
        prune();
        time();
        return std::move(result_);
    }

private:
    void say(const std::string &what) const {
        if (options_.progress) {
            options_.progress(what);
        }
    }
    void check() const {
        if (options_.check) {
            options_.check();
        }
    }
    /// True once `share` of the time to the deadline is over.
    [[nodiscard]] bool past(double share) const {
        if (deadline_ == no_deadline) {
            return false;
        }
        const std::chrono::duration<double> all = deadline_ - begin_, used = Clock::now() - begin_;
        return used >= share * all;
    }

    /// The incumbent first.
    void find_candidates() {
        const Choice &incumbent = result_.row.incumbent;
        const std::vector<Choice> found =
            candidates_for(place_.spec(), target_, candidates_per_schedule, result_.counts.left_out);
        candidates_ = {incumbent};
        for (const Choice &choice : found) {
            if (choice != incumbent) {
                candidates_.push_back(choice);
            }
        }
        const bool was_left_out = candidates_.size() > found.size();
        result_.counts.left_out -= was_left_out && result_.counts.left_out > 0 ? 1 : 0;
        result_.counts.supported = candidates_.size() + result_.counts.left_out;
    }

    /// Compiles batch by batch, so that the time is not all spent on it, and keeps what is worth timing.
    void prune() {
        std::vector<CodeFacts> facts;
        std::vector<KernelRequest> compiled;
        std::size_t next = 0;
        while (next < candidates_.size() && (next == 0 || !past(0.5))) {
            std::vector<KernelRequest> batch;
            for (; next < candidates_.size() && batch.size() < batch_size; ++next) {
                batch.push_back(place_.request(candidates_[next]));
            }
            say("compiling " + std::to_string(next) + " of " + std::to_string(candidates_.size()) + " candidates");
            compile(batch, facts, compiled);
        }
        result_.counts.left_out += candidates_.size() - next;
        keep(judge(place_.spec(), facts), compiled);
    }

    void compile(const std::vector<KernelRequest> &batch, std::vector<CodeFacts> &facts,
                 std::vector<KernelRequest> &compiled) {
        std::optional<KernelContenders> kernels;
        try {
            kernels.emplace(batch, options_.emit);
        } catch (const Error &) {
            check();
            if (batch.front().choice == result_.row.incumbent) {
                throw;
            }
            result_.counts.refused += batch.size();  // not one of them can be compiled
            return;
        }
        check();
        for (std::size_t i = 0; i < kernels->size(); ++i) {
            add_facts(*kernels, i, facts, compiled);
        }
    }

    void add_facts(const KernelContenders &kernels, std::size_t i, std::vector<CodeFacts> &facts,
                   std::vector<KernelRequest> &compiled) {
        if (kernels.fault(i)) {
            if (kernels.request(i).choice == result_.row.incumbent) {
                throw Error(*kernels.fault(i));
            }
            ++result_.counts.refused;
            return;
        }
        const KernelCode code = kernels.code(i);
        CodeFacts fact{code.bytes, code.vector_spills, std::nullopt, code.loop.has_value()};
        if (code.loop && code.mca_cycles) {
            fact.cycles_per_fma = *code.mca_cycles / code.loop->multiply_adds;
        }
        facts.push_back(fact);
        compiled.push_back(kernels.request(i));
    }

    void keep(const std::vector<Verdict> &verdicts, const std::vector<KernelRequest> &compiled) {
        TuneCounts &counts = result_.counts;
        for (std::size_t i = 0; i < compiled.size(); ++i) {
            // The incumbent is what the others are compared with, whatever its code is like.
            if (verdicts[i] == Verdict::timed || compiled[i].choice == result_.row.incumbent) {
                requests_.push_back(compiled[i]);
            } else {
                ++(verdicts[i] == Verdict::spills      ? counts.spills
                   : verdicts[i] == Verdict::code_size ? counts.code_size
                                                       : counts.cycles);
            }
        }
    }

    void time() {
        KernelContenders kernels(requests_, options_.emit);
        const std::vector<std::size_t> right = verified(kernels);
        std::vector<std::vector<Contender>> contenders;
        for (std::size_t i : right) {
            contenders.push_back(place_.contenders(kernels, i));
        }
        result_.counts.timed = right.size();
        ContestRules rules = place_.rules();
        rules.stop = [&] { return past(1.0); };
        rules.after_stage = [&](const std::vector<Standing> &standings) {
            char times[32];
            std::snprintf(times, sizeof times, "%.2f", standings.front().speed);
            say(std::to_string(standings.size()) + " timed, best so far " + times +
                " x as fast: " + to_text(kernels.request(right[standings.front().contender]).choice));
        };
        const auto measure_field = [&](const std::vector<std::size_t> &field, int rounds) {
            return measure_together(contenders, field, rounds);
        };
        // Verified first of all, the incumbent is the first.
        const Decision decision = decide(hold_contest(right.size(), 0, measure_field, rules), 0);
        fill_row(decision,
                 [&](const Standing &standing) { return kernels.request(right[standing.contender]).choice; });
    }

    /// The kernels whose results are right; the incumbent must be among them.
    std::vector<std::size_t> verified(KernelContenders &kernels) {
        std::vector<std::size_t> all(kernels.size());
        std::iota(all.begin(), all.end(), std::size_t{0});
        say("verifying " + std::to_string(all.size()) + " candidates");
        kernels.verify(all);
        check();
        std::vector<std::size_t> right;
        for (std::size_t i : all) {
            if (!kernels.fault(i)) {
                right.push_back(i);
                continue;
            }
            if (i == 0) {
                throw Error(*kernels.fault(i));
            }
            ++result_.counts.wrong;
            result_.wrong.push_back(to_text(kernels.request(i)) + ": " + *kernels.fault(i));
        }
        return right;
    }

    [[nodiscard]] std::vector<std::vector<Measurement>>
    measure_together(const std::vector<std::vector<Contender>> &contenders, const std::vector<std::size_t> &field,
                     int rounds) const {
        std::vector<Contender> all;
        for (std::size_t i : field) {
            all.insert(all.end(), contenders[i].begin(), contenders[i].end());
        }
        MeasureOptions measuring;
        measuring.rounds = rounds;
        measuring.progress = [&](int, int) { check(); };
        const std::vector<Measurement> flat = measure(all, measuring);
        std::vector<std::vector<Measurement>> result;
        auto next = flat.begin();
        for (std::size_t i : field) {
            const auto end = next + static_cast<std::ptrdiff_t>(contenders[i].size());
            result.emplace_back(next, end);
            next = end;
        }
        return result;
    }

    void fill_row(const Decision &decision, const std::function<Choice(const Standing &)> &choice_of) {
        TunedRow &row = result_.row;
        row.choice = choice_of(decision.choice);
        row.incumbent_speed = decision.incumbent_speed;
        if (decision.runner_up) {
            row.runner_up = choice_of(*decision.runner_up);
            row.runner_speed = decision.runner_speed;
        }
        place_.describe(row, decision.choice);
    }

    Place &place_;
    const Target &target_;
    const TuneOptions &options_;
    Clock::time_point begin_;
    Deadline deadline_;
    TuneResult result_;
    std::vector<Choice> candidates_;
    std::vector<KernelRequest> requests_;
};

}  // namespace

TuneCounts &TuneCounts::operator+=(const TuneCounts &other) {
    supported += other.supported;
    left_out += other.left_out;
    refused += other.refused;
    spills += other.spills;
    code_size += other.code_size;
    cycles += other.cycles;
    wrong += other.wrong;
    timed += other.timed;
    return *this;
}

TuneResult tune_alone(const KernelSpec &spec, const Target &target, const TuneOptions &options, Deadline deadline) {
    const std::unique_ptr<Place> place = place_alone(spec, target);
    return Search(*place, target, options, deadline).run();
}

TuneResult tune_in_chain(const Graph &graph, const KernelSpec &spec, const Target &target,
                         const TuneOptions &options, Deadline deadline) {
    const std::unique_ptr<Place> place = place_in_chain(graph, shape_text(spec), target, options);
    return Search(*place, target, options, deadline).run();
}

std::vector<KernelSpec> kernels_of(const Graph &graph, const Target &target, const TuneOptions &options) {
    const LoweredModel model =
        lower(graph, "tune", {&target}, {.cpu = options.cpu, .tables = &options.incumbents()});
    std::vector<KernelSpec> result;
    std::set<std::string> seen;
    for (const Step &step : model.plans.front().steps) {
        if (step.spec && seen.insert(shape_text(*step.spec)).second) {
            result.push_back(*step.spec);
        }
    }
    return result;
}

}  // namespace ingot
