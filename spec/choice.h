// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ingot {

/// Values of a schedule's parameters, in the schedule's own order.
using ParamValues = std::vector<std::pair<std::string, int>>;

/// The value of `name`; an internal error where the schedule has no such parameter.
int param(const ParamValues &values, std::string_view name);

/// Which algorithm computes a kernel, and which schedule, with which parameters, orders its loops.
struct Choice {
    std::string algorithm;
    std::string schedule;
    ParamValues params;
    bool operator==(const Choice &) const = default;
};

/// `algorithm/schedule:param=value,...`, e.g. `conv2d_direct/cpu_tiled:tile_x=14,tile_c=2`.
std::string to_text(const Choice &choice);

/// The inverse; also reads `:` where `=` is meant. Throws Error.
Choice parse_choice(std::string_view text);

}  // namespace ingot
