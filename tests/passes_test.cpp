// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include "spec/error.h"
#include "tests/graph_builder.h"
#include "tests/random_tensor_graph.h"
#include <gtest/gtest.h>

namespace ingot {

namespace {

using test::GraphBuilder;
using test::RandomGraph;

const Window same3{{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}};
const Window halve{{2, 2}, {2, 2}, {1, 1}, {}};
const std::vector<Call> bias{{Function::bias}};
const std::vector<Call> bias_relu{{Function::bias}, {Function::relu}};

/// The operations in order, as in `conv2d relu`.
std::string operations(const Graph &graph) {
    std::string text;
    for (const Node &node : graph.nodes) {
        text += (text.empty() ? "" : " ") + operation_name(node.operation);
    }
    return text;
}

std::vector<std::string> output_names(const Graph &graph) {
    std::vector<std::string> names;
    for (const ValueId id : graph.outputs) {
        names.push_back(graph.value(id).name);
    }
    return names;
}

/// With all passes, none, and each one off, a graph computes what it did without them.
void expect_results_kept(const Graph &before, const std::vector<reference::Tensor<double>> &inputs) {
    const std::vector<reference::Tensor<double>> expected = reference::interpret(before, inputs);
    std::vector<std::string_view> disabled{"", "all"};
    for (const Pass &pass : all_passes()) {
        disabled.push_back(pass.name);
    }
    for (const std::string_view off : disabled) {
        SCOPED_TRACE("without " + std::string(off));
        Graph graph = before;
        run_passes(graph, [&](std::string_view pass) { return off != "all" && pass != off; });
        EXPECT_EQ(output_names(graph), output_names(before));
        const std::vector<reference::Tensor<double>> outputs = reference::interpret(graph, inputs);
        ASSERT_EQ(outputs.size(), expected.size());
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            EXPECT_EQ(outputs[i].shape, expected[i].shape);
            EXPECT_EQ(outputs[i].data, expected[i].data);
        }
    }
}

const Conv2d &conv_of(const Graph &graph, std::size_t node) {
    return std::get<Conv2d>(graph.nodes.at(node).operation);
}

}  // namespace

TEST(FoldConstants, ComputesWhatIsConstant) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 1, 4, 4});
    const ValueId raw = builder.constant("raw", {4}, {-1, 2, -3, 4});
    const ValueId weights = builder.reshape("w", builder.relu("positive", raw), {1, 1, 2, 2});
    builder.graph.outputs = {
        builder.node("conv", Conv2d{{{2, 2}, {1, 1}, {1, 1}, {}}, 1, {}, std::nullopt}, {image, weights})};
    fold_constants(builder.graph);
    verify(builder.graph);
    EXPECT_EQ(operations(builder.graph), "conv2d");
    EXPECT_EQ(builder.graph.value(weights).constant, (std::vector<float>{0, 2, 0, 4}));
}

TEST(FoldConstants, ComputesSumsOfProducts) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 2});
    const ValueId a = builder.constant("a", {3, 2}, {1, 2, 3, 4, 5, 6});
    const ValueId b = builder.constant("b", {2, 2}, {1, 1, 1, -1});
    const ValueId product = builder.node("product", Gemm{}, {a, b});
    builder.graph.outputs = {builder.node("y", Gemm{}, {image, product})};
    fold_constants(builder.graph);
    EXPECT_EQ(operations(builder.graph), "gemm");
    EXPECT_EQ(builder.graph.value(product).constant, (std::vector<float>{3, -1, 7, -1, 11, -1}));
}

TEST(FoldConstants, KeepsOutputsAndWhatInputsFeed) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 2});
    const ValueId constant = builder.relu("constant", builder.constant("c", {2}, {-1, 1}));
    builder.graph.outputs = {builder.relu("y", image), constant};
    fold_constants(builder.graph);
    EXPECT_EQ(operations(builder.graph), "relu relu");
}

