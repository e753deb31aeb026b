// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Inputs and outputs as applications hold them: the texts, and what the graph becomes.
#include "compiler/model_io.h"
#include "compiler/passes/passes.h"
#include "reference/interpreter.h"
#include "spec/error.h"
#include "tests/graph_builder.h"
#include <functional>
#include <gtest/gtest.h>

namespace ingot {

namespace {

using test::GraphBuilder;
using Tensor = reference::Tensor<double>;

/// image [1,3,4,5] -> conv [1,2,2,3] -> relu, and vector [1,4] -> another.
Graph two_inputs() {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 3, 4, 5});
    const ValueId vector = builder.input("vector", {1, 4});
    builder.graph.outputs = {builder.relu("mask", builder.conv("conv", image, 2, {{3, 3}, {}, {}, {}})),
                             builder.relu("another", vector)};
    return builder.graph;
}

std::string refusal(const std::function<void()> &act) {
    try {
        act();
    } catch (const Error &error) {
        return error.what();
    }
    return "no refusal";
}

std::string input_refusal(const std::string &text) {
    return refusal([&] {
        Graph graph = two_inputs();
        apply_formats(graph, {parse_input_format(text)}, {});
    });
}

std::string output_refusal(const std::string &text) {
    return refusal([&] {
        Graph graph = two_inputs();
        apply_formats(graph, {}, {parse_output_format(text)});
    });
}

/// Elements 0, 1, 2, ... of [1, 4, 5, 3], and the same as [1, 3, 4, 5].
Tensor counted_nhwc() {
    Tensor tensor{{1, 4, 5, 3}, std::vector<double>(60)};
    for (std::size_t i = 0; i < 60; ++i) {
        tensor.data[i] = static_cast<double>(i);
    }
    return tensor;
}

Tensor to_nchw(const Tensor &src) {
    const int64_t h = src.shape[1], w = src.shape[2], c = src.shape[3];
    Tensor dst{{1, c, h, w}, std::vector<double>(src.data.size())};
    for (int64_t i = 0; i < c * h * w; ++i) {
        dst.data[static_cast<std::size_t>(i)] = src.data[static_cast<std::size_t>(i % (h * w) * c + i / (h * w))];
    }
    return dst;
}

const Tensor some_vector{{1, 4}, {1.0, -2.0, 3.0, -4.0}};

}  // namespace

TEST(ModelIoText, IsReadInAnyOrder) {
    const InputFormat format = parse_input_format("a:0:nhwc,std=0.5/0.25,uint8,mean=1/2,scale=1/255");
    EXPECT_EQ(format.name, "a:0");
    EXPECT_EQ(format.type, DataType::u8);
    EXPECT_TRUE(format.nhwc);
    EXPECT_EQ(format.scale, 1.0 / 255.0);
    EXPECT_EQ(format.mean, (std::vector<double>{1.0, 2.0}));
    EXPECT_EQ(format.std, (std::vector<double>{0.5, 0.25}));
    EXPECT_EQ(parse_input_format("x:scale=2.5").scale, 2.5);
    EXPECT_FALSE(parse_input_format("x:float32,nchw").nhwc);
    EXPECT_EQ(parse_output_format("a=b=nhwc").name, "a=b");
    EXPECT_TRUE(parse_output_format("y=nhwc").nhwc);
    EXPECT_FALSE(parse_output_format("y=nchw").nhwc);
}

TEST(ModelIoText, IsRefusedInOneLine) {
    const std::string known = "known: float32, uint8, nchw, nhwc, scale=A/B, mean=A/B/C, std=A/B/C";
    for (const auto &[text, expected] : std::vector<std::pair<std::string, std::string>>{
             {"image", "--input image: no format; write NAME:uint8,nhwc,scale=1/255,mean=A/B/C,std=A/B/C"},
             {":uint8", "--input :uint8: no format; write NAME:uint8,nhwc,scale=1/255,mean=A/B/C,std=A/B/C"},
             {"image:", "--input image: '' is no part of a format; " + known},
             {"image:int8", "--input image: 'int8' is no part of a format; " + known},
             {"image:scale", "--input image: 'scale' is no part of a format; " + known},
             {"image:scale=", "--input image: scale= is no number and no fraction, as in scale=1/255"},
             {"image:scale=1/0", "--input image: scale=1/0 is no number and no fraction, as in scale=1/255"},
             {"image:mean=1//2", "--input image: mean=1//2 is no list of numbers, as in mean=0.485/0.456/0.406"},
             {"image:std=1/0/2", "--input image: std is divided by, so it cannot be 0"},
             {"picture:uint8", "--input picture: the model has no such input; it has image, vector"},
             {"vector:nhwc",
              "--input vector: nhwc is an order of four dimensions, but its shape is [1,4]; leave it out"},
             {"image:mean=1/2",
              "--input image: mean has 2 numbers for 3 channels; give one number, or one per channel"}}) {
        EXPECT_EQ(input_refusal(text), expected) << text;
    }
    for (const auto &[text, expected] : std::vector<std::pair<std::string, std::string>>{
             {"mask", "--output-layout mask: no layout; write NAME=nhwc or NAME=nchw"},
             {"=nhwc", "--output-layout =nhwc: no layout; write NAME=nhwc or NAME=nchw"},
             {"mask=cnhw", "--output-layout mask=cnhw: no layout; write NAME=nhwc or NAME=nchw"},
             {"relu=nhwc", "--output-layout relu: the model has no such output; it has mask, another"},
             {"another=nhwc", "--output-layout another: nhwc is an order of four dimensions, but its shape is "
                              "[1,4]; leave it out"}}) {
        EXPECT_EQ(output_refusal(text), expected) << text;
    }
    EXPECT_EQ(refusal([] {
                  Graph graph = two_inputs();
                  const InputFormat format = parse_input_format("image:uint8");
                  apply_formats(graph, {format, format}, {});
              }),
              "--input image: it is given twice; leave one out");
    EXPECT_EQ(refusal([] {
                  Graph graph = two_inputs();
                  graph.value(graph.inputs[1]).type = DataType::i64;
                  graph.nodes.pop_back();
                  graph.outputs.pop_back();
                  apply_formats(graph, {parse_input_format("vector:uint8")}, {});
              }),
              "--input vector: the model takes no float32 there, so it has no other format; leave it out");
}

