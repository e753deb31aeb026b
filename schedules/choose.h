// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/list.h"
#include <optional>
#include <string>
#include <vector>

namespace ingot {

/// Every combination of a schedule's parameter values that it supports for this kernel, preferred ones first.
std::vector<ParamValues> supported_params(const ScheduleInfo &schedule, const KernelSpec &spec,
                                          const Target &target);

/// Every supported choice: for each algorithm and schedule the default parameters only, or all of them.
std::vector<Choice> supported_choices(const KernelSpec &spec, const Target &target, bool all_params);

struct Chosen {
    Choice choice;
    std::string why;  ///< `rule`, or `asked for`
};

/// Picks algorithm, schedule and parameters: what `asked` says, completed by defaults, else the rule: the highest
/// priority that supports the kernel, with its parameters of the lowest cost; among equals the lower cost. Throws
/// Error where `asked` is unknown, answers another op, or does not support the kernel.
Chosen choose(const KernelSpec &spec, const Target &target, const std::optional<Choice> &asked = std::nullopt);

/// The layouts that `choice` wants for this kernel.
Layouts layouts_of(const Choice &choice, const KernelSpec &spec, const Target &target);

}  // namespace ingot
