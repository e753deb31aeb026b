// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights of 16 bits: their numbers, the pass that rounds to them, and nets whose kernels read them.
#include "spec/error.h"
#include "spec/float16.h"
#include "tests/interpreted.h"
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace ingot {

namespace {

using namespace test;

constexpr DataType bf16 = DataType::bf16, f16 = DataType::f16;

TEST(Float16, RoundsToTheNearestAndTiesToEven) {
    EXPECT_EQ(narrowed(bf16, 1.0f), 0x3f80);
    EXPECT_EQ(narrowed(f16, 1.0f), 0x3c00);
    EXPECT_EQ(narrowed(bf16, -0.0f), 0x8000);
    // 1 and a half of the last place: down to the even number, from the odd one up.
    EXPECT_EQ(narrowed(bf16, 1.0f + 0x1p-8f), 0x3f80);
    EXPECT_EQ(narrowed(bf16, 1.0f + 0x1p-7f + 0x1p-8f), 0x3f82);
    EXPECT_EQ(narrowed(bf16, 1.0f + 0x1p-8f + 0x1p-20f), 0x3f81);
    EXPECT_EQ(narrowed(f16, 1.0f + 0x1p-11f), 0x3c00);
    EXPECT_EQ(narrowed(f16, 1.0f + 0x1p-10f + 0x1p-11f), 0x3c02);
}

TEST(Float16, EndsInInfinityAndKeepsNaN) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    EXPECT_EQ(widened(f16, narrowed(f16, 65504.0f)), 65504.0f);
    EXPECT_EQ(widened(f16, narrowed(f16, 65520.0f)), infinity);
    EXPECT_EQ(widened(bf16, narrowed(bf16, std::numeric_limits<float>::max())), infinity);
    EXPECT_EQ(widened(bf16, narrowed(bf16, -infinity)), -infinity);
    // A payload in the lower half alone.
    EXPECT_TRUE(std::isnan(widened(bf16, narrowed(bf16, std::bit_cast<float>(0x7f800001U)))));
    EXPECT_TRUE(std::isnan(widened(f16, narrowed(f16, std::nanf("")))));
}

TEST(Float16, KeepsEachOfItsNumbers) {
    for (const DataType type : {bf16, f16}) {
        for (uint32_t bits = 0; bits < 0x10000; ++bits) {
            const float value = widened(type, static_cast<uint16_t>(bits));
            if (!std::isnan(value)) {
                ASSERT_EQ(narrowed(type, value), bits) << to_text(type);
            }
        }
    }
}

std::vector<float> normal(std::size_t size, uint64_t seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<float> distribution(0.0f, 0.1f);
    std::vector<float> result(size);
    std::generate(result.begin(), result.end(), [&] { return distribution(random); });
    return result;
}

/// A stem, a convolution for a Winograd algorithm, a depthwise and a 1 x 1 convolution, a linear layer.
Graph small_net() {
    GraphBuilder b;
    const ValueId stem = b.conv("stem", b.input("x", {1, 3, 16, 16}), 16, same3);
    const ValueId square = b.conv("square", stem, 32, same3);
    const ValueId depthwise = b.conv("depthwise", square, 32, same3, 32);
    const ValueId pointwise = b.conv("pointwise", depthwise, 24, point);
    const ValueId pooled = b.pool("pool", pointwise, halve);
    b.graph.outputs.push_back(b.gemm("fc", pooled, 10));
    for (Value &value : b.graph.values) {
        if (value.constant) {
            value.constant = normal(value.constant->size(), value.constant->size());
        }
    }
    return b.graph;
}

TEST(RoundWeights, RoundsThoseOfConvolutionsAndGemmsAlone) {
    GraphBuilder b;
    const ValueId conv = b.conv("c", b.input("x", {1, 2, 4, 4}), 3, same3);
    const ValueId fc = b.gemm("fc", conv, 5);
    b.graph.outputs.push_back(fc);
    for (Value &value : b.graph.values) {
        if (value.constant) {
            value.constant = normal(value.constant->size(), 7);
        }
    }
    const Graph before = b.graph;
    const double rounding = round_weights(b.graph, bf16);
    EXPECT_EQ(b.graph.weights, bf16);
    // At most half of the last of 8 places, and not all of it nothing.
    EXPECT_GT(rounding, 0x1p-12);
    EXPECT_LT(rounding, 0x1p-8);
    for (std::size_t i = 0; i < before.nodes.size(); ++i) {
        const auto constant = [&](const Graph &graph, std::size_t input) {
            return *graph.value(graph.nodes[i].inputs[input]).constant;
        };
        const std::vector<float> weights = constant(before, 1), rounded = constant(b.graph, 1);
        for (std::size_t k = 0; k < weights.size(); ++k) {
            EXPECT_EQ(rounded[k], widened(bf16, narrowed(bf16, weights[k])));
        }
        EXPECT_NE(rounded, weights);
        EXPECT_EQ(constant(b.graph, 2), constant(before, 2)) << "a bias is not of the weights";
    }
}

TEST(RoundWeights, LeavesAConstantToItsOtherReaders) {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 1, 3, 3});
    const ValueId shared = b.constant("w", {1, 1, 3, 3}, normal(9, 3));
    const ValueId conv = b.node("c", Conv2d{{{3, 3}, {1, 1}, {1, 1}, {}}, 1, {}, std::nullopt}, {x, shared});
    const ValueId sum = b.node("s", Map{parse_expression("x0,x1,add")}, {x, shared});
    b.graph.outputs = {conv, sum};
    round_weights(b.graph, f16);
    EXPECT_NE(b.graph.nodes[0].inputs[1], b.graph.nodes[1].inputs[1]);
    EXPECT_EQ(*b.graph.value(b.graph.nodes[1].inputs[1]).constant, normal(9, 3));
    EXPECT_NE(*b.graph.value(b.graph.nodes[0].inputs[1]).constant, normal(9, 3));
}

