// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "bench/measure.h"
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace ingot {

/// How a contender did in the last stage that it was in.
struct Standing {
    std::size_t contender = 0;
    /// By that of the incumbent, paired round by round: the median; of several measures their geometric mean.
    double speed = 1;
    double least_speed = 1;             ///< the same of the lower ends of the medians' 95 % intervals
    std::vector<Measurement> measured;  ///< by measure, such as hot and cold
};

struct ContestRules {
    /// Rounds of the first stage, the second and so on; the last number serves every later stage and the last one.
    std::vector<int> rounds = {3, 5, 9, 15, 25};
    std::size_t finalists = 3;   ///< a stage of so many contenders beside the incumbent is the last
    std::function<bool()> stop;  ///< asked after every stage; true ends the contest
    std::function<void(const std::vector<Standing> &)> after_stage;
};

/// Measures each contender of `field` in `rounds` interleaved rounds: by place in `field`, then by measure.
using MeasureField =
    std::function<std::vector<std::vector<Measurement>>(const std::vector<std::size_t> &field, int rounds)>;

/// Successive halving: all contenders are measured in a few rounds, the faster half in more, and so on. The
/// incumbent is in every stage. Returns the standings of the last stage, fastest first.
std::vector<Standing> hold_contest(std::size_t contenders, std::size_t incumbent, const MeasureField &measure,
                                   const ContestRules &rules);

/// What a contest leads to.
struct Decision {
    Standing choice;
    double incumbent_speed = 1;         ///< by the choice's, at most 1
    std::optional<Standing> runner_up;  ///< the fastest of the others
    double runner_speed = 1;            ///< by the choice's, at most 1
};

/// The incumbent stays where the fastest does not beat it by more than this and beyond doubt: noise shall not
/// rewrite tables.
constexpr double least_gain = 1.01;

/// `standings` as hold_contest returns them.
Decision decide(const std::vector<Standing> &standings, std::size_t incumbent);

}  // namespace ingot
