// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/list.h"
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

/// Every combination of a schedule's parameter values that it supports for this kernel, preferred ones first.
std::vector<ParamValues> supported_params(const ScheduleInfo &schedule, const KernelSpec &spec,
                                          const Target &target);

/// Every supported choice: for each algorithm and schedule the default parameters only, or all of them.
std::vector<Choice> supported_choices(const KernelSpec &spec, const Target &target, bool all_params);

/// Which algorithms a choice may take where nothing is asked for.
enum class Numerics {
    standard,  ///< all: also those that save multiplications and round more often
    exact,     ///< direct sums of products only
};

/// `default` or `exact`. Throws Error that lists them.
Numerics parse_numerics(std::string_view text);

/// What a choice may depend on beside kernel and target.
struct ChooseOptions {
    std::optional<Choice> asked = {};  ///< taken as it is, completed by defaults
    Numerics numerics = Numerics::standard;
};

struct Chosen {
    Choice choice;
    std::string why;  ///< `rule`, or `asked for`
};

/// Picks algorithm, schedule and parameters: what `asked` says, completed by defaults, else the rule: the highest
/// priority that supports the kernel, with its parameters of the lowest cost; among equals the lower cost. Throws
/// Error where `asked` is unknown, answers another op, does not support the kernel, or is ruled out by `numerics`.
Chosen choose(const KernelSpec &spec, const Target &target, const ChooseOptions &options = {});

/// The layouts that `choice` wants for this kernel.
Layouts layouts_of(const Choice &choice, const KernelSpec &spec, const Target &target);

}  // namespace ingot
