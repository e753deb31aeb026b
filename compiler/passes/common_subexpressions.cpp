// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include "compiler/passes/rewriter.h"
#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>

namespace ingot {

namespace {

bool same_bits(const std::vector<float> &a, const std::vector<float> &b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/// For each value the first constant that equals it, else itself.
std::vector<ValueId> equal_constants(const Graph &graph) {
    // Constants of a shape are compared in full only where their first and last elements agree.
    using Key = std::tuple<DataType, std::vector<int64_t>, float, float>;
    std::map<Key, std::vector<ValueId>> seen;
    std::vector<ValueId> first;
    for (ValueId id = 0; id < static_cast<ValueId>(graph.values.size()); ++id) {
        first.push_back(id);
        const Value &value = graph.value(id);
        if (!value.constant || value.constant->front() != value.constant->front() ||
            value.constant->back() != value.constant->back()) {
            continue;
        }
        std::vector<ValueId> &alike =
            seen[{value.type, value.shape, value.constant->front(), value.constant->back()}];
        const auto found = std::find_if(alike.begin(), alike.end(), [&](ValueId other) {
            return same_bits(*graph.value(other).constant, *value.constant);
        });
        if (found == alike.end()) {
            alike.push_back(id);
        } else {
            first.back() = *found;
        }
    }
    return first;
}

}  // namespace

void common_subexpressions(Graph &graph) {
    std::vector<ValueId> first = equal_constants(graph);  // for each value the first that equals it
    Rewriter rewriter(graph);
    const auto firsts = [&](std::vector<ValueId> ids) {
        for (ValueId &id : ids) {
            id = first[static_cast<std::size_t>(id)];
        }
        return ids;
    };
    std::map<std::pair<std::size_t, std::vector<ValueId>>, std::vector<Node *>> seen;
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        Node &node = rewriter.node(i);
        if (Rewriter::is_removed(node)) {
            continue;
        }
        std::vector<ValueId> inputs = node.inputs;
        for (ValueId &id : inputs) {
            id = rewriter.value(id).constant ? first[static_cast<std::size_t>(id)] : id;
        }
        rewriter.set_inputs(node, inputs);
        std::vector<Node *> &alike = seen[{node.operation.index(), firsts(inputs)}];
        const auto found = std::find_if(alike.begin(), alike.end(), [&](const Node *other) {
            return other->operation == node.operation &&
                   rewriter.shape(other->output) == rewriter.shape(node.output);
        });
        if (found == alike.end()) {
            alike.push_back(&node);
        } else {
            first[static_cast<std::size_t>(node.output)] = first[static_cast<std::size_t>((*found)->output)];
            rewriter.replace(node.output, (*found)->output);
        }
    }
    rewriter.finish();
}

}  // namespace ingot
