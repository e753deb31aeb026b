// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/graph.h"
#include "spec/error.h"
#include "tests/graph_builder.h"
#include <gtest/gtest.h>

namespace ingot {

namespace {

using test::GraphBuilder;

/// The message with which `build` is refused; empty where it is not.
std::string refusal(const std::function<void(GraphBuilder &)> &build) {
    GraphBuilder builder;
    try {
        build(builder);
    } catch (const Error &error) {
        return error.what();
    }
    return {};
}

const std::string contradiction =
    "; the model contradicts itself: check it with onnx.checker.check_model(model, full_check=True)";

/// image [1, 2, 6, 6] -> conv -> relu -> pool -> flatten -> gemm.
GraphBuilder small_net() {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 2, 6, 6});
    const ValueId conv = builder.conv("conv", image, 3, {{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}});
    const ValueId relu = builder.relu("relu", conv);
    const ValueId pool = builder.pool("pool", relu, {{2, 2}, {2, 2}, {1, 1}, {}});
    builder.graph.outputs = {builder.gemm("logits", builder.flatten("flat", pool), 4)};
    builder.graph.name = "small";
    return builder;
}

}  // namespace

TEST(ElementCount, IsNoneForWhatNoTensorMayHave) {
    EXPECT_EQ(element_count({}), 1);
    EXPECT_EQ(element_count({2, 3, 4}), 24);
    EXPECT_EQ(element_count({max_elements}), max_elements);
    EXPECT_EQ(element_count({max_elements, 2}), std::nullopt);
    EXPECT_EQ(element_count({int64_t{1} << 62, 4}), std::nullopt);
    EXPECT_EQ(element_count({3, 0}), std::nullopt);
    EXPECT_EQ(element_count({-1}), std::nullopt);
}

TEST(Text, NamesFromFilesArePrintable) {
    EXPECT_EQ(quote("a b"), "'a b'");
    EXPECT_EQ(quote("a\nb\xff"), "'a\\x0ab\\xff'");
    EXPECT_EQ(to_text(Origin{"Conv", "conv1", 3, 17}), "Conv 'conv1' (node 3, opset 17)");
    EXPECT_EQ(shape_to_text({1, 2, 3}), "[1,2,3]");
    EXPECT_EQ(shape_to_text({}), "[]");
    EXPECT_EQ(to_text(Window{{3, 2}, {2, 1}, {1, 1}, {0, 1, 2, 3}}), "k=3x2 s=2x1 p=0,1,2,3");
    EXPECT_EQ(to_text(Window{{3, 3}, {1, 1}, {2, 1}, {}}, "p"), "pk=3x3 ps=1x1 pp=0,0,0,0 pd=2x1");
}

TEST(Text, ListsValuesAndNodes) {
    EXPECT_EQ(to_text(small_net().graph), "graph 'small'\n"
                                          "image [1,2,6,6] = input\n"
                                          "conv.w [3,2,3,3] = constant\n"
                                          "conv.b [3] = constant\n"
                                          "logits.w [4,27] = constant\n"
                                          "logits.b [4] = constant\n"
                                          "conv [1,3,6,6] = conv2d k=3x3 s=1x1 p=1,1,1,1 epilogue=bias (image, "
                                          "conv.w, conv.b)\n"
                                          "relu [1,3,6,6] = relu (conv)\n"
                                          "pool [1,3,3,3] = pool2d k=2x2 s=2x2 p=0,0,0,0 (relu)\n"
                                          "flat [1,27] = reshape (pool)\n"
                                          "logits [1,4] = gemm epilogue=bias (flat, logits.w, logits.b)\n"
                                          "output logits\n");
}

TEST(Graph, KnowsProducersConsumersAndUses) {
    GraphBuilder builder = small_net();
    Graph &graph = builder.graph;
    const ValueId image = graph.inputs[0], conv = graph.nodes[0].output, logits = graph.outputs[0];
    EXPECT_EQ(graph.producer(image), nullptr);
    EXPECT_EQ(graph.producer(conv), &graph.nodes[0]);
    EXPECT_EQ(graph.consumers(conv), std::vector<std::size_t>{1});
    EXPECT_TRUE(graph.has_one_use(conv));
    EXPECT_FALSE(graph.has_one_use(logits)) << "an output";
    builder.relu("again", conv);
    EXPECT_EQ(graph.consumers(conv), (std::vector<std::size_t>{1, 5}));
    EXPECT_FALSE(graph.has_one_use(conv));
    graph.replace_uses(conv, image);
    EXPECT_TRUE(graph.consumers(conv).empty());
    EXPECT_EQ(graph.nodes[1].inputs, std::vector<ValueId>{image});
    graph.replace_uses(logits, conv);
    EXPECT_TRUE(graph.is_output(conv));
}

TEST(Graph, DropsWhatNoOutputNeeds) {
    GraphBuilder builder = small_net();
    Graph &graph = builder.graph;
    const std::string before = to_text(graph);
    builder.relu("dead", builder.conv("dead conv", graph.inputs[0], 1, {{1, 1}, {1, 1}, {1, 1}, {}}));
    builder.constant("unused", {1}, {1});
    drop_unused(graph);
    verify(graph);
    EXPECT_EQ(to_text(graph), before);
    EXPECT_EQ(graph.values.size(), 10U);
}

