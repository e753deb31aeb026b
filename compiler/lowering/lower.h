// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/lowering/asked_choice.h"
#include "compiler/lowering/plan.h"
#include "schedules/choose.h"
#include <string>
#include <vector>

namespace ingot {

/// What choices depend on beside the graph and the target.
struct LowerOptions {
    std::vector<AskedChoice> asked = {};
    Numerics numerics = Numerics::standard;
    std::string cpu{generic_cpu};        ///< whose measured choices come first
    const TunedTable *tables = nullptr;  ///< null: built_in_table()
    int64_t max_batch = 256;             ///< images that a session's memory on a CUDA device holds at a time
};

/// Turns a graph, after its passes, into steps for each target: choices, layouts of the edges, packed weights,
/// memory. `name` is made a library_name. Throws Error where an asked choice names no kernel, or cannot be met.
LoweredModel lower(const Graph &graph, const std::string &name, const std::vector<const Target *> &targets,
                   const LowerOptions &options = {});

}  // namespace ingot