TEST(FoldConstants, ComputesShapeArithmeticOnIntegers) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 2});
    const auto integers = [&](const char *name, std::vector<int64_t> shape, std::vector<float> data) {
        return builder.graph.add_value({name, DataType::i64, std::move(shape), std::move(data)});
    };
    const ValueId shape = integers("shape", {4}, {1, 64, 7, 9}), all = integers("all", {1}, {-1});
    const ValueId spatial = builder.node("spatial", Slice{{2}, {1}}, {shape}, {2});
    const ValueId halved = builder.node("halved", Map{parse_expression("x0,-2,div")}, {spatial});
    const ValueId joined = builder.node("joined", Concat{0}, {all, halved});
    const ValueId total =
        builder.node("total", Reduce{Reduction::product, {0}, false, {operand_term(0)}}, {joined});
    const ValueId small = builder.node("small", Map{parse_expression("x0,x1,less")}, {joined, total});
    builder.graph.outputs = {builder.relu("y", image)};
    fold_constants(builder.graph);
    verify(builder.graph);
    EXPECT_EQ(operations(builder.graph), "relu");
    EXPECT_EQ(builder.graph.value(joined).constant, (std::vector<float>{-1, -3, -4}));
    EXPECT_EQ(builder.graph.value(total).constant, std::vector<float>{-12});
    EXPECT_EQ(builder.graph.value(total).type, DataType::i64);
    EXPECT_EQ(builder.graph.value(small).constant, (std::vector<float>{0, 0, 0}));
    EXPECT_EQ(builder.graph.value(small).type, DataType::boolean);
}

TEST(FoldConstants, RefusesIntegersThatAFloatWouldRound) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 2});
    const ValueId most = builder.graph.add_value({"most", DataType::i64, {1}, std::vector<float>{1 << 24}});
    const ValueId end = builder.graph.add_value({"end", DataType::i64, {1}, std::vector<float>{0x1p63f}});
    builder.graph.outputs = {builder.relu("y", image)};
    builder.node("even", Map{parse_expression("x0,2,mul")}, {most});
    builder.node("to the end", Map{parse_expression("x0,1,sub")}, {end});
    EXPECT_NO_THROW(fold_constants(builder.graph));
    builder.node("odd", Map{parse_expression("x0,1,add")}, {most});
    try {
        fold_constants(builder.graph);
        FAIL() << "folded";
    } catch (const Error &error) {
        EXPECT_STREQ(
            error.what(),
            "map 'odd' (node 1, opset 17): it computes the constant 16777217, but integers of more than 24 "
            "bits are not supported; keep shapes and indices below 2^24");
    }
}

TEST(FoldConstants, ComputesEveryOperation) {
    for (uint64_t seed = 0; seed < 100; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        test::RandomTensorGraph random(seed);
        Graph graph = random.graph();
        const std::vector<reference::Tensor<double>> inputs = random.inputs(1);
        const std::vector<reference::Tensor<double>> expected = reference::interpret(graph, inputs);
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            graph.value(graph.inputs[i]).constant.emplace(inputs[i].data.begin(), inputs[i].data.end());
        }
        const std::vector<ValueId> outputs = graph.outputs;
        graph.inputs.clear();
        graph.outputs.clear();
        fold_constants(graph);
        EXPECT_TRUE(graph.nodes.empty());
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            const std::vector<float> want(expected[i].data.begin(), expected[i].data.end());
            EXPECT_EQ(graph.value(outputs[i]).constant, want);
        }
    }
}

TEST(FoldConstants, RefusesWhatTakesTooLong) {
    GraphBuilder builder;
    const ValueId big = builder.constant("big", {1, 1, 512, 512}, std::vector<float>(512 * 512));
    const ValueId image = builder.input("image", {1, 2});
    builder.graph.outputs = {builder.relu("y", image)};
    builder.relu("cheap", builder.constant("c", {2}, {-1, 1}));
    builder.conv("slow", big, 1, {{32, 32}, {1, 1}, {1, 1}, {16, 16, 16, 16}});
    const std::string before = to_text(builder.graph);
    try {
        fold_constants(builder.graph);
        FAIL() << "folded";
    } catch (const Error &error) {
        EXPECT_STREQ(error.what(),
                     "conv2d 'slow' (node 2, opset 17): its inputs are constant, but computing it takes "
                     "more than 2^26 multiplications; export the model with constant folding");
    }
    EXPECT_EQ(to_text(builder.graph), before);
    verify(builder.graph);
}

TEST(RemoveDeadCode, RemovesIdentitiesAndKeepsOutputNames) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 1, 4, 4});
    const ValueId conv = builder.conv("conv", builder.identity("i1", builder.identity("i2", image)), 2, same3);
    const ValueId result = builder.identity("logits", builder.identity("i3", conv));
    builder.graph.outputs = {result};
    builder.relu("dead", conv);
    remove_dead_code(builder.graph);
    verify(builder.graph);
    EXPECT_EQ(operations(builder.graph), "conv2d");
    EXPECT_EQ(output_names(builder.graph), std::vector<std::string>{"logits"});
    EXPECT_EQ(builder.graph.values.size(), 4U);
}