TEST(RoundWeights, RefusesWhatIsBeyondTheLargestNumber) {
    GraphBuilder b;
    b.graph.outputs.push_back(b.gemm("fc", b.input("x", {1, 2}), 1));
    b.graph.value(b.graph.nodes[0].inputs[1]).constant->front() = -70000.0f;
    Graph graph = b.graph;
    try {
        round_weights(graph, f16);
        FAIL() << "nothing is thrown";
    } catch (const Error &error) {
        EXPECT_EQ(std::string(error.what()),
                  to_text(b.graph.nodes[0].origin) +
                      ": a weight is -70000.000000, beyond the largest number of f16; take bf16");
    }
    EXPECT_GT(round_weights(b.graph, bf16), 0.0);
}

/// What a plan chose for its kernels, to ask another for the same.
std::vector<AskedChoice> choices_of(const Plan &plan) {
    std::vector<AskedChoice> asked;
    for (const Step &step : plan.steps) {
        if (step.spec) {
            asked.push_back(parse_asked_choice(step.name + "=" + to_text(step.choice)));
        }
    }
    return asked;
}

TEST(NarrowWeights, GiveTheBitsOfTheSameNumbersInF32) {
    for (const DataType type : {bf16, f16}) {
        for (const Target *target : host_targets()) {
            SCOPED_TRACE(std::string(to_text(type)) + ", " + std::string(target->name));
            Graph narrow = small_net();
            run_passes(narrow);
            round_weights(narrow, type);
            Graph wide = narrow;
            wide.weights = DataType::f32;
            const CompiledGraph of_narrow(narrow, {target});
            const CompiledGraph of_wide(wide, {target}, choices_of(of_narrow.lowered().plans[0]));
            std::vector<reference::Tensor<double>> inputs = random_inputs(narrow, 3, 5);
            // Numbers whose product with 2^112 is beyond f32.
            for (double &element : inputs[0].data) {
                element *= 0x1p20;
            }
            const std::string level(target->name);
            const std::vector<float> got = of_narrow.run_twice(inputs, 3, level.c_str())[0];
            const std::vector<float> expected = of_wide.run_twice(inputs, 3, level.c_str())[0];
            if (type == bf16 || target->has_fma) {
                EXPECT_EQ(got, expected);
                continue;
            }
            // Widened by a product, f16 leaves LLVM another order of the sums around it.
            const float largest = std::abs(*std::max_element(
                expected.begin(), expected.end(), [](float a, float b) { return std::abs(a) < std::abs(b); }));
            for (std::size_t i = 0; i < expected.size(); ++i) {
                EXPECT_NEAR(got[i], expected[i], 1e-6f * largest);
            }
        }
    }
}

TEST(NarrowWeights, TakeHalfTheBytesButInWinogradAlgorithms) {
    Graph graph = small_net();
    run_passes(graph);
    const LoweredModel wide = lower(graph, "net", best_target());
    round_weights(graph, bf16);
    const LoweredModel narrow = lower(graph, "net", best_target());
    int halved = 0, kept = 0;
    for (const Step &step : narrow.plans[0].steps) {
        for (const StepOperand &operand : step.operands) {
            const KernelBuffer &buffer = operand.buffer;
            if (buffer.name.starts_with("weights")) {
                const bool is_winograd_kernel = step.choice.algorithm.find("winograd") != std::string::npos;
                EXPECT_EQ(buffer.type, is_winograd_kernel ? DataType::f32 : bf16) << step.name;
                (is_winograd_kernel ? kept : halved) += 1;
                EXPECT_EQ(byte_size(buffer.type), is_winograd_kernel ? 4 : 2);
            } else {
                EXPECT_EQ(buffer.type, DataType::f32) << step.name << ", " << buffer.name;
            }
        }
    }
    EXPECT_GT(halved, 2);
    EXPECT_GT(kept, 0);
    EXPECT_LT(narrow.weights.size(), wide.weights.size());
}

TEST(NarrowWeights, AreNotForCuda) {
    Graph graph = small_net();
    graph.source = "net.onnx";
    run_passes(graph);
    round_weights(graph, bf16);
    try {
        (void)lower(graph, "net", {&cuda_target()});
        FAIL() << "nothing is thrown";
    } catch (const Error &error) {
        EXPECT_EQ(
            std::string(error.what()),
            "net.onnx: kernels for CUDA read f32 weights, not bf16; leave cuda-compute_86 out of --target, or "
            "take --weights f32");
    }
}

}  // namespace

}  // namespace ingot
