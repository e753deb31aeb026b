// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which plans a graph gets for CUDA.
#include "tests/interpreted.h"

namespace ingot {

namespace {

using namespace test;

/// conv, pool, conv, pool, gemm: `channels` decides whether the activations fit a multiprocessor.
Graph chain(int64_t channels, int64_t images = 1) {
    GraphBuilder builder;
    ValueId x = builder.input("x", {images, 1, 12, 12});
    for (const char *name : {"c1", "c2"}) {
        x = builder.relu(std::string(name) + ".r", builder.conv(name, x, channels, same3));
        x = builder.pool(std::string(name) + ".p", x, halve);
    }
    builder.graph.outputs = {builder.gemm("g", builder.flatten("f", x), 5)};
    return prepared(builder.graph, true);
}

std::string ops_of(const Plan &plan) {
    std::string ops;
    for (const Step &step : plan.steps) {
        ops += std::string(step.spec ? to_text(step.spec->op) : "copy") + " ";
    }
    return ops;
}

TEST(LowerForCuda, MakesOneKernelOfAChainThatFitsAMultiprocessor) {
    const LoweredModel model = lower(chain(12), "net", {&cuda_target()});
    ASSERT_EQ(model.plans.size(), 2U);
    EXPECT_EQ(ops_of(model.plans[0]), "sequential sequential ");
    EXPECT_EQ(model.plans[0].min_images, 1);
    EXPECT_EQ(ops_of(model.plans[1]), "sequential ");
    EXPECT_EQ(model.plans[1].min_images, 16);
    EXPECT_EQ(model.plans[1].arena_bytes, 0);
    EXPECT_EQ(model.plans[1].steps[0].name, "c1 to g");
    EXPECT_EQ(model.plans[0].max_images, 15);
    EXPECT_EQ(model.plans[1].max_images, 256);
    // The gemm sums in the order of the whole net's kernel.
    EXPECT_EQ(model.plans[0].steps[1].choice, model.plans[1].steps[0].choice);
}

TEST(LowerForCuda, KeepsAKernelPerLayerWhereAChainDoesNotFit) {
    const LoweredModel model = lower(chain(600), "net", {&cuda_target()});
    ASSERT_EQ(model.plans.size(), 1U);
    EXPECT_EQ(ops_of(model.plans[0]), "conv2d_pool2d conv2d_pool2d gemm ") << to_text(model.plans[0]);
}

TEST(LowerForCuda, LaunchesNoMoreThan32BitsCount) {
    // The first layer of VGG-16, times 1024 images, has more elements than that; 668 images have not.
    GraphBuilder builder;
    const ValueId x = builder.input("x", {1, 3, 224, 224});
    builder.graph.outputs = {builder.relu("r", builder.conv("c", x, 64, same3))};
    const LoweredModel model = lower(prepared(builder.graph, true), "net", {&cuda_target()}, {.max_batch = 4096});
    ASSERT_EQ(model.plans.size(), 1U);
    EXPECT_EQ(model.plans[0].max_images, 668);
    EXPECT_EQ(model.plans[0].steps[0].spec->n, 668);
}

TEST(LowerForCuda, CountsWhatASecondTargetPacksAlone) {
    EXPECT_EQ(lower(chain(12), "net", {&cuda_target()}).extra_packing_bytes, 0);
}

TEST(LowerForCuda, HasNoPlanForBatchesThatASessionCannotHold) {
    const LoweredModel model = lower(chain(12), "net", {&cuda_target()}, {.max_batch = 15});
    ASSERT_EQ(model.plans.size(), 1U);
    EXPECT_EQ(model.plans[0].max_images, 15);
}

TEST(LowerForCuda, TakesTheChoiceThatIsAskedFor) {
    const auto asked = [](const char *text) {
        const LowerOptions options{.asked = {parse_asked_choice(text)}};
        return lower(chain(12), "net", {best_target().front(), &cuda_target()}, options);
    };
    // For one layer: no kernel swallows it. For the chain. For the CPU: CUDA does as ever.
    EXPECT_EQ(ops_of(asked("c1=conv2d_pool2d/cuda_reference").plans.back()), "conv2d_pool2d conv2d_pool2d gemm ");
    EXPECT_EQ(asked("sequential=sequential/cuda_image").plans.back().steps[0].why, "asked for");
    EXPECT_EQ(ops_of(asked("gemm=gemm/cpu_reference").plans.back()), "sequential ");
}

TEST(LowerForCuda, CountsTheImagesOfAModelsOwnBatch) {
    const LoweredModel model = lower(chain(12, 8), "net", {&cuda_target()});
    for (const Plan &plan : model.plans) {
        for (const Step &step : plan.steps) {
            EXPECT_EQ(step.batch, 8);
        }
    }
    const Graph graph = chain(12, 8);
    const CompiledGraph compiled(graph, {&cuda_target()});
    for (const int64_t batch : {1, 17, 23}) {
        expect_as_interpreted(graph, compiled, batch, 1, cuda_target());
    }
}

}  // namespace

}  // namespace ingot
