// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include <algorithm>
#include <map>

namespace ingot {

// Concat(a, b), Concat(a, b, c) -> x = Concat(a, b), Concat(x, c): a DenseNet's layers read one growing tensor,
// which lies in one buffer then, where each of its Concats would copy all before it.
void share_concat_prefix(Graph &graph) {
    std::map<std::pair<int64_t, std::vector<ValueId>>, ValueId> known;  // axis, sources
    for (Node &node : graph.nodes) {
        const auto *concat = std::get_if<Concat>(&node.operation);
        if (concat == nullptr) {
            continue;
        }
        const std::vector<ValueId> sources = node.inputs;
        for (std::size_t count = sources.size() - 1; count > 1; --count) {
            const auto end = sources.begin() + static_cast<std::ptrdiff_t>(count);
            const auto found = known.find({concat->axis, {sources.begin(), end}});
            if (found != known.end()) {
                node.inputs = {found->second};
                node.inputs.insert(node.inputs.end(), end, sources.end());
                break;
            }
        }
        known.try_emplace({concat->axis, sources}, node.output);
    }
}

}  // namespace ingot
