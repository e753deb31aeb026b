// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiled networks on several threads: the same bits as on one, of real numbers, whose sums depend on their order.
#include "compiler/lowering/lower.h"
#include "compiler/passes/passes.h"
#include "harness/compiled_model.h"
#include "ingot/runtime.h"
#include "spec/target.h"
#include "tests/graph_builder.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace ingot {
namespace {

using test::GraphBuilder;

Window window(int64_t k, int64_t stride, int64_t pad) {
    return {{k, k}, {stride, stride}, {1, 1}, {pad, pad, pad, pad}};
}

/// A network with pictures of side x side pixels and `channels` channels after the first layer.
Graph network(int64_t side, int64_t channels) {
    GraphBuilder build;
    ValueId x = build.input("image", {1, 3, side, side});
    x = build.relu("stem", build.conv("stem.conv", x, channels, window(3, 1, 1)));
    x = build.pool("pool", x, window(2, 2, 0));
    x = build.relu("square", build.conv("square.conv", x, channels, window(3, 1, 1)));
    x = build.relu("depth", build.conv("depth.conv", x, channels, window(3, 1, 1), channels));
    x = build.relu("point", build.conv("point.conv", x, 2 * channels, window(1, 1, 0)));
    x = build.relu("stride", build.conv("stride.conv", x, channels, window(3, 2, 1)));
    build.graph.outputs = {build.gemm("logits", build.flatten("flat", x), 10)};
    run_passes(build.graph);
    return build.graph;
}

class Compiled {
public:
    explicit Compiled(const Graph &graph)
        : model_(lower(graph, "net", {host_targets().front(), host_targets().back()})) {}

    [[nodiscard]] uint32_t parallel_steps() const {
        const ingot_model &model = model_.compiled();
        return model.plans[model.plan_count - 1].parallel_steps;
    }
    /// The logits of n images, in a session with these threads; empty where something fails.
    [[nodiscard]] std::vector<float> run(std::size_t n, const char *level, const ingot_options &options) const {
        ingot_options asked = options;
        asked.level = level;
        ingot_session *made = nullptr;
        if (ingot_session_create(&model_.compiled(), &asked, &made) != INGOT_OK) {
            return {};
        }
        const std::unique_ptr<ingot_session, void (*)(ingot_session *)> session(made, ingot_session_destroy);
        const ingot_model &model = model_.compiled();
        std::vector<float> images(n * model.inputs[0].bytes / sizeof(float));
        std::vector<float> logits(n * model.outputs[0].bytes / sizeof(float));
        std::mt19937 random(1);
        std::normal_distribution<float> normal;
        std::generate(images.begin(), images.end(), [&] { return normal(random); });
        const void *const inputs[] = {images.data()};
        void *const outputs[] = {logits.data()};
        return ingot_session_run(session.get(), inputs, outputs, n) == INGOT_OK ? logits : std::vector<float>();
    }
    void expect_same_bits() const {
        for (uint32_t i = 0; i < model_.compiled().plan_count; ++i) {
            const char *level = model_.compiled().plans[i].level;
            for (const std::size_t n : {1, 5}) {
                ingot_options options = INGOT_OPTIONS_INIT;
                const std::vector<float> expected = run(n, level, options);
                ASSERT_FALSE(expected.empty());
                for (const int threads : {2, 3, 7}) {
                    options.threads = threads;
                    options.parallel_for = nullptr;
                    EXPECT_EQ(run(n, level, options), expected) << level << ", " << threads << " threads";
                    options.parallel_for = on_threads;
                    EXPECT_EQ(run(n, level, options), expected) << level << ", " << threads << " of the app";
                }
            }
        }
    }

private:
    static void on_threads(void *, std::size_t count, void (*task)(void *argument, std::size_t index),
                           void *argument) {
        std::vector<std::thread> threads;
        for (std::size_t i = count; i-- > 0;) {
            threads.emplace_back(task, argument, i);
        }
        for (std::thread &thread : threads) {
            thread.join();
        }
    }

    CompiledModel model_;
};

TEST(ParallelNet, OfLargeLayersGivesTheSameBits) {
    const Compiled net(network(112, 48));
    EXPECT_GE(net.parallel_steps(), 4U);
    net.expect_same_bits();
}

TEST(ParallelNet, OfSmallLayersGivesTheSameBits) {
    const Compiled net(network(16, 16));
    EXPECT_EQ(net.parallel_steps(), 0U);
    net.expect_same_bits();
}

}  // namespace
}  // namespace ingot