TEST(ModelIo, ReadsPicturesOfBytes) {
    Graph graph = two_inputs();
    apply_formats(graph, {parse_input_format("image:uint8,nhwc,scale=1/255,mean=0.5/0.25/0.125,std=0.5/2/4")}, {});
    EXPECT_EQ(graph.value(graph.inputs[0]).type, DataType::u8);
    EXPECT_EQ(graph.value(graph.inputs[0]).shape, (std::vector<int64_t>{1, 4, 5, 3}));
    EXPECT_EQ(graph.value(graph.inputs[1]).type, DataType::f32);

    const Tensor bytes = counted_nhwc();
    Tensor real = to_nchw(bytes);
    const double mean[] = {0.5, 0.25, 0.125}, std[] = {0.5, 2.0, 4.0};
    for (std::size_t i = 0; i < 60; ++i) {
        real.data[i] = (real.data[i] / 255.0 - mean[i / 20]) / std[i / 20];
    }
    const std::vector<Tensor> expected = reference::interpret<double>(two_inputs(), {real, some_vector});
    for (const bool with_passes : {false, true}) {
        if (with_passes) {
            run_passes(graph);
        }
        const std::vector<Tensor> got = reference::interpret<double>(graph, {bytes, some_vector});
        ASSERT_EQ(got.size(), 2U);
        EXPECT_EQ(got[1].data, expected[1].data);
        ASSERT_EQ(got[0].shape, expected[0].shape);
        for (std::size_t i = 0; i < got[0].data.size(); ++i) {
            EXPECT_NEAR(got[0].data[i], expected[0].data[i], 1e-5);
        }
    }
}

TEST(ModelIo, LeavesTheModelsOwnFormatAlone) {
    Graph graph = two_inputs();
    apply_formats(graph, {parse_input_format("image:float32,nchw,scale=1,mean=0,std=1")},
                  {parse_output_format("mask=nchw")});
    EXPECT_EQ(to_text(graph), to_text(two_inputs()));
}

TEST(ModelIo, ScalesWithOneNumberForAllChannels) {
    Graph graph = two_inputs();
    apply_formats(graph, {parse_input_format("vector:uint8,scale=2,mean=6,std=4")}, {});
    const Tensor bytes{{1, 4}, {0.0, 4.0, 7.0, 255.0}};
    const std::vector<Tensor> got = reference::interpret<double>(graph, {to_nchw(counted_nhwc()), bytes});
    EXPECT_EQ(got[1].data, (std::vector<double>{0.0, 0.5, 2.0, 126.0}));
    EXPECT_TRUE(std::none_of(graph.nodes.begin(), graph.nodes.end(),
                             [](const Node &node) { return std::holds_alternative<Transpose>(node.operation); }));
}

TEST(ModelIo, WritesPicturesByTheirPixels) {
    Graph graph = two_inputs();
    apply_formats(graph, {}, {parse_output_format("mask=nhwc")});
    EXPECT_EQ(graph.value(graph.outputs[0]).name, "mask");
    EXPECT_EQ(graph.value(graph.outputs[0]).shape, (std::vector<int64_t>{1, 2, 3, 2}));
    const Tensor image = to_nchw(counted_nhwc());
    const std::vector<Tensor> got = reference::interpret<double>(graph, {image, some_vector});
    const std::vector<Tensor> expected = reference::interpret<double>(two_inputs(), {image, some_vector});
    EXPECT_EQ(to_nchw(got[0]).data, expected[0].data);
    EXPECT_EQ(got[1].data, expected[1].data);
}

}  // namespace ingot
