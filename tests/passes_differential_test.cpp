// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Graphs with all passes, with none and with each one off, in the reference interpreter. The folder of models is
// $INGOT_MODELS, which ctest has models/generate.py fill.
#include "compiler/onnx/import_onnx.h"
#include "tests/pass_checks.h"
#include "tests/random_net.h"
#include "tests/random_tensor_graph.h"
#include <cstdlib>
#include <filesystem>

namespace ingot {

using test::operations;
using test::output_names;
using test::real_inputs;
using Tensors = std::vector<reference::Tensor<double>>;

namespace {

/// Runs the passes without one of them, each twice: the second time it changes nothing.
Graph without(Graph graph, std::string_view off) {
    for (const Pass &pass : all_passes()) {
        if (pass.name == off || off == "all") {
            continue;
        }
        pass.run(graph);
        verify(graph);
        Graph again = graph;
        pass.run(again);
        EXPECT_EQ(to_text(again), to_text(graph)) << pass.name << " runs twice";
    }
    return graph;
}

/// The graph after all passes.
Graph expect_the_same(const Graph &graph, const Tensors &inputs, double tolerance) {
    const Tensors expected = reference::interpret(graph, inputs);
    std::vector<std::string_view> disabled{"", "all"};
    for (const Pass &pass : all_passes()) {
        disabled.push_back(pass.name);
    }
    for (const std::string_view off : disabled) {
        SCOPED_TRACE("without " + std::string(off));
        const Graph changed = without(graph, off);
        EXPECT_EQ(output_names(changed), output_names(graph));
        test::expect_close(reference::interpret(changed, inputs), expected, tolerance);
    }
    return without(graph, "");
}

bool has(const Graph &graph, std::string_view operation) {
    return operations(graph).find(operation) != std::string::npos;
}

}  // namespace

TEST(PassesDifferential, RandomGraphsAreExact) {
    std::size_t fused = 0;
    for (uint64_t seed = 0; seed < 200 && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        test::RandomGraph random(seed);
        const Graph graph = expect_the_same(random.graph(), random.inputs(2), 0);
        fused += has(graph, "conv2d_pool2d") ? 1 : 0;
    }
    EXPECT_GT(fused, 7U) << "the random graphs hold something to fuse";
}

TEST(PassesDifferential, RandomTensorGraphsAreExact) {
    std::size_t shorter = 0;
    for (uint64_t seed = 0; seed < 300 && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        test::RandomTensorGraph random(seed);
        Graph needed = random.graph();
        drop_unused(needed);
        const Graph graph = expect_the_same(random.graph(), random.inputs(1), 0);
        shorter += graph.nodes.size() < needed.nodes.size() ? 1 : 0;
    }
    EXPECT_GT(shorter, 100U) << "the random graphs hold something to merge";
}

TEST(PassesDifferential, RandomNets) {
    std::size_t layers_only = 0;
    for (uint64_t seed = 0; seed < 150 && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const test::RandomNet random(seed);
        const Graph graph = expect_the_same(random.graph(), real_inputs(random.graph(), 2), 1e-5);
        layers_only += has(graph, "map") || has(graph, "relu") ? 0 : 1;
    }
    EXPECT_GT(layers_only, 20U) << "most of what follows a layer goes into it";
}

TEST(PassesDifferential, Models) {
    const char *folder = std::getenv("INGOT_MODELS");
    if (folder == nullptr) {
        GTEST_SKIP() << "INGOT_MODELS names no folder";
    }
    std::size_t models = 0;
    for (const auto &entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".onnx") {
            SCOPED_TRACE(entry.path().filename().string());
            const Graph graph = import_onnx(entry.path());
            expect_the_same(graph, real_inputs(graph), 1e-5);
            ++models;
        }
    }
    EXPECT_GT(models, 20U);
}

}  // namespace ingot
