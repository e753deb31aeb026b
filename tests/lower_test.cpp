// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Graphs by hand and at random, lowered with and without passes, compiled into a library, run through its C API and
// compared with the interpreter: exactly, since all data are small integers.
#include "spec/error.h"
#include "tests/interpreted.h"
#include <functional>
#include <optional>

namespace ingot {

namespace {

using namespace test;

/// On the CPU, and on CUDA single images, both classes of batches, and more images than a session holds.
void expect_compiles(const Graph &graph, uint64_t seed = 1) {
    std::string done;
    for (const bool passes : {false, true}) {
        const Graph ready = prepared(graph, passes);
        if (to_text(ready) == done) {
            continue;  // the passes found nothing to do
        }
        done = to_text(ready);
        SCOPED_TRACE((passes ? "all passes\n" : "fold_constants alone\n") + done);
        const CompiledGraph compiled(ready, {best_target().front(), &cuda_target()});
        SCOPED_TRACE(to_text(compiled.lowered().plans.front()) + to_text(compiled.lowered().plans.back()));
        for (const int64_t batch : {1, 3}) {
            expect_as_interpreted(graph, compiled, batch, seed, *best_target().front());
        }
        for (const int64_t batch : {1, 3, 17, 23}) {
            expect_as_interpreted(graph, compiled, batch, seed, cuda_target());
        }
    }
}

/// A graph with a name, for the parameters of a test.
struct Case {
    const char *name;
    void (*build)(GraphBuilder &);
};
void PrintTo(const Case &graph, std::ostream *out) {
    *out << graph.name;
}

void output(GraphBuilder &b, ValueId id) {
    b.graph.outputs.push_back(id);
}

ValueId conv_without_bias(GraphBuilder &b, const std::string &name, ValueId src, int64_t co, const Window &window) {
    const ValueId weights =
        b.integers(name + ".w", {co, b.graph.value(src).shape[1], window.kernel.h, window.kernel.w}, 5);
    return b.node(name, Conv2d{window, 1, {}, std::nullopt}, {src, weights});
}

const Case cases[] = {
    {"convolution",
     [](GraphBuilder &b) {
         output(b, b.conv("c", b.input("x", {1, 3, 9, 7}), 5, same3));
     }},
    {"convolution_without_bias",
     [](GraphBuilder &b) {
         output(b, conv_without_bias(b, "c", b.input("x", {1, 3, 6, 6}), 4, same3));
     }},
    {"convolutions_without_bias_in_a_row",
     [](GraphBuilder &b) {
         const ValueId x = conv_without_bias(b, "c1", b.input("x", {1, 2, 6, 6}), 4, same3);
         output(b, conv_without_bias(b, "c2", b.relu("r", x), 3, same3));
     }},
    {"convolution_of_one_pixel",
     [](GraphBuilder &b) {
         output(b, b.conv("c", b.input("x", {1, 5, 1, 1}), 3, point));
     }},
    {"padding_wider_than_the_picture",
     [](GraphBuilder &b) {
         const ValueId x = b.relu("r", b.conv("c1", b.input("x", {1, 2, 3, 4}), 3, point));
         output(b, b.conv("c2", x, 2, {{5, 4}, {2, 1}, {1, 1}, {7, 5, 6, 8}}));
     }},
    {"asymmetric_padding_and_dilation",
     [](GraphBuilder &b) {
         const ValueId x =
             b.relu("r", b.conv("c1", b.input("x", {1, 2, 8, 9}), 4, {{3, 2}, {1, 2}, {1, 1}, {2, 0, 1, 1}}));
         output(b, b.conv("c2", x, 3, {{2, 3}, {2, 1}, {2, 2}, {0, 3, 2, 1}}));
     }},
    {"groups",
     [](GraphBuilder &b) {
         const ValueId x = b.relu("r", b.conv("c1", b.input("x", {1, 6, 5, 5}), 12, same3, 3));
         output(b, b.conv("c2", x, 12, same3, 12));
     }},
    {"convolution_and_pool",
     [](GraphBuilder &b) {
         const ValueId x = b.pool("p1", b.relu("r1", b.conv("c1", b.input("x", {1, 1, 12, 12}), 16, same3)), halve);
         output(b, b.pool("p2", b.relu("r2", b.conv("c2", x, 32, same3)), halve));
     }},
    {"pool_before_relu",
     [](GraphBuilder &b) {
         output(b, b.relu("r", b.pool("p", b.conv("c", b.input("x", {1, 2, 7, 7}), 3, same3),
                                      {{3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}})));
     }},
    {"relu_alone",
     [](GraphBuilder &b) {
         output(b, b.relu("r", b.input("x", {1, 3, 4, 5})));
     }},
    {"relu_of_rows",
     [](GraphBuilder &b) {
         output(b, b.relu("r", b.input("x", {2, 7})));
     }},
    {"relu_of_a_vector", [](GraphBuilder &b) { output(b, b.relu("r", b.input("x", {5}))); }},
    {"relu_of_rank_3",
     [](GraphBuilder &b) {
         output(b, b.relu("r", b.input("x", {2, 3, 4})));
     }},
    {"pool_alone",
     [](GraphBuilder &b) {
         output(b, b.pool("p", b.input("x", {1, 3, 6, 8}), halve));
     }},
    {"pool_with_padding",
     [](GraphBuilder &b) {
         output(b, b.pool("p", b.input("x", {1, 3, 6, 8}), {{3, 3}, {2, 1}, {1, 1}, {1, 2, 0, 1}}));
     }},
    {"pool_after_convolution_for_two_readers",
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c", b.input("x", {1, 2, 6, 6}), 4, same3);
         output(b, b.pool("p", x, {{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}}));
         output(b, b.conv("c2", x, 2, same3));
     }},
    {"gemm_of_rows",
     [](GraphBuilder &b) {
         output(b, b.gemm("g", b.input("x", {3, 5}), 4));
     }},
    {"gemm_of_a_picture",
     [](GraphBuilder &b) {
         output(b, b.gemm("g", b.input("x", {1, 2, 3, 4}), 4));
     }},
    {"gemm_after_gemm",
     [](GraphBuilder &b) {
         output(b, b.gemm("g2", b.relu("r", b.gemm("g1", b.input("x", {1, 11}), 7)), 3));
     }},
    {"gemm_after_a_flatten",
     [](GraphBuilder &b) {
         const ValueId x = b.relu("r", b.conv("c", b.input("x", {1, 2, 4, 5}), 3, same3));
         output(b, b.gemm("g", b.flatten("f", x), 4));
     }},
    {"gemm_and_convolution_read_one_value",
     [](GraphBuilder &b) {
         const ValueId x = b.relu("r", b.conv("c1", b.input("x", {1, 2, 4, 5}), 3, same3));
         output(b, b.gemm("g", b.flatten("f", x), 4));
         output(b, b.conv("c2", x, 2, same3));
     }},
    {"flatten_of_an_input",
     [](GraphBuilder &b) {
         output(b, b.flatten("f", b.input("x", {1, 2, 3, 4})));
     }},
    {"reshape_of_an_input_twice",
     [](GraphBuilder &b) {
         const ValueId x = b.input("x", {1, 2, 3, 4});
         output(b, b.flatten("f", x));
         output(b, b.reshape("s", x, {1, 4, 3, 2}));
     }},
    {"identity",
     [](GraphBuilder &b) {
         output(b, b.identity("i", b.input("x", {1, 2, 3, 4})));
     }},
    {"identities_in_the_middle",
     [](GraphBuilder &b) {
         const ValueId x = b.identity("i1", b.conv("c1", b.identity("i0", b.input("x", {1, 2, 5, 5})), 3, same3));
         output(b, b.conv("c2", b.identity("i2", x), 2, same3));
         output(b, x);
     }},
    {"two_outputs_of_one_value",
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c", b.input("x", {1, 2, 5, 5}), 3, same3);
         output(b, b.identity("a", x));
         output(b, b.identity("b", x));
     }},
    {"output_that_is_read",
     [](GraphBuilder &b) {
         const ValueId x = b.relu("r", b.conv("c1", b.input("x", {1, 2, 5, 5}), 3, same3));
         output(b, x);
         output(b, b.conv("c2", x, 2, same3));
         output(b, b.gemm("g", b.flatten("f", x), 4));
     }},
    {"flattened_output_that_is_read",
     [](GraphBuilder &b) {
         const ValueId x = b.flatten("f", b.conv("c", b.input("x", {1, 2, 4, 4}), 3, same3));
         output(b, x);
         output(b, b.gemm("g", x, 4));
     }},
    {"several_inputs",
     [](GraphBuilder &b) {
         const ValueId x = b.input("x", {1, 2, 5, 5}), y = b.input("y", {1, 9}), unused = b.input("z", {2, 3});
         output(b, b.gemm("g", y, 2));
         output(b, b.conv("c", x, 3, same3));
         output(b, b.identity("i", unused));
     }},
    {"reshape_in_the_middle",
     [](GraphBuilder &b) {
         const ValueId x = b.relu("r", b.conv("c1", b.input("x", {1, 2, 4, 6}), 3, same3));
         output(b, b.conv("c2", b.reshape("s", x, {1, 6, 2, 6}), 4, same3));
     }},
    {"reshape_to_one_channel",
     [](GraphBuilder &b) {
         const ValueId x = b.relu("r", b.gemm("g", b.input("x", {1, 7}), 24));
         output(b, b.conv("c", b.reshape("s", x, {1, 1, 4, 6}), 4, same3));
     }},
    {"reshape_from_one_channel",
     [](GraphBuilder &b) {
         const ValueId x = b.relu("r", b.conv("c1", b.input("x", {1, 2, 4, 6}), 1, same3));
         output(b, b.conv("c2", b.reshape("s2", b.reshape("s1", x, {1, 24}), {1, 2, 3, 4}), 4, same3));
         output(b, b.conv("c3", x, 2, same3));
     }},
    {"readers_of_different_padding",
     [](GraphBuilder &b) {
         const ValueId x = b.relu("r", b.conv("c1", b.input("x", {1, 2, 6, 6}), 4, same3));
         output(b, b.conv("c2", x, 2, same3));
         output(b, b.conv("c3", x, 2, {{5, 3}, {1, 1}, {1, 1}, {3, 0, 2, 1}}));
         output(b, b.pool("p", x, {{3, 3}, {2, 2}, {1, 1}, {0, 1, 1, 1}}));
         output(b, b.relu("r2", x));
     }},
    {"batch_of_the_model",
     [](GraphBuilder &b) {
         const ValueId x = b.pool("p", b.relu("r1", b.conv("c1", b.input("x", {2, 2, 6, 6}), 4, same3)), halve);
         const ValueId y = b.relu("r2", b.conv("c2", x, 6, same3));
         output(b, b.gemm("g", b.flatten("f", y), 5));
         output(b, y);
     }},
    {"batch_reshaped_into_channels",
     [](GraphBuilder &b) {
         const ValueId x = b.relu("r", b.conv("c1", b.input("x", {2, 2, 4, 4}), 3, same3));
         output(b, b.conv("c2", b.reshape("s", x, {1, 6, 4, 4}), 2, same3));
     }},
    {"large_arena",
     [](GraphBuilder &b) {
         // Each picture takes some 200 kB: keeping all their borders apart would double the arena.
         ValueId x = b.conv("c0", b.input("x", {1, 1, 54, 54}), 16, {{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}});
         x = b.conv("c1", b.relu("r0", x), 16, {{1, 3}, {1, 1}, {1, 1}, {0, 2, 0, 0}}, 16);
         for (const char *name : {"r1", "r2", "r3"}) {
             x = b.pool(name, x, {{2, 3}, {1, 1}, {1, 1}, {1, 1, 0, 1}});
         }
         output(b, b.conv("c2", x, 2, {{3, 3}, {2, 2}, {1, 1}, {1, 1, 2, 1}}));
     }},
};

