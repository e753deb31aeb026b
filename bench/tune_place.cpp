// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/tune_place.h"
#include "bench/evict.h"
#include "bench/plan_runner.h"
#include "compiler/lowering/lower.h"
#include "spec/error.h"
#include <algorithm>
#include <chrono>
#include <map>

namespace ingot {

namespace {

/// By itself, hot and cold.
class Alone : public Place {
public:
    Alone(const KernelSpec &spec, const Target &target) : spec_(spec), target_(target) {}

    [[nodiscard]] const KernelSpec &spec() const override { return spec_; }
    KernelRequest request(const Choice &choice) override {
        return {with_layouts(spec_, choice, target_), choice, &target_, KernelForm::shipped};
    }
    std::vector<Contender> contenders(const KernelContenders &kernels, std::size_t i) override {
        const Contender hot = kernels.contender(i);
        Contender cold = hot;
        cold.prepare = [&spec = kernels.request(i).spec, &problem = kernels.problem(i)] {
            evict_operands(spec, problem, {"src", "weights", "bias"});
        };
        return {hot, cold};
    }
    void describe(TunedRow &row, const Standing &choice) const override {
        row.measured = "hot+cold";
        row.hot = 100 * choice.measured[0].of_peak();
        row.cold = 100 * choice.measured[1].of_peak();
    }

private:
    KernelSpec spec_;
    const Target &target_;
};

/// At its place in a model. One plan per demand on layouts.
class InChain : public Place {
public:
    InChain(const Graph &graph, const std::string &kernel, const Target &target, const TuneOptions &options)
        : graph_(graph), target_(target), options_(options) {
        const LoweredModel model = lower({});
        const std::vector<Step> &steps = model.plans.front().steps;
        const auto found = std::find_if(steps.begin(), steps.end(), [&](const Step &step) {
            return step.spec && shape_text(*step.spec) == kernel;
        });
        INGOT_CHECK(found != steps.end(), "the plan has no kernel " + kernel);
        step_ = static_cast<std::size_t>(found - steps.begin());
        node_ = found->name;
        spec_ = *found->spec;
        first_choice_ = found->choice;
    }

    [[nodiscard]] const KernelSpec &spec() const override { return spec_; }

    KernelRequest request(const Choice &choice) override {
        return {chain_for(choice).spec, choice, &target_, KernelForm::shipped};
    }

    std::vector<Contender> contenders(const KernelContenders &kernels, std::size_t i) override {
        Chain &chain = chain_for(kernels.request(i).choice);
        chain.runner->reserve_scratch(emit({kernels.request(i)}, options_.emit).front().scratch_bytes);
        Contender contender = kernels.contender(i);
        contender.prepare = [this, &chain] {
            // Another plan's run has pushed this one's weights out: as after a run of its own only behind a whole
            // run.
            if (current_ != &chain) {
                chain.runner->run_others(step_);
                current_ = &chain;
            }
            chain.runner->run_others(step_);
        };
        contender.call = [this, &chain, kernel = kernels.function(i)] { chain.runner->run(step_, kernel); };
        return {contender};
    }

    // A sample costs a run of the whole model.
    [[nodiscard]] ContestRules rules() override {
        Chain &chain = chain_for(first_choice_);
        const auto begin = std::chrono::steady_clock::now();
        chain.runner->run_others(step_);
        const std::chrono::duration<double> run = std::chrono::steady_clock::now() - begin;
        constexpr double long_run = 0.005;
        ContestRules rules;
        rules.rounds =
            run.count() > long_run ? std::vector<int>{3, 5, 7, 11, 15} : std::vector<int>{5, 9, 15, 25, 45};
        return rules;
    }

    void describe(TunedRow &row, const Standing &choice) const override {
        row.measured = "chain";
        row.chain = 100 * choice.measured[0].of_peak();
    }

private:
    struct Chain {
        KernelSpec spec;
        std::unique_ptr<PlanRunner> runner;
    };

    [[nodiscard]] LoweredModel lower(const std::vector<AskedChoice> &asked) const {
        return ingot::lower(graph_, "tune", {&target_},
                            {.asked = asked, .cpu = options_.cpu, .tables = &options_.incumbents()});
    }

    Chain &chain_for(const Choice &choice) {
        const Layouts layouts = layouts_of(choice, spec_, target_);
        const auto [found, is_new] = chains_.try_emplace({layouts.weights, layouts.src_halo});
        if (is_new) {
            const LoweredModel model = lower({{node_, choice}});
            const Plan &plan = model.plans.front();
            found->second.spec = *plan.steps[step_].spec;
            found->second.runner = std::make_unique<PlanRunner>(model, plan, options_.emit);
        }
        return found->second;
    }

    const Graph &graph_;
    const Target &target_;
    const TuneOptions &options_;
    std::size_t step_ = 0;
    std::string node_;
    KernelSpec spec_;
    Choice first_choice_;  ///< what the plan has there
    std::map<std::pair<DimOrder, bool>, Chain> chains_;
    const Chain *current_ = nullptr;
};

}  // namespace

std::unique_ptr<Place> place_alone(const KernelSpec &spec, const Target &target) {
    return std::make_unique<Alone>(spec, target);
}

std::unique_ptr<Place> place_in_chain(const Graph &graph, const std::string &kernel, const Target &target,
                                      const TuneOptions &options) {
    return std::make_unique<InChain>(graph, kernel, target, options);
}

}  // namespace ingot
