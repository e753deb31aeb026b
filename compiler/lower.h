// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"
#include "compiler/plan.h"
#include "schedules/choose.h"
#include <string>
#include <utility>
#include <vector>

namespace ingot {

/// What a user asks for in place of what choose() picks: an op's name or a node's, and a choice.
using AskedChoice = std::pair<std::string, Choice>;

/// `conv2d_pool2d=conv2d_pool2d/cpu_tiled:tile_x=7`. Throws Error.
AskedChoice parse_asked_choice(const std::string &text);

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
