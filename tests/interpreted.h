// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/passes/passes.h"
#include "tests/compiled_graph.h"
#include "tests/graph_builder.h"
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

namespace ingot::test {

inline const Window same3{{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}};
inline const Window point{{1, 1}, {1, 1}, {1, 1}, {}};
inline const Window halve{{2, 2}, {2, 2}, {1, 1}, {}};

inline std::vector<const Target *> best_target() {
    return {host_targets().back()};
}

inline const Target &cuda_target() {
    return find_target("cuda-compute_86");
}

/// `batch` times random whole numbers for each input of a graph.
inline std::vector<reference::Tensor<double>> random_inputs(const Graph &graph, int64_t batch, uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<reference::Tensor<double>> tensors;
    for (const ValueId id : graph.inputs) {
        reference::Tensor<double> &tensor = tensors.emplace_back();
        tensor.shape = graph.value(id).shape;
        tensor.shape[0] *= batch;
        for (int64_t i = 0; i < graph.value(id).size() * batch; ++i) {
            tensor.data.push_back(static_cast<double>(random() % 7) - 3);
        }
    }
    return tensors;
}

/// With all passes, or only with those without which lowering meets computed weights.
inline Graph prepared(Graph graph, bool passes) {
    run_passes(graph, [&](std::string_view pass) { return passes || pass == "fold_constants"; });
    return graph;
}

inline void expect_as_interpreted(const Graph &graph, const CompiledGraph &compiled, int64_t batch, uint64_t seed,
                                  const Target &target) {
    const std::vector<reference::Tensor<double>> inputs = random_inputs(graph, batch, seed);
    const std::vector<reference::Tensor<double>> expected = reference::interpret(graph, inputs);
    const std::vector<std::vector<float>> outputs =
        compiled.run_twice(inputs, static_cast<std::size_t>(batch), std::string(target.name).c_str());
    ASSERT_EQ(outputs.size(), expected.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        const std::vector<float> exact(expected[i].data.begin(), expected[i].data.end());
        ASSERT_EQ(outputs[i], exact) << "output " << i << ", batch " << batch << ", " << target.name;
    }
}

}  // namespace ingot::test