TEST(RemoveDeadCode, LetsOtherReadersFollowARenamedOutput) {
    GraphBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("image", {1, 1, 4, 4}), 2, same3);
    const ValueId y = builder.identity("y", conv);
    builder.graph.outputs = {y, builder.relu("z", conv)};
    remove_dead_code(builder.graph);
    verify(builder.graph);
    EXPECT_EQ(operations(builder.graph), "conv2d relu");
    EXPECT_EQ(output_names(builder.graph), (std::vector<std::string>{"y", "z"}));
}

TEST(RemoveDeadCode, KeepsIdentitiesThatCopy) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 1, 4, 4});
    const ValueId relu = builder.relu("y", image);
    builder.graph.outputs = {relu, builder.identity("y2", relu), builder.identity("x2", image)};
    remove_dead_code(builder.graph);
    verify(builder.graph);
    EXPECT_EQ(operations(builder.graph), "relu identity identity");
    EXPECT_EQ(output_names(builder.graph), (std::vector<std::string>{"y", "y2", "x2"}));
}

TEST(FuseEpilogue, AppendsToConvPoolAndGemm) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 1, 4, 4});
    const ValueId conv = builder.relu("r1", builder.conv("conv", image, 2, same3));
    const ValueId pool = builder.relu("r2", builder.pool("pool", conv, halve));
    const ValueId flat = builder.flatten("flat", pool);
    builder.graph.outputs = {builder.relu("y", builder.relu("r3", builder.gemm("gemm", flat, 3)))};
    fuse_epilogue(builder.graph);
    verify(builder.graph);
    const Graph &graph = builder.graph;
    EXPECT_EQ(operations(graph), "conv2d pool2d reshape gemm");
    EXPECT_EQ(conv_of(graph, 0).epilogue, bias_relu);
    EXPECT_EQ(std::get<Pool2d>(graph.nodes[1].operation).epilogue, (std::vector<Call>{{Function::relu}}));
    EXPECT_EQ(std::get<Gemm>(graph.nodes[3].operation).epilogue, bias_relu) << "a ReLU twice is one";
    EXPECT_EQ(output_names(graph), std::vector<std::string>{"y"});
}

TEST(FuseEpilogue, KeepsWhatOthersRead) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 1, 4, 4});
    const ValueId shared = builder.conv("shared", image, 2, same3);
    const ValueId output = builder.conv("output", image, 2, same3);
    builder.graph.outputs = {builder.relu("a", shared), builder.pool("b", shared, halve), output,
                             builder.relu("c", output), builder.relu("d", image)};
    fuse_epilogue(builder.graph);
    verify(builder.graph);
    EXPECT_EQ(operations(builder.graph), "conv2d conv2d relu pool2d relu relu");
    EXPECT_EQ(conv_of(builder.graph, 0).epilogue, bias);
}

TEST(FuseConvPool, JoinsEpilogueAndPool) {
    for (const bool relu_first : {true, false}) {
        GraphBuilder builder;
        ValueId value = builder.conv("conv", builder.input("image", {1, 1, 6, 6}), 2, same3);
        value = relu_first ? builder.relu("relu", value) : builder.pool("pool", value, halve);
        value = relu_first ? builder.pool("pool", value, halve) : builder.relu("relu", value);
        builder.graph.outputs = {value};
        fuse_epilogue(builder.graph);
        fuse_conv_pool(builder.graph);
        verify(builder.graph);
        ASSERT_EQ(operations(builder.graph), "conv2d_pool2d");
        EXPECT_EQ(conv_of(builder.graph, 0).epilogue, bias_relu);
        EXPECT_EQ(conv_of(builder.graph, 0).pool, halve);
        EXPECT_EQ(output_names(builder.graph), std::vector<std::string>{relu_first ? "pool" : "relu"});
        EXPECT_EQ(builder.graph.values.size(), 4U);
    }
}

TEST(FuseConvPool, KeepsWhatOthersReadAndASecondPool) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 1, 8, 8});
    const ValueId shared = builder.conv("shared", image, 2, same3);
    const ValueId twice = builder.pool("p1", builder.conv("conv", image, 2, same3), halve);
    builder.graph.outputs = {builder.pool("a", shared, halve), shared, builder.pool("b", twice, halve)};
    fuse_conv_pool(builder.graph);
    verify(builder.graph);
    EXPECT_EQ(operations(builder.graph), "conv2d conv2d_pool2d pool2d pool2d");
}

