// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include "spec/error.h"
#include "spec/float16.h"
#include <cmath>
#include <map>

namespace ingot {

namespace {

bool has_weights(const Node &node) {
    return std::holds_alternative<Conv2d>(node.operation) || std::holds_alternative<Gemm>(node.operation);
}

}  // namespace

double round_weights(Graph &graph, DataType type) {
    if (type == DataType::f32) {
        return 0.0;
    }
    std::map<ValueId, ValueId> known;
    double errors = 0.0, squares = 0.0;
    for (Node &node : graph.nodes) {
        if (!has_weights(node)) {
            continue;
        }
        ValueId &weights = node.inputs[1];
        const auto [entry, is_first] = known.emplace(weights, weights);
        if (is_first) {
            Value value = graph.value(weights);
            INGOT_CHECK(value.constant.has_value(), value.name + " is no constant");
            for (float &weight : *value.constant) {
                const auto from = static_cast<double>(weight);
                weight = nearest(type, weight);
                const auto to = static_cast<double>(weight);
                if (std::isinf(to) && !std::isinf(from)) {
                    throw Error(to_text(node.origin) + ": a weight is " + std::to_string(from) + ", beyond the " +
                                "largest number of " + std::string(to_text(type)) + "; take " +
                                (type == DataType::f16 ? "bf16" : "f32"));
                }
                errors += (to - from) * (to - from);
                squares += from * from;
            }
            entry->second = graph.add_value(std::move(value));
        }
        weights = entry->second;
    }
    graph.weights = type;
    drop_unused(graph);
    return squares > 0.0 ? std::sqrt(errors / squares) : 0.0;
}

}  // namespace ingot