TEST(InferShape, FollowsTheOperations) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {2, 4, 9, 8});
    const auto shape = [&](ValueId id) { return builder.graph.value(id).shape; };
    const ValueId conv = builder.conv("c", image, 6, {{3, 2}, {2, 3}, {2, 1}, {1, 0, 2, 1}}, 2);
    EXPECT_EQ(shape(conv), (std::vector<int64_t>{2, 6, (9 + 3 - 5) / 2 + 1, (8 + 1 - 2) / 3 + 1}));
    EXPECT_EQ(shape(builder.pool("p", image, {{3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}})),
              (std::vector<int64_t>{2, 4, 5, 4}));
    EXPECT_EQ(shape(builder.gemm("g", conv, 5)), (std::vector<int64_t>{2, 5}));
    EXPECT_EQ(shape(builder.relu("r", image)), (std::vector<int64_t>{2, 4, 9, 8}));
    Conv2d fused{{{1, 1}, {1, 1}, {1, 1}, {}}, 1, {{Function::relu}}, Window{{3, 4}, {3, 4}, {1, 1}, {}}};
    EXPECT_EQ(shape(builder.node("f", fused, {image, builder.integers("w", {5, 4, 1, 1}, 1)})),
              (std::vector<int64_t>{2, 5, 3, 2}));
}

TEST(InferShape, RefusesWhatDoesNotFit) {
    const Window one{{1, 1}, {1, 1}, {1, 1}, {}};
    const auto conv = [](std::vector<int64_t> src, std::vector<int64_t> weights, Window window, int64_t groups) {
        return refusal([&](GraphBuilder &builder) {
            const ValueId x = builder.input("x", src);
            builder.node("y", Conv2d{window, groups, {}, std::nullopt}, {x, builder.integers("w", weights, 1)});
        });
    };
    const std::string place = "conv2d 'y' (node 0, opset 17): ";
    EXPECT_EQ(conv({1, 2, 4, 4}, {3, 2, 1, 1}, one, 1), "");
    EXPECT_EQ(conv({1, 2, 4}, {3, 2, 1, 1}, one, 1),
              place +
                  "a source of shape [1,2,4] is not supported, only rank 4 [n,c,h,w]; reshape to it with extents "
                  "of 1");
    EXPECT_EQ(conv({1, 2, 4, 4}, {3, 1, 1, 1}, one, 1),
              place +
                  "weights of shape [3,1,1,1] with group=1 do not fit a source of shape [1,2,4,4]: input channels "
                  "differ" +
                  contradiction);
    EXPECT_EQ(conv({1, 2, 4, 4}, {3, 1, 1, 1}, one, 2),
              place +
                  "weights of shape [3,1,1,1] with group=2 do not fit a source of shape [1,2,4,4]: group does not "
                  "divide the output channels" +
                  contradiction);
    EXPECT_EQ(conv({1, 2, 4, 4}, {3, 2, 1}, one, 1),
              place +
                  "weights of shape [3,2,1] with group=1 do not fit a source of shape [1,2,4,4]: they need rank 4" +
                  contradiction);
    EXPECT_EQ(conv({1, 2, 4, 4}, {3, 2, 3, 1}, one, 1),
              place +
                  "weights of shape [3,2,3,1] with group=1 do not fit a source of shape [1,2,4,4]: kernel_shape is "
                  "1x1" +
                  contradiction);
    EXPECT_EQ(conv({1, 1, 4, 4}, {1, 1, 3, 3}, {{3, 3}, {1, 1}, {2, 2}, {}}, 1),
              place + "the window k=3x3 s=1x1 p=0,0,0,0 d=2x2 is larger than the padded picture of 4x4" +
                  contradiction);
    EXPECT_EQ(conv({1, 1, 4, 4}, {1, 1, 1, 1}, {{1, 1}, {0, 1}, {1, 1}, {}}, 1),
              place + "kernel_shape, strides and dilations must be between 1 and 536870911" + contradiction);
    EXPECT_EQ(conv({1, 1, 4, 4}, {1, 1, 1, 1}, {{1, 1}, {1, 1}, {1, 1}, {0, 0, -1, 0}}, 1),
              place + "pads must be between 0 and 536870911" + contradiction);
    EXPECT_EQ(
        conv({1, 1, 4, 4}, {1, 1, 1, 1}, {{1, 1}, {99999, 99999}, {1, 1}, {0, 0, 30000, 30000}}, 1),
        place + "a padded source of shape [1,1,30004,30004] holds more than 536870911 elements; use smaller pads");
    EXPECT_EQ(
        conv({1, 1, 20000, 20000}, {2, 1, 1, 1}, one, 1),
        place + "a result of shape [1,2,20000,20000] holds more than 536870911 elements; use a smaller picture or "
                "batch");
}