class LowerTest : public testing::TestWithParam<Case> {};

}  // namespace

TEST_P(LowerTest, RunsAsInterpreted) {
    GraphBuilder builder;
    GetParam().build(builder);
    verify(builder.graph);
    expect_compiles(builder.graph);
}

INSTANTIATE_TEST_SUITE_P(Graphs, LowerTest, testing::ValuesIn(cases),
                         [](const auto &test) { return std::string(test.param.name); });

class LowerRandomTest : public testing::TestWithParam<uint64_t> {};

TEST_P(LowerRandomTest, RunsAsInterpreted) {
    Graph graph = RandomGraph(GetParam()).graph();
    // The importer refuses an output that depends on no input.
    std::erase_if(graph.outputs, [&](ValueId id) { return graph.value(id).name.find('.') != std::string::npos; });
    expect_compiles(graph, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Seeds, LowerRandomTest, testing::Range<uint64_t>(1, 13));

TEST(Lower, RunsAtEveryLevel) {
    GraphBuilder builder;
    const ValueId x = builder.relu("r", builder.conv("c1", builder.input("x", {1, 3, 9, 11}), 20, same3));
    builder.graph.outputs = {builder.gemm("g", builder.flatten("f", builder.pool("p", x, halve)), 7), x};
    Graph graph = prepared(builder.graph, true);
    const CompiledGraph compiled(graph, parse_targets(""));
    for (const Target *target : host_targets()) {
        expect_as_interpreted(builder.graph, compiled, 2, 1, *target);
    }
}

TEST(Lower, ClearsBordersInEveryRunWhereMemoryIsShared) {
    // Four pictures with a border, two of them alive at a time: apart they take twice the memory.
    GraphBuilder builder;
    ValueId x = builder.input("x", {1, 1, 40, 40});
    for (const char *name : {"c0", "c1", "c2", "c3"}) {
        x = builder.relu(std::string(name) + ".r", builder.conv(name, x, 48, {{2, 2}, {1, 1}, {1, 1}, {1, 1, 0, 0}},
                                                                name[1] == '0' ? 1 : 48));
    }
    builder.graph.outputs = {builder.conv("last", x, 1, same3)};
    const Graph graph = prepared(builder.graph, true);
    const LoweredModel model = lower(graph, "net", best_target());
    const Plan &plan = model.plans.front();
    EXPECT_TRUE(plan.zeros.empty()) << to_text(plan);
    EXPECT_FALSE(plan.steps.at(1).zeros.empty()) << to_text(plan);
    expect_compiles(builder.graph);
}

TEST(Lower, PacksAWeightOnceForAllLevels) {
    GraphBuilder builder;
    const ValueId x = builder.conv("c", builder.input("x", {1, 16, 8, 8}), 32, same3);
    builder.graph.outputs = {x};
    const TunedTable none;
    const LoweredModel one = lower(builder.graph, "net", best_target(), {.tables = &none});
    const LoweredModel all = lower(builder.graph, "net", parse_targets(""), {.tables = &none});
    EXPECT_EQ(all.weights, one.weights);
    EXPECT_EQ(one.weights.size(), 32 * 16 * 36 + 32U) << "36 frequencies of each filter, and the bias";
    EXPECT_EQ(all.extra_packing_bytes, 0);
    const LoweredModel exact = lower(builder.graph, "net", parse_targets(""), {.numerics = Numerics::exact});
    EXPECT_EQ(exact.weights.size(), 32 * 16 * 9 + 32U);
}

TEST(Lower, CarriesBothPackingsWhereLevelsUseDifferentAlgorithms) {
    // Few input channels: the lower a level, the fewer of them pay for Winograd's transforms.
    std::optional<LoweredModel> model;
    int64_t ci = 2;
    for (; ci <= 12; ++ci) {
        GraphBuilder builder;
        builder.graph.outputs = {builder.conv("c", builder.input("x", {1, ci, 8, 8}), 16, same3)};
        model = lower(builder.graph, "net", parse_targets("x86-64-v2,x86-64-v4"));
        if (model->plans[0].steps[0].choice.algorithm != model->plans[1].steps[0].choice.algorithm) {
            break;
        }
    }
    ASSERT_LE(ci, 12) << "the levels agree on every number of channels";
    EXPECT_EQ(model->weights.size(), static_cast<std::size_t>(16 * ci * 36 + 16 * ci * 9 + 16));
    EXPECT_EQ(model->extra_packing_bytes, 16 * ci * 9 * 4);
}

TEST(Lower, AsksByNodeBeforeOp) {
    GraphBuilder builder;
    const ValueId x = builder.conv("c1", builder.input("x", {1, 2, 8, 8}), 4, same3);
    builder.graph.outputs = {builder.conv("c2", builder.relu("r", x), 4, same3)};
    const LoweredModel model = lower(builder.graph, "net", best_target(),
                                     {.asked = {parse_asked_choice("c2=conv2d_direct/cpu_tiled"),
                                                parse_asked_choice("conv2d=conv2d_direct/cpu_reference"),
                                                parse_asked_choice("map=map/cpu_reference")}});
    const std::vector<Step> &steps = model.plans.front().steps;
    EXPECT_EQ(steps.at(0).choice.schedule, "cpu_reference");
    EXPECT_EQ(steps.at(1).choice.schedule, "cpu_reference");  // the ReLU, which is a map
    EXPECT_EQ(steps.at(2).choice.schedule, "cpu_tiled");
    EXPECT_EQ(steps.at(2).why, "asked for");
}

namespace {

/// A depthwise and a 1 x 1 convolution between two others, lowered with what is asked for.
std::vector<Step> separable_steps(const std::vector<std::string> &asked) {
    GraphBuilder builder;
    const ValueId x = builder.conv("c1", builder.input("x", {1, 3, 28, 28}), 64, same3);
    const ValueId y = builder.conv("pw", builder.conv("dw", x, 64, same3, 64), 64, point);
    builder.graph.outputs = {builder.conv("c2", y, 16, same3)};
    LowerOptions options;
    for (const std::string &text : asked) {
        options.asked.push_back(parse_asked_choice(text));
    }
    return lower(builder.graph, "net", {&find_target("x86-64-v4")}, options).plans.front().steps;
}

}  // namespace

TEST(Lower, ComputesADepthwiseAndAPointwiseConvolutionInOneKernel) {
    const std::vector<Step> steps = separable_steps({});
    ASSERT_EQ(steps.size(), 3U);
    EXPECT_EQ(steps[1].name, "dw to pw");
    EXPECT_EQ(steps[1].choice.algorithm, "depthwise_pointwise");
    EXPECT_NE(steps[1].why.find("; two kernels take 1."), std::string::npos) << steps[1].why;
}

TEST(Lower, KeepsApartWhatIsAskedForByItself) {
    for (const char *asked : {"dw=conv2d_direct/cpu_depthwise", "pw=conv2d_gemm/cpu_tiled"}) {
        EXPECT_EQ(separable_steps({asked}).size(), 4U) << asked;
    }
    // The pair's own name is more exact than either's op, and either's name than that of pairs.
    const std::string direct = "conv2d=conv2d_direct/cpu_tiled", pair = "depthwise_pointwise/cpu_strips";
    EXPECT_EQ(separable_steps({direct}).size(), 4U);
    EXPECT_EQ(separable_steps({direct, "dw to pw=" + pair}).size(), 3U);
    EXPECT_EQ(separable_steps({direct, "sequential=" + pair}).size(), 3U);
    EXPECT_EQ(separable_steps({"dw=conv2d_direct/cpu_depthwise", "sequential=" + pair}).size(), 4U);
    for (const char *name : {"sequential", "dw to pw"}) {
        const std::vector<Step> steps = separable_steps({std::string(name) + "=depthwise_pointwise/cpu_reference"});
        ASSERT_EQ(steps.size(), 3U);
        EXPECT_EQ(steps[1].choice.schedule, "cpu_reference");
        EXPECT_TRUE(steps[1].why.starts_with("asked for; two kernels take 0.")) << steps[1].why;
    }
}

namespace {

/// A 1 x 1 convolution, with a depthwise one before it or without, and the mean over its picture; behind that what
/// `end` builds.
LoweredModel lowered_mean(bool with_depthwise, const std::vector<std::string> &asked,
                          const std::function<ValueId(GraphBuilder &, ValueId conv, ValueId mean)> &end = {}) {
    GraphBuilder builder;
    ValueId x = builder.conv("c1", builder.input("x", {1, 3, 25, 5}), 64, same3);
    x = with_depthwise ? builder.conv("dw", x, 64, same3, 64) : x;
    const ValueId conv = builder.conv("pw", x, 64, point);
    const ValueId mean = builder.node("mean", Reduce{Reduction::mean, {2, 3}, true}, {conv}, {1, 64, 1, 1});
    builder.graph.outputs = {end ? end(builder, conv, mean) : mean};
    LowerOptions options;
    for (const std::string &text : asked) {
        options.asked.push_back(parse_asked_choice(text));
    }
    return lower(builder.graph, "net", {&find_target("x86-64-v4")}, options);
}

std::vector<std::string> names(const LoweredModel &model) {
    std::vector<std::string> names;
    for (const Step &step : model.plans.front().steps) {
        names.push_back(step.name);
    }
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST(Lower, ComputesAPointwiseConvolutionAndTheMeanOverItInOneKernel) {
    const LoweredModel model = lowered_mean(false, {});
    ASSERT_EQ(names(model), (Names{"c1", "pw to mean"}));
    const Step &step = model.plans.front().steps[1];
    EXPECT_EQ(step.choice.algorithm, "pointwise_mean");
    EXPECT_NE(step.why.find("; two kernels take 1."), std::string::npos) << step.why;
}

TEST(Lower, KeepsAMeanApartFromAConvolutionThatIsReadTwice) {
    const auto twice = [](GraphBuilder &b, ValueId conv, ValueId mean) {
        return b.node("scaled", Map{parse_expression("x0,x1,mul")}, {conv, mean});
    };
    EXPECT_EQ(names(lowered_mean(false, {}, twice)), (Names{"c1", "pw", "mean", "scaled"}));
}

TEST(Lower, KeepsAMeanApartThatIsAskedForByItself) {
    EXPECT_EQ(names(lowered_mean(false, {"mean=reduce/cpu_vectors"})).size(), 3U);
    EXPECT_EQ(names(lowered_mean(false, {"pw=conv2d_direct/cpu_tiled"})).size(), 3U);
    EXPECT_EQ(names(lowered_mean(false, {"reduce=reduce/cpu_vectors"})).size(), 3U);
    EXPECT_EQ(
        names(lowered_mean(false, {"reduce=reduce/cpu_vectors", "pw to mean=pointwise_mean/cpu_rows"})).size(), 2U);
}

TEST(Lower, FusesAConvolutionWithOneOfItsNeighbours) {
    for (const char *asked :
         {"dw to pw=depthwise_pointwise/cpu_strips", "sequential=depthwise_pointwise/cpu_strips"}) {
        EXPECT_EQ(names(lowered_mean(true, {asked})), (Names{"c1", "dw to pw", "mean"})) << asked;
    }
    for (const char *asked : {"pw to mean=pointwise_mean/cpu_rows", "sequential=pointwise_mean/cpu_rows"}) {
        EXPECT_EQ(names(lowered_mean(true, {asked})), (Names{"c1", "dw", "pw to mean"})) << asked;
    }
}

TEST(Lower, AsksByNodeForTheKernelsThatComputeTheSame) {
    GraphBuilder builder;
    const ValueId x = builder.input("x", {1, 9});
    // Two kernels of one node of the model.
    const ValueId sum = builder.node("softmax", Reduce{Reduction::sum, {1}, true}, {x}, {1, 1});
    builder.graph.outputs = {builder.node("softmax", Map{parse_expression("x0,x1,div")}, {x, sum})};
    const std::vector<Step> steps =
        lower(builder.graph, "net", best_target(), {.asked = {parse_asked_choice("softmax=reduce/cpu_reference")}})
            .plans.front()
            .steps;
    ASSERT_EQ(steps.size(), 2U);
    EXPECT_EQ(steps[0].why, "asked for");
    EXPECT_NE(steps[1].why, "asked for");
}

namespace {

std::string refusal(const std::string &asked) {
    GraphBuilder builder;
    const ValueId x = builder.conv("c1", builder.input("x", {1, 2, 8, 8}), 4, same3);
    builder.graph.outputs = {builder.reshape("s", x, {4, 64})};
    try {
        lower(builder.graph, "net", best_target(), {.asked = {parse_asked_choice(asked)}});
    } catch (const Error &error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST(Lower, RefusesAChoiceForWhatHasNoKernel) {
    EXPECT_EQ(refusal("s=conv2d_direct/cpu_reference"),
              "--schedule s=conv2d_direct/cpu_reference: the model has no such op or node; it has: c1, conv2d");
    EXPECT_EQ(
        refusal("reshape=conv2d_direct/cpu_reference"),
        "--schedule reshape=conv2d_direct/cpu_reference: the model has no such op or node; it has: c1, conv2d");
    EXPECT_EQ(refusal("c1=gemm/cpu_reference"), "gemm/cpu_reference: gemm computes gemm, not conv2d");
}

TEST(Lower, RefusesATextThatIsNoChoice) {
    for (const char *text : {"", "conv2d", "=conv2d_direct/cpu_tiled", "conv2d="}) {
        EXPECT_THROW(parse_asked_choice(text), Error) << text;
    }
}

}  // namespace ingot
