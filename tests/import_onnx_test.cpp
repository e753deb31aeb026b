// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the importer accepts: every operator and attribute, checked on the graph it becomes.
#include "compiler/passes/passes.h"
#include "reference/interpreter.h"
#include "tests/onnx_builder.h"
#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <numeric>

namespace ingot {

namespace {

using test::import_model;
using test::ModelWriter;
using test::NodeWriter;
using Shape = std::vector<int64_t>;

/// Runs a graph of one input and one output on 1, 2, 3, ….
std::vector<double> run_counted(const Graph &graph) {
    reference::Tensor<double> input{graph.value(graph.inputs.at(0)).shape, {}};
    input.data.resize(static_cast<std::size_t>(graph.value(graph.inputs[0]).size()));
    std::iota(input.data.begin(), input.data.end(), 1.0);
    return reference::interpret<double>(graph, {input}).at(0).data;
}

const Shape &output_shape(const Graph &graph) {
    return graph.value(graph.outputs.at(0)).shape;
}

/// The window of a Conv or MaxPool of the attributes that `configure` adds, over x [1, 1, h, w].
Window imported_window(const std::string &op, Extent2 picture, const std::function<void(NodeWriter &)> &configure,
                       Extent2 weights = {3, 3}, Shape *result = nullptr) {
    ModelWriter model;
    model.input("x", {1, 1, picture.h, picture.w}).output("y");
    std::vector<std::string> inputs{"x"};
    if (op == "Conv") {
        model.counted("w", {1, 1, weights.h, weights.w});
        inputs.emplace_back("w");
    }
    NodeWriter node = model.node(op, inputs, {"y"});
    configure(node);
    const Graph graph = import_model(model);
    if (result != nullptr) {
        *result = output_shape(graph);
    }
    const Operation &operation = graph.nodes.at(0).operation;
    return op == "Conv" ? std::get<Conv2d>(operation).window : std::get<Pool2d>(operation).window;
}

}  // namespace

TEST(ImportConv, DefaultsComeFromTheWeights) {
    Shape result;
    EXPECT_EQ(imported_window(
                  "Conv", {7, 6}, [](NodeWriter &) {}, {3, 2}, &result),
              (Window{{3, 2}, {1, 1}, {1, 1}, {}}));
    EXPECT_EQ(result, (Shape{1, 1, 5, 5}));
}

TEST(ImportConv, ReadsEveryAttribute) {
    ModelWriter model;
    model.input("x", {-1, 4, 9, 8}).output("y").counted("w", {6, 2, 3, 2}).counted("b", {6});
    model.node("Conv", {"x", "w", "b"}, {"y"})
        .integers("kernel_shape", {3, 2})
        .integers("strides", {2, 1})
        .integers("dilations", {1, 3})
        .integers("pads", {1, 2, 3, 4})
        .integer("group", 2)
        .text("auto_pad", "NOTSET");
    const Graph graph = import_model(model);
    ASSERT_EQ(graph.nodes.size(), 1U);
    const auto &conv = std::get<Conv2d>(graph.nodes[0].operation);
    EXPECT_EQ(conv.window, (Window{{3, 2}, {2, 1}, {1, 3}, {1, 2, 3, 4}}));
    EXPECT_EQ(conv.groups, 2);
    EXPECT_EQ(conv.epilogue, (std::vector<Call>{{Function::bias}}));
    EXPECT_FALSE(conv.pool.has_value());
    EXPECT_EQ(graph.value(graph.inputs[0]).shape, (Shape{1, 4, 9, 8})) << "a dynamic batch counts as 1";
    EXPECT_EQ(output_shape(graph), (Shape{1, 6, (9 + 4 - 3) / 2 + 1, 8 + 6 - 4 + 1}));
    EXPECT_EQ(graph.value(graph.nodes[0].inputs[2]).constant, (std::vector<float>{1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(to_text(graph.nodes[0].origin), "Conv 'n0' (node 0, opset 17)");
    EXPECT_EQ(graph.name, "net");
}

TEST(ImportConv, ALeftOutBiasIsNone) {
    ModelWriter model;
    model.input("x", {1, 1, 3, 3}).output("y").counted("w", {1, 1, 1, 1});
    model.node("Conv", {"x", "w", ""}, {"y"});
    EXPECT_TRUE(std::get<Conv2d>(import_model(model).nodes[0].operation).epilogue.empty());
}

TEST(ImportWindow, AutoPadIsResolved) {
    const auto pads = [](const std::string &auto_pad, Extent2 picture, Extent2 kernel, Shape strides,
                         Shape dilations, Shape *result) {
        return imported_window(
                   "Conv", picture,
                   [&](NodeWriter &node) {
                       node.text("auto_pad", auto_pad)
                           .integers("strides", strides)
                           .integers("dilations", dilations);
                   },
                   kernel, result)
            .pad;
    };
    Shape result;
    EXPECT_EQ(pads("VALID", {5, 5}, {3, 3}, {1, 1}, {1, 1}, &result), Pad2{});
    EXPECT_EQ(result, (Shape{1, 1, 3, 3}));
    EXPECT_EQ(pads("SAME_UPPER", {5, 5}, {3, 3}, {1, 1}, {1, 1}, &result), (Pad2{1, 1, 1, 1}));
    EXPECT_EQ(result, (Shape{1, 1, 5, 5}));
    // 6 with stride 2: 3 results, (3 - 1) * 2 + 3 - 6 = 1 element of padding; 2 with kernel 4: 3.
    EXPECT_EQ(pads("SAME_UPPER", {6, 2}, {3, 4}, {2, 1}, {1, 1}, &result), (Pad2{0, 1, 1, 2}));
    EXPECT_EQ(result, (Shape{1, 1, 3, 2}));
    EXPECT_EQ(pads("SAME_LOWER", {6, 2}, {3, 4}, {2, 1}, {1, 1}, &result), (Pad2{1, 2, 0, 1}));
    EXPECT_EQ(result, (Shape{1, 1, 3, 2}));
    // A kernel of 3 with dilation 2 spans 5: 4 elements of padding.
    EXPECT_EQ(pads("SAME_UPPER", {7, 7}, {3, 3}, {1, 1}, {2, 1}, &result), (Pad2{2, 1, 2, 1}));
    EXPECT_EQ(result, (Shape{1, 1, 7, 7}));
    EXPECT_EQ(pads("SAME_UPPER", {4, 4}, {1, 1}, {3, 3}, {1, 1}, &result), Pad2{});
    EXPECT_EQ(result, (Shape{1, 1, 2, 2}));
}

TEST(ImportMaxPool, ReadsEveryAttribute) {
    Shape result;
    EXPECT_EQ(imported_window(
                  "MaxPool", {9, 8},
                  [](NodeWriter &node) {
                      node.integers("kernel_shape", {3, 2})
                          .integers("strides", {2, 1})
                          .integers("dilations", {2, 3})
                          .integers("pads", {2, 1, 0, 1})
                          .integer("ceil_mode", 0)
                          .integer("storage_order", 0)
                          .text("auto_pad", "NOTSET");
                  },
                  {}, &result),
              (Window{{3, 2}, {2, 1}, {2, 3}, {2, 1, 0, 1}}));
    EXPECT_EQ(result, (Shape{1, 1, (9 + 2 - 5) / 2 + 1, 8 + 2 - 4 + 1}));
}

TEST(ImportMaxPool, CeilModeMakesRoomForAPartialWindow) {
    const auto pads = [](Extent2 picture, Shape kernel, Shape strides, Shape given, Shape *result) {
        return imported_window(
                   "MaxPool", picture,
                   [&](NodeWriter &node) {
                       node.integers("kernel_shape", kernel)
                           .integers("strides", strides)
                           .integers("pads", given)
                           .integer("ceil_mode", 1);
                   },
                   {}, result)
            .pad;
    };
    Shape result;
    EXPECT_EQ(pads({7, 8}, {2, 2}, {2, 2}, {0, 0, 0, 0}, &result), (Pad2{0, 0, 1, 0}));
    EXPECT_EQ(result, (Shape{1, 1, 4, 4}));
    EXPECT_EQ(pads({7, 7}, {3, 3}, {3, 3}, {1, 0, 1, 0}, &result), (Pad2{1, 0, 1, 2}));
    EXPECT_EQ(result, (Shape{1, 1, 3, 3}));
    // A window of 3 over 2 elements: rounded up, -1 / 2 + 1 is one result.
    EXPECT_EQ(pads({2, 3}, {3, 3}, {2, 2}, {0, 0, 0, 0}, &result), (Pad2{0, 0, 1, 0}));
    EXPECT_EQ(result, (Shape{1, 1, 1, 1}));
    // The third window would begin at 6 - 1 = 5, behind a picture of 5: it is left out.
    EXPECT_EQ(pads({5, 5}, {2, 2}, {3, 3}, {1, 1, 1, 1}, &result), (Pad2{1, 1, 1, 1}));
    EXPECT_EQ(result, (Shape{1, 1, 2, 2}));
}

TEST(ImportMaxPool, UnusedIndicesAreDropped) {
    ModelWriter model;
    model.input("x", {1, 1, 4, 4}).output("y");
    model.node("MaxPool", {"x"}, {"y", "indices"}).integers("kernel_shape", {2, 2});
    EXPECT_EQ(output_shape(import_model(model)), (Shape{1, 1, 3, 3}));
}

TEST(ImportGemm, EveryFormIsTheSameProduct) {
    // y = 2 * (x B) + 3 * C with x = [1, 2], B = [[1, 2, 3], [4, 5, 6]], C = [7, 8, 9].
    const std::vector<double> expected{18 + 21, 24 + 24, 30 + 27};
    for (const bool trans_a : {false, true}) {
        for (const bool trans_b : {false, true}) {
            for (const Shape &c : {Shape{3}, Shape{1, 3}}) {
                ModelWriter model;
                model.input("x", trans_a ? Shape{2, 1} : Shape{1, 2}).output("y").floats("c", c, {7, 8, 9});
                if (trans_b) {
                    model.floats("b", {3, 2}, {1, 4, 2, 5, 3, 6});
                } else {
                    model.floats("b", {2, 3}, {1, 2, 3, 4, 5, 6});
                }
                model.node("Gemm", {"x", "b", "c"}, {"y"})
                    .number("alpha", 2)
                    .number("beta", 3)
                    .integer("transA", trans_a ? 1 : 0)
                    .integer("transB", trans_b ? 1 : 0);
                const Graph graph = import_model(model);
                EXPECT_EQ(run_counted(graph), expected);
                EXPECT_EQ(output_shape(graph), (Shape{1, 3}));
                EXPECT_EQ(graph.value(graph.nodes.back().inputs[1]).shape, (Shape{3, 2}));
            }
        }
    }
}

TEST(ImportGemm, BroadcastsAndLeavesOutC) {
    const auto run = [](const Shape &c, float beta, bool with_c) {
        ModelWriter model;
        model.input("x", {2, 2}).output("y").floats("b", {2, 2}, {1, 0, 0, 1}).floats("c", c, {5});
        NodeWriter node = model.node("Gemm", {"x", "b"}, {"y"});
        if (with_c) {
            node.node.add_input("c");
        }
        node.number("beta", beta);
        return run_counted(import_model(model));
    };
    EXPECT_EQ(run({}, 1, true), (std::vector<double>{6, 7, 8, 9}));
    EXPECT_EQ(run({1}, 2, true), (std::vector<double>{11, 12, 13, 14}));
    EXPECT_EQ(run({1, 1}, 1, true), (std::vector<double>{6, 7, 8, 9}));
    EXPECT_EQ(run({1}, 0, true), (std::vector<double>{1, 2, 3, 4}));
    EXPECT_EQ(run({1}, 1, false), (std::vector<double>{1, 2, 3, 4}));
}

TEST(ImportGemm, WeightsInTheirFormAreSharedNotCopied) {
    ModelWriter model;
    model.input("x", {1, 2}).output("y").output("z").counted("b", {2, 2}).counted("c", {2});
    model.node("Gemm", {"x", "b", "c"}, {"y"}).integer("transB", 1);
    model.node("Gemm", {"y", "b", "c"}, {"z"}).integer("transB", 1);
    const Graph graph = import_model(model);
    EXPECT_EQ(graph.nodes[0].inputs[1], graph.nodes[1].inputs[1]);
    EXPECT_EQ(graph.values.size(), 5U);
}

TEST(ImportGemm, ComputedConstantsAreFolded) {
    ModelWriter model;
    model.input("x", {1, 2}).output("y").floats("raw", {4}, {1, -2, 3, -4}).integers("shape", {2, 2});
    model.node("Relu", {"raw"}, {"positive"});
    model.node("Reshape", {"positive", "shape"}, {"b"});
    model.node("Gemm", {"x", "b"}, {"y"});
    EXPECT_EQ(run_counted(import_model(model)), (std::vector<double>{1 * 1 + 2 * 3, 0}));

    ModelWriter constant_a;
    constant_a.input("x", {1, 3}).output("y").counted("a", {2, 3}).counted("b", {2, 2});
    constant_a.node("Gemm", {"a", "b"}, {"w"})
        .integer("transA", 1);  // [[13, 18], [17, 24], [21, 30]] for columns of a
    constant_a.node("Gemm", {"x", "w"}, {"y"});
    EXPECT_EQ(run_counted(import_model(constant_a)), (std::vector<double>{13 + 34 + 63, 18 + 48 + 90}));
}

TEST(ImportFlatten, SplitsAtTheAxis) {
    const auto flattened = [](std::optional<int64_t> axis) {
        ModelWriter model;
        model.input("x", {2, 3, 4, 5}).output("y");
        NodeWriter node = model.node("Flatten", {"x"}, {"y"});
        if (axis) {
            node.integer("axis", *axis);
        }
        const Graph graph = import_model(model);
        EXPECT_EQ(operation_name(graph.nodes[0].operation), "reshape");
        return output_shape(graph);
    };
    EXPECT_EQ(flattened(std::nullopt), (Shape{2, 60}));
    EXPECT_EQ(flattened(0), (Shape{1, 120}));
    EXPECT_EQ(flattened(2), (Shape{6, 20}));
    EXPECT_EQ(flattened(4), (Shape{120, 1}));
    EXPECT_EQ(flattened(-1), (Shape{24, 5}));
    EXPECT_EQ(flattened(-4), (Shape{1, 120}));
}

TEST(ImportReshape, ResolvesZeroAndMinusOne) {
    const auto reshaped = [](const Shape &shape) {
        ModelWriter model;
        model.input("x", {2, 3, 4, 5}).output("y").integers("shape", shape);
        model.node("Reshape", {"x", "shape"}, {"y"});
        return output_shape(import_model(model));
    };
    EXPECT_EQ(reshaped({6, 20}), (Shape{6, 20}));
    EXPECT_EQ(reshaped({0, -1}), (Shape{2, 60}));
    EXPECT_EQ(reshaped({-1, 0, 2}), (Shape{20, 3, 2}));
    EXPECT_EQ(reshaped({2, 0, 0, 5, -1}), (Shape{2, 3, 4, 5, 1}));
    EXPECT_EQ(reshaped({-1}), (Shape{120}));
}

TEST(ImportReshape, TakesItsShapeFromConstantsOfAnyForm) {
    for (const std::string form : {"initializer", "identity", "int32", "value", "value_ints", "allowzero"}) {
        ModelWriter model;
        model.input("x", {2, 3}).output("y");
        if (form == "value_ints") {
            model.node("Constant", {}, {"shape"}).integers("value_ints", {3, 2});
        } else if (form == "value") {
            NodeWriter node = model.node("Constant", {}, {"shape"});
            test::set(*node.attribute("value", onnx::AttributeProto::TENSOR).mutable_t(), "", {3, 2});
        } else if (form == "int32") {
            onnx::TensorProto &tensor = *model.graph().add_initializer();
            tensor.set_name("shape");
            tensor.set_data_type(onnx::TensorProto::INT32);
            tensor.add_dims(2);
            tensor.add_int32_data(3);
            tensor.add_int32_data(2);
        } else {
            model.integers(form == "identity" ? "raw" : "shape", {3, 2});
        }
        if (form == "identity") {
            model.node("Identity", {"raw"}, {"shape"});
        }
        NodeWriter node = model.node("Reshape", {"x", "shape"}, {"y"});
        if (form == "allowzero") {
            node.integer("allowzero", 1);
        }
        EXPECT_EQ(output_shape(import_model(model)), (Shape{3, 2})) << form;
    }
}

TEST(ImportDropout, IsAnIdentityInEveryOpset) {
    ModelWriter old(7);
    old.input("x", {1, 2}).output("y");
    old.node("Dropout", {"x"}, {"y", "mask"}).number("ratio", 0.3F);
    EXPECT_EQ(operation_name(import_model(old).nodes.at(0).operation), "identity");

    ModelWriter model(13);
    model.input("x", {1, 2}).output("y").floats("ratio", {}, {0.3F});
    onnx::TensorProto &training = *model.graph().add_initializer();
    training.set_name("training");
    training.set_data_type(onnx::TensorProto::BOOL);
    training.set_raw_data(std::string(1, '\0'));
    model.node("Dropout", {"x", "ratio", "training"}, {"y"}).integer("seed", 1);
    EXPECT_EQ(run_counted(import_model(model)), (std::vector<double>{1, 2}));
}

TEST(ImportConstant, HasOneOfFiveForms) {
    const auto bias = [](const std::function<void(NodeWriter)> &configure) {
        ModelWriter model;
        model.input("x", {1, 2}).output("y").floats("b", {2, 2}, {1, 0, 0, 1});
        configure(model.node("Constant", {}, {"c"}));
        model.node("Gemm", {"x", "b", "c"}, {"y"});
        return run_counted(import_model(model));
    };
    EXPECT_EQ(bias([](NodeWriter node) { node.number("value_float", 4); }), (std::vector<double>{5, 6}));
    EXPECT_EQ(bias([](NodeWriter node) { node.numbers("value_floats", {4, 8}); }), (std::vector<double>{5, 10}));
    EXPECT_EQ(bias([](NodeWriter node) { node.tensor("value", {1, 2}, {6, 7}); }), (std::vector<double>{7, 9}));
}

TEST(ImportTensor, BothEncodingsAreTheSame) {
    ModelWriter typed;
    typed.input("x", {1, 2}).output("y").floats("b", {2, 2}, {1, 2, 3, 4}).integers("shape", {2, 1});
    typed.node("Gemm", {"x", "b"}, {"g"});
    typed.node("Reshape", {"g", "shape"}, {"y"});
    ModelWriter raw = typed;
    for (onnx::TensorProto &tensor : *raw.graph().mutable_initializer()) {
        std::string bytes;
        if (tensor.float_data_size() > 0) {
            bytes.assign(reinterpret_cast<const char *>(tensor.float_data().data()), 4 * sizeof(float));
        } else {
            bytes.assign(reinterpret_cast<const char *>(tensor.int64_data().data()), 2 * sizeof(int64_t));
        }
        tensor.clear_float_data();
        tensor.clear_int64_data();
        tensor.set_raw_data(bytes);
    }
    EXPECT_EQ(to_text(import_model(raw)), to_text(import_model(typed)));
    EXPECT_EQ(run_counted(import_model(raw)), (std::vector<double>{7, 10}));
    EXPECT_EQ(run_counted(import_model(typed)), (std::vector<double>{7, 10}));
}

TEST(ImportGraph, InitializersMayBeListedAsInputs) {
    ModelWriter model;
    model.proto.set_ir_version(3);
    model.input("x", {1, 1, 3, 3}).input("w", {1, 1, 3, 3}).output("y").counted("w", {1, 1, 3, 3});
    model.node("Conv", {"x", "w"}, {"y"});
    const Graph graph = import_model(model);
    ASSERT_EQ(graph.inputs.size(), 1U);
    EXPECT_EQ(graph.value(graph.inputs[0]).name, "x");
}

TEST(ImportGraph, KeepsTheOrderOfInputsAndOutputs) {
    ModelWriter model;
    model.input("b", {1, 2}).input("a", {-1, 3}).output("y").output("z");
    model.node("Relu", {"a"}, {"z"});
    model.node("Relu", {"b"}, {"y"});
    const Graph graph = import_model(model);
    EXPECT_EQ(graph.value(graph.inputs.at(0)).name, "b");
    EXPECT_EQ(graph.value(graph.inputs.at(1)).name, "a");
    EXPECT_EQ(graph.value(graph.outputs.at(0)).name, "y");
    EXPECT_EQ(graph.value(graph.outputs.at(1)).name, "z");
}

TEST(ImportGraph, AMissingFirstDimensionIsTheBatch) {
    ModelWriter model;
    model.input("x", {-1, 2}).output("y");
    model.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->Clear();
    model.node("Relu", {"x"}, {"y"});
    EXPECT_EQ(output_shape(import_model(model)), (Shape{1, 2}));
}

TEST(ImportGraph, UnusedPartsDoNotMatter) {
    ModelWriter model;
    model.input("x", {1, 2}).output("y");
    model.proto.add_opset_import()->set_domain("com.example");
    onnx::TensorProto &unused = *model.graph().add_initializer();
    unused.set_name("unused");
    unused.set_data_type(onnx::TensorProto::FLOAT16);
    model.node("Relu", {"x"}, {"y"}).node.set_domain("ai.onnx");
    EXPECT_EQ(run_counted(import_model(model)), (std::vector<double>{1, 2}));
}

TEST(ImportGraph, EverySupportedOpsetLoads) {
    for (const int64_t opset : {7, 8, 9, 10, 11, 12, 13, 14, 17, 21, 28}) {
        ModelWriter model(opset);
        model.input("x", {1, 1, 4, 4}).output("y").counted("w", {1, 1, 1, 1});
        model.node("Conv", {"x", "w"}, {"c"});
        model.node("MaxPool", {"c"}, {"p"}).integers("kernel_shape", {2, 2});
        model.node("Flatten", {"p"}, {"y"});
        EXPECT_EQ(output_shape(import_model(model)), (Shape{1, 9})) << "opset " << opset;
    }
}

TEST(ImportMnist, BecomesThreeKernels) {
    const std::filesystem::path file = INGOT_SOURCE_DIR "/models/mnist_cnn/mnist_cnn.onnx";
    Graph graph = import_onnx(file);
    EXPECT_EQ(graph.source, file.string());
    EXPECT_EQ(graph.nodes.size(), 8U);
    const std::vector<double> before = run_counted(graph);
    run_passes(graph);
    EXPECT_EQ(run_counted(graph), before);
    const std::string text = to_text(graph);
    EXPECT_EQ(
        text.substr(text.find("/pool1")),
        "/pool1/MaxPool_output_0 [1,16,14,14] = conv2d_pool2d k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu pk=2x2 "
        "ps=2x2 pp=0,0,0,0 (image, conv1.weight, conv1.bias)\n"
        "/pool2/MaxPool_output_0 [1,32,7,7] = conv2d_pool2d k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu pk=2x2 "
        "ps=2x2 pp=0,0,0,0 (/pool1/MaxPool_output_0, conv2.weight, conv2.bias)\n"
        "logits [1,10] = gemm epilogue=bias (/pool2/MaxPool_output_0, fc.weight, fc.bias)\n"
        "output logits\n");
}

}  // namespace ingot