TEST(InferShape, RefusesMaximaOfPaddingAlone) {
    const auto pool = [](std::vector<int64_t> src, Window window) {
        return refusal([&](GraphBuilder &builder) { builder.pool("y", builder.input("x", src), window); });
    };
    EXPECT_EQ(pool({1, 1, 4, 4}, {{2, 2}, {1, 1}, {1, 1}, {1, 1, 1, 1}}), "");
    for (const Pad2 &pad : {Pad2{2, 0, 0, 0}, Pad2{0, 2, 0, 0}, Pad2{0, 0, 2, 0}, Pad2{0, 0, 0, 2}}) {
        EXPECT_EQ(pool({1, 1, 4, 4}, {{2, 2}, {1, 1}, {1, 1}, pad}),
                  "pool2d 'y' (node 0, opset 17): with k=2x2 s=1x1 p=" + to_text(pad) +
                      " some windows hold padding only, which has no maximum; use smaller pads");
    }
    // Elements 0 and 4 of a window that starts at -1 lie on both sides of a picture of 3.
    EXPECT_EQ(
        pool({1, 1, 3, 1}, {{2, 1}, {1, 1}, {4, 1}, {1, 0, 1, 0}}),
        "pool2d 'y' (node 0, opset 17): with k=2x1 s=1x1 p=1,0,1,0 d=4x1 some windows hold padding only, which "
        "has no maximum; use smaller pads");
    EXPECT_EQ(pool({1, 1, 4, 1}, {{2, 1}, {1, 1}, {4, 1}, {1, 0, 1, 0}}), "");
}

TEST(InferShape, RefusesGemmAndReshapeOfOtherSizes) {
    EXPECT_EQ(refusal([](GraphBuilder &builder) {
                  const ValueId x = builder.input("x", {2, 3, 2});
                  builder.node("y", Gemm{}, {x, builder.integers("w", {4, 5}, 1)});
              }),
              "gemm 'y' (node 0, opset 17): weights of shape [4,5] (outputs, inputs) do not fit a source of shape "
              "[2,3,2]" +
                  contradiction);
    EXPECT_EQ(refusal([](GraphBuilder &builder) {
                  const ValueId x = builder.input("x", {2, 3});
                  builder.node("y", Gemm{{{Function::bias}}},
                               {x, builder.integers("w", {4, 3}, 1), builder.integers("b", {1, 4}, 1)});
              }),
              "gemm 'y' (node 0, opset 17): a bias of shape [1,4] does not fit 4 output channels" + contradiction);
    EXPECT_EQ(refusal([](GraphBuilder &builder) {
                  builder.reshape("y", builder.input("x", {2, 3}), {4, 2});
              }),
              "reshape 'y' (node 0, opset 17): shape [2,3] cannot become [4,2]" + contradiction);
}

TEST(Verify, AcceptsWhatIsConsistent) {
    EXPECT_NO_THROW(verify(small_net().graph));
    for (uint64_t seed = 0; seed < 50; ++seed) {
        EXPECT_NO_THROW(verify(test::RandomGraph(seed).graph())) << "seed " << seed;
    }
}

TEST(Verify, FindsEachInconsistency) {
    const std::vector<std::pair<const char *, std::function<void(Graph &)>>> damages{
        {"order", [](Graph &graph) { std::swap(graph.nodes[0], graph.nodes[1]); }},
        {"two producers", [](Graph &graph) { graph.nodes[1].output = graph.nodes[0].output; }},
        {"an input that is computed", [](Graph &graph) { graph.inputs.push_back(graph.nodes[0].output); }},
        {"an input that is constant", [](Graph &graph) { graph.inputs.push_back(graph.nodes[0].inputs[1]); }},
        {"an input twice", [](Graph &graph) { graph.inputs.push_back(graph.inputs[0]); }},
        {"an output twice", [](Graph &graph) { graph.outputs.push_back(graph.outputs[0]); }},
        {"an output that is an input", [](Graph &graph) { graph.outputs.push_back(graph.inputs[0]); }},
        {"an output out of range", [](Graph &graph) { graph.outputs.push_back(99); }},
        {"a shape", [](Graph &graph) { graph.value(graph.nodes[0].output).shape[2] = 7; }},
        {"a constant's size", [](Graph &graph) { graph.value(graph.nodes[0].inputs[1]).constant->pop_back(); }},
        {"an undefined input",
         [](Graph &graph) {
             graph.nodes[2].inputs[0] = graph.add_value({"n", {}, {1}, {}});
         }},
        {"an id out of range", [](Graph &graph) { graph.nodes[2].inputs[0] = -1; }},
        {"a missing bias", [](Graph &graph) { graph.nodes[0].inputs.pop_back(); }},
        {"a late bias",
         [](Graph &graph) { std::get<Conv2d>(graph.nodes[0].operation).epilogue.push_back({Function::bias}); }},
    };
    for (const auto &[what, damage] : damages) {
        Graph graph = small_net().graph;
        damage(graph);
        EXPECT_THROW(verify(graph), InternalError) << what;
    }
}

}  // namespace ingot
