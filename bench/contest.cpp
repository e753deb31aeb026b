// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/contest.h"
#include "spec/error.h"
#include <algorithm>
#include <cmath>
#include <numeric>

namespace ingot {

namespace {

std::vector<Standing> rank(const std::vector<std::size_t> &field, std::size_t incumbent,
                           std::vector<std::vector<Measurement>> measured) {
    const auto place = static_cast<std::size_t>(std::find(field.begin(), field.end(), incumbent) - field.begin());
    const std::vector<Measurement> of_incumbent = measured[place];
    std::vector<Standing> standings;
    for (std::size_t i = 0; i < field.size(); ++i) {
        Standing standing{field[i], 1, 1, std::move(measured[i])};
        const auto measures = static_cast<double>(of_incumbent.size());
        for (std::size_t m = 0; m < of_incumbent.size(); ++m) {
            const Ratio ratio = time_ratio(of_incumbent[m], standing.measured[m]);
            standing.speed *= std::pow(ratio.median, 1 / measures);
            standing.least_speed *= std::pow(ratio.interval.low, 1 / measures);
        }
        standings.push_back(std::move(standing));
    }
    std::stable_sort(standings.begin(), standings.end(),
                     [](const Standing &a, const Standing &b) { return a.speed > b.speed; });
    return standings;
}

std::vector<std::size_t> faster_half(const std::vector<Standing> &standings, std::size_t incumbent,
                                     std::size_t finalists) {
    const std::size_t count = std::max(finalists, standings.size() / 2);
    std::vector<std::size_t> field;
    for (std::size_t i = 0; i < standings.size(); ++i) {
        if (i < count || standings[i].contender == incumbent) {
            field.push_back(standings[i].contender);
        }
    }
    return field;
}

}  // namespace

std::vector<Standing> hold_contest(std::size_t contenders, std::size_t incumbent, const MeasureField &measure,
                                   const ContestRules &rules) {
    INGOT_CHECK(incumbent < contenders && !rules.rounds.empty(),
                "a contest without an incumbent or without rounds");
    std::vector<std::size_t> field(contenders);
    std::iota(field.begin(), field.end(), std::size_t{0});
    for (std::size_t stage = 0;; ++stage) {
        const bool last = field.size() <= rules.finalists + 1;
        const int rounds = last ? rules.rounds.back() : rules.rounds[std::min(stage, rules.rounds.size() - 1)];
        std::vector<Standing> standings = rank(field, incumbent, measure(field, rounds));
        if (rules.after_stage) {
            rules.after_stage(standings);
        }
        if (last || (rules.stop && rules.stop())) {
            return standings;
        }
        field = faster_half(standings, incumbent, rules.finalists);
    }
}

Decision decide(const std::vector<Standing> &standings, std::size_t incumbent) {
    const auto old = std::find_if(standings.begin(), standings.end(),
                                  [&](const Standing &standing) { return standing.contender == incumbent; });
    INGOT_CHECK(old != standings.end(), "a contest without its incumbent");
    Decision decision;
    const Standing &first = standings.front();
    decision.choice = first.speed > least_gain && first.least_speed > 1 ? first : *old;
    const double speed = decision.choice.speed;
    decision.incumbent_speed = std::min(1.0, old->speed / speed);
    const auto next = std::find_if(standings.begin(), standings.end(), [&](const Standing &standing) {
        return standing.contender != decision.choice.contender;
    });
    if (next != standings.end()) {
        decision.runner_up = *next;
        decision.runner_speed = std::min(1.0, next->speed / speed);
    }
    return decision;
}

}  // namespace ingot
