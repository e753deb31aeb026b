// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/map/stages.h"
#include <cstddef>
#include <optional>

namespace ingot::map {

/// Two dimensions of a map that turns a tensor: dst is contiguous along `row`, a source along `column`.
struct Turn {
    std::size_t row, column;
};

/// True where the source is contiguous along another dimension than dst.
bool is_turned(const KernelSpec &spec, std::size_t source);

/// That of the first source which is turned, if there is one.
std::optional<Turn> turn_of(const KernelSpec &spec);

/// All loops of dst but these two, innermost first.
std::vector<Halide::VarOrRVar> other_loops(const MapStages &stages, const Turn &turn);

}  // namespace ingot::map
