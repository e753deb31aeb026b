// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"
#include "spec/choice.h"
#include "spec/target.h"
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ingot {

/// What a user asks for in place of what choose() picks: an op's name or a node's, and a choice. It holds for the
/// targets of its schedule's device.
using AskedChoice = std::pair<std::string, Choice>;

/// `conv2d_pool2d=conv2d_pool2d/cpu_tiled:tile_x=7`. Throws Error.
AskedChoice parse_asked_choice(const std::string &text);

/// Throws Error where a name is that of no op or node of the graph, no kernel of that name computes what the choice
/// does, or no target is of the schedule's device. Two nodes that one kernel may compute have a name, `first to
/// last`, for that.
void check_asked(const std::vector<AskedChoice> &asked, const Graph &graph,
                 const std::vector<const Target *> &targets);

/// What is asked for a node. Its own name is more exact than its op's; the last one given wins.
std::optional<Choice> find_asked(const std::vector<AskedChoice> &asked, Device device, const std::string &node,
                                 Op op);

/// True where something is asked for this node's kernel of `op` by the node's name.
bool is_asked_by_name(const std::vector<AskedChoice> &asked, Device device, const std::string &node, Op op);

}  // namespace ingot