TEST(FuseConvPool, LeavesAverages) {
    GraphBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("image", {1, 1, 4, 4}), 2, same3);
    builder.graph.outputs = {builder.node("pool", Pool2d{halve, {}, PoolMode::average}, {conv})};
    fuse_conv_pool(builder.graph);
    EXPECT_EQ(operations(builder.graph), "conv2d pool2d");
}

TEST(FuseConvPool, LeavesWindowsThatShareResultsOrArePadded) {
    for (const Window &window : {Window{{3, 3}, {2, 2}, {1, 1}, {}}, Window{{2, 2}, {2, 2}, {1, 1}, {0, 0, 1, 1}},
                                 Window{{2, 2}, {2, 2}, {2, 2}, {}}, Window{{5, 5}, {5, 5}, {1, 1}, {}}}) {
        GraphBuilder builder;
        const ValueId conv = builder.conv("conv", builder.input("image", {1, 1, 8, 8}), 2, same3);
        builder.graph.outputs = {builder.pool("pool", conv, window)};
        fuse_conv_pool(builder.graph);
        verify(builder.graph);
        EXPECT_EQ(operations(builder.graph), "conv2d pool2d") << to_text(window);
    }
}

TEST(FlattenIntoWeights, ReadsTheTensorBeforeAChainOfReshapes) {
    GraphBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("image", {2, 1, 4, 4}), 3, same3);
    const ValueId rows = builder.reshape("rows", conv, {2, 48});
    const ValueId all = builder.reshape("all", rows, {96});
    builder.graph.outputs = {builder.gemm("y", builder.reshape("flat", all, {2, 48}), 5)};
    flatten_into_weights(builder.graph);
    verify(builder.graph);
    EXPECT_EQ(operations(builder.graph), "conv2d gemm");
    EXPECT_EQ(builder.graph.nodes[1].inputs[0], builder.graph.nodes[0].output);
}

TEST(FlattenIntoWeights, KeepsOtherRowsAndReshapesThatAreRead) {
    GraphBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("image", {1, 1, 4, 4}), 3, same3);
    const ValueId flat = builder.flatten("flat", conv);
    const ValueId rows = builder.reshape("rows", conv, {3, 16});
    builder.graph.outputs = {flat, builder.gemm("a", flat, 2), builder.gemm("b", rows, 2)};
    flatten_into_weights(builder.graph);
    verify(builder.graph);
    EXPECT_EQ(operations(builder.graph), "conv2d reshape reshape gemm gemm");
    EXPECT_EQ(builder.graph.nodes[3].inputs[0], builder.graph.nodes[0].output);
    EXPECT_EQ(builder.graph.nodes[4].inputs[0], builder.graph.nodes[2].output);
}

TEST(Passes, FuseANetCompletely) {
    GraphBuilder builder;
    ValueId value = builder.input("image", {1, 1, 8, 8});
    for (const char *name : {"conv1", "conv2"}) {
        value = builder.conv(name, value, 4, same3);
        value = builder.pool(std::string(name) + ".pool", builder.relu(std::string(name) + ".relu", value), halve);
    }
    value = builder.gemm("gemm", builder.identity("dropout", builder.flatten("flat", value)), 10);
    builder.graph.outputs = {builder.identity("logits", value)};
    run_passes(builder.graph);
    EXPECT_EQ(operations(builder.graph), "conv2d_pool2d conv2d_pool2d gemm");
    EXPECT_EQ(output_names(builder.graph), std::vector<std::string>{"logits"});
}

TEST(Passes, RunOnlyWhatIsEnabled) {
    GraphBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("image", {1, 1, 4, 4}), 2, same3);
    builder.graph.outputs = {builder.pool("pool", builder.relu("relu", conv), halve)};
    run_passes(builder.graph, [](std::string_view pass) { return pass != "fuse_conv_pool"; });
    EXPECT_EQ(operations(builder.graph), "conv2d pool2d");
}

TEST(Passes, NeverChangeAResult) {
    std::size_t fused = 0;
    for (uint64_t seed = 0; seed < 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        RandomGraph random(seed);
        expect_results_kept(random.graph(), random.inputs(2));
        Graph graph = random.graph();
        run_passes(graph);
        fused += operations(graph).find("conv2d_pool2d") != std::string::npos ? 1 : 0;
    }
    EXPECT_GT(fused, 10U) << "the random graphs hold something to fuse";
}

TEST(Passes, NeverChangeAResultOfTensorOperations) {
    for (uint64_t seed = 0; seed < 500; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        test::RandomTensorGraph random(seed);
        expect_results_kept(random.graph(), random.inputs(2));
    }
}

}  // namespace ingot
