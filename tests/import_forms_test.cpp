// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The nodes that operators become, where passes and kernels rely on their form, and what operators refuse. What
// they compute is held against ONNX Runtime by import_operators_test.py.
#include "tests/onnx_builder.h"
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <utility>

namespace ingot {

namespace {

using test::import_model;
using test::Lines;
using test::ModelWriter;
using test::NodeWriter;
using test::of_node;
using test::refusals;
using Shape = std::vector<int64_t>;
using Constants = std::vector<std::pair<std::string, Shape>>;
using Configure = std::function<void(NodeWriter &)>;

/// x -> `op` -> y with further constant inputs of 1, 2, 3, ...; `configure` adds attributes.
ModelWriter model_of(
    const std::string &op, const Shape &x, const Constants &constants = {},
    const Configure &configure = [](NodeWriter &) {}, int64_t opset = 17) {
    ModelWriter model(opset);
    model.input("x", x).output("y");
    std::vector<std::string> inputs{"x"};
    for (const auto &[name, shape] : constants) {
        model.counted(name, shape);
        inputs.push_back(name);
    }
    NodeWriter node = model.node(op, inputs, {"y"});
    configure(node);
    return model;
}

/// The graph's nodes, a line each, without their inputs.
Lines nodes_of(const ModelWriter &model) {
    const Graph graph = import_model(model);
    const std::string text = to_text(graph);
    Lines lines;
    for (const Node &node : graph.nodes) {
        const std::string begin =
            graph.value(node.output).name + " " + shape_to_text(graph.value(node.output).shape) + " = ";
        const std::size_t at = text.find(begin) + begin.size();
        lines.push_back(text.substr(at, text.find(" (", at) - at));
    }
    return lines;
}

}  // namespace

TEST(ImportWindow, ARowIsAPictureOfHeight1) {
    const auto pad = [](NodeWriter &node) { node.integers("pads", {1, 2}).integers("dilations", {2}); };
    EXPECT_EQ(nodes_of(model_of("Conv", {1, 2, 9}, {{"w", {4, 2, 3}}, {"b", {4}}}, pad)),
              (Lines{"reshape", "conv2d k=1x3 s=1x1 p=0,1,0,2 d=1x2 epilogue=bias", "reshape"}));
    const auto pool = [](NodeWriter &node) { node.integers("kernel_shape", {3}).integers("strides", {2}); };
    EXPECT_EQ(nodes_of(model_of("MaxPool", {1, 2, 9}, {}, pool)),
              (Lines{"reshape", "pool2d k=1x3 s=1x2 p=0,0,0,0", "reshape"}));
}

TEST(ImportAveragePool, CountsPadsButNotTheRoomOfCeilMode) {
    const auto pool = [](const Shape &pads, bool counts, bool ceil) {
        return nodes_of(model_of("AveragePool", {1, 1, 6, 6}, {}, [&](NodeWriter &node) {
            node.integers("kernel_shape", {3, 3})
                .integers("strides", {2, 2})
                .integers("pads", pads)
                .integer("count_include_pad", counts ? 1 : 0)
                .integer("ceil_mode", ceil ? 1 : 0);
        }));
    };
    EXPECT_EQ(pool({1, 1, 1, 1}, false, false), Lines{"pool2d k=3x3 s=2x2 p=1,1,1,1 mode=average"});
    EXPECT_EQ(pool({1, 1, 1, 1}, true, false), Lines{"pool2d k=3x3 s=2x2 p=1,1,1,1 mode=average_padded"});
    EXPECT_EQ(pool({0, 0, 0, 0}, true, true), Lines{"pool2d k=3x3 s=2x2 p=0,0,1,1 mode=average"});
    EXPECT_EQ(pool({1, 1, 1, 1}, false, true), Lines{"pool2d k=3x3 s=2x2 p=1,1,2,2 mode=average"});
    EXPECT_EQ(pool({1, 1, 1, 1}, true, true),
              (Lines{"pad before=[0,0,1,1] after=[0,0,1,1] value=0", "pool2d k=3x3 s=2x2 p=0,0,1,1 mode=average"}));
}

TEST(ImportConvTranspose, APhaseIsAConvolutionWithItsTaps) {
    const auto deconv = [](const Shape &kernel, const Configure &configure) {
        return nodes_of(
            model_of("ConvTranspose", {1, 2, 4, 5}, {{"w", {2, 3, kernel[0], kernel[1]}}, {"b", {3}}}, configure));
    };
    EXPECT_EQ(deconv({3, 3},
                     [](NodeWriter &node) {
                         node.integers("pads", {1, 1, 1, 1});
                     }),
              Lines{"conv2d k=3x3 s=1x1 p=1,1,1,1 epilogue=bias"});
    const auto halves = [](NodeWriter &node) { node.integers("strides", {2, 1}).integers("pads", {1, 0, 1, 0}); };
    EXPECT_EQ(deconv({4, 1}, halves),
              (Lines{"conv2d k=2x1 s=1x1 p=1,0,0,0 epilogue=bias", "reshape",
                     "conv2d k=2x1 s=1x1 p=0,0,1,0 epilogue=bias", "reshape", "concat axis=3", "reshape"}));
    // Only the first of three phases has a tap; the last row of the third lies behind the result.
    const auto sparse = [](NodeWriter &node) {
        node.integers("strides", {3, 1}).integers("output_padding", {1, 0});
    };
    EXPECT_EQ(deconv({1, 1}, sparse),
              (Lines{"conv2d k=1x1 s=1x1 p=0,0,0,0 epilogue=bias", "reshape",
                     "conv2d k=1x1 s=1x1 p=0,0,0,0 epilogue=bias", "reshape",
                     "conv2d k=1x1 s=1x1 p=0,0,0,0 epilogue=bias", "reshape", "concat axis=3", "reshape",
                     "slice starts=[0,0,0,0] steps=[1,1,1,1]"}));
}

TEST(ImportGemm, StaysAGemmWhereItsWeightsAreConstant) {
    const auto gemm = [](
                          const Constants &constants, const Configure &configure = [](NodeWriter &) {}) {
        return nodes_of(model_of("Gemm", {2, 3}, constants, configure));
    };
    EXPECT_EQ(gemm({{"b", {3, 4}}, {"c", {4}}}), Lines{"gemm epilogue=bias"});
    EXPECT_EQ(gemm({{"b", {3, 4}}, {"c", {2, 1}}}), (Lines{"gemm", "map f=x0,x1,add"}));
    EXPECT_EQ(gemm({{"b", {2, 4}}}, [](NodeWriter &node) { node.integer("transA", 1); }),
              (Lines{"transpose perm=[1,0]", "gemm"}));
    ModelWriter model;
    model.input("x", {2, 3}).input("b", {4, 3}).output("y").counted("c", {4});
    model.node("Gemm", {"x", "b", "c"}, {"y"}).integer("transB", 1).number("alpha", 2).number("beta", 3);
    EXPECT_EQ(nodes_of(model), (Lines{"transpose perm=[1,0]", "matmul", "map f=x0,2,mul,x1,3,mul,add"}));
}

TEST(ImportNormalization, BatchNormalizationIsAFactorAndAShift) {
    const ModelWriter model =
        model_of("BatchNormalization", {1, 2, 3, 3}, {{"s", {2}}, {"b", {2}}, {"m", {2}}, {"v", {2}}},
                 [](NodeWriter &node) { node.number("epsilon", 0); });
    EXPECT_EQ(nodes_of(model), Lines{"map f=x0,x1,mul,x2,add"});
    const Graph graph = import_model(model);
    const Value &factor = graph.value(graph.nodes[0].inputs[1]), &shift = graph.value(graph.nodes[0].inputs[2]);
    EXPECT_EQ(factor.shape, (Shape{1, 2, 1, 1}));
    EXPECT_EQ(factor.constant, (std::vector<float>{1, 1.41421356F}));
    EXPECT_EQ(shift.shape, (Shape{1, 2, 1, 1}));
    EXPECT_EQ(shift.constant, (std::vector<float>{0, static_cast<float>(2 - 2 * 1.4142135623730951)}));
}

TEST(ImportNormalization, BatchNormalizationTakesComputedStatistics) {
    ModelWriter model;
    model.input("x", {1, 2, 3, 3})
        .input("m", {2})
        .output("y")
        .counted("s", {2})
        .counted("b", {2})
        .counted("v", {2});
    model.node("BatchNormalization", {"x", "s", "b", "m", "v"}, {"y"});
    EXPECT_EQ(nodes_of(model), (Lines{"reshape", "map f=x0,x1,sub,x2,mul,x3,add"}));
}

TEST(ImportNormalization, BatchNormalizationInTrainingNormalisesConstants) {
    ModelWriter model(13);
    model.input("x", {1, 1, 1, 1}).output("y").floats("w", {1, 2, 1, 2}, {1, 3, 5, 7});
    model.floats("s", {2}, {1, 1}).floats("b", {2}, {0, 0}).counted("m", {2}).counted("v", {2});
    model.node("BatchNormalization", {"w", "s", "b", "m", "v"}, {"n", "mean", "var", "", ""}).number("epsilon", 0);
    model.node("Add", {"x", "n"}, {"y"});
    const Graph graph = import_model(model);
    ASSERT_EQ(graph.nodes.size(), 1U);
    EXPECT_EQ(graph.value(graph.nodes[0].inputs[1]).constant, (std::vector<float>{-1, 1, -1, 1}));
}

TEST(ImportElementwise, FormsThatEpiloguesTake) {
    const auto of = [](
                        const std::string &op, const Configure &configure = [](NodeWriter &) {},
                        int64_t opset = 22) {
        return nodes_of(model_of(op, {1, 2}, {}, configure, opset));
    };
    EXPECT_EQ(of("Relu"), Lines{"relu"});
    EXPECT_EQ(of("Sigmoid"), Lines{"map f=x0,sigmoid"});
    EXPECT_EQ(of("LeakyRelu"), Lines{"map f=x0,leaky_relu(0.01)"});
    EXPECT_EQ(of("HardSigmoid", [](NodeWriter &node) { node.number("alpha", 0.25F); }),
              Lines{"map f=x0,hard_sigmoid(0.25/0.5)"});
    EXPECT_EQ(of("Gelu", [](NodeWriter &node) { node.text("approximate", "tanh"); }), Lines{"map f=x0,gelu_tanh"});
    EXPECT_EQ(of(
                  "Swish", [](NodeWriter &) {}, 24),
              Lines{"map f=x0,silu"});
    const auto clip = [&](std::optional<float> min, std::optional<float> max) {
        return of(
            "Clip",
            [&](NodeWriter &node) {
                if (min) {
                    node.number("min", *min);
                }
                if (max) {
                    node.number("max", *max);
                }
            },
            6 + 4);
    };
    EXPECT_EQ(clip(0, 6), Lines{"map f=x0,clip(0/6)"});
    EXPECT_EQ(clip(0, std::nullopt), Lines{"relu"});
    EXPECT_EQ(clip(std::nullopt, 1), Lines{"map f=x0,clip(-3.4028235e+38/1)"});
    ModelWriter model;
    model.input("x", {1, 2}).input("low", {1}).output("y").floats("high", {}, {2});
    model.node("Reshape", {"low", "scalar"}, {"min"});
    model.integers("scalar", {1});
    model.node("Clip", {"x", "min", "high"}, {"y"});
    EXPECT_EQ(nodes_of(model).back(), "map f=x0,x1,max,2,min");
}

TEST(ImportPow, KnownExponentsAreProductsAndRoots) {
    const auto pow = [](float exponent) {
        ModelWriter model;
        model.input("x", {1, 2}).output("y").floats("e", {}, {exponent});
        model.node("Pow", {"x", "e"}, {"y"});
        return nodes_of(model);
    };
    EXPECT_EQ(pow(2), Lines{"map f=x0,x0,mul"});
    EXPECT_EQ(pow(3), Lines{"map f=x0,x0,mul,x0,mul"});
    EXPECT_EQ(pow(0.5F), Lines{"map f=x0,sqrt"});
    EXPECT_EQ(pow(1.5F), Lines{"map f=x0,x1,pow"});
}

TEST(ImportPRelu, BeforeOpset7ASlopePerChannelHasRank1) {
    const Graph graph = import_model(model_of("PRelu", {1, 3, 2, 2}, {{"s", {3, 1, 1}}}));
    EXPECT_EQ(graph.value(graph.nodes[0].inputs[1]).shape, (Shape{3, 1, 1}));
    const Graph old = import_model(model_of(
        "PRelu", {1, 3, 2, 2}, {{"s", {3}}}, [](NodeWriter &) {}, 6));
    EXPECT_EQ(old.value(old.nodes[0].inputs[1]).shape, (Shape{3, 1, 1}));
}

TEST(ImportElementwise, BeforeOpset7TheSecondSourceBroadcastsFromAnAxis) {
    const Graph graph = import_model(model_of(
        "Add", {1, 3, 2, 2}, {{"b", {3}}},
        [](NodeWriter &node) { node.integer("broadcast", 1).integer("axis", 1); }, 6));
    EXPECT_EQ(graph.value(graph.nodes[0].inputs[1]).shape, (Shape{3, 1, 1}));
}

TEST(ImportSoftmax, BeforeOpset13AllDimensionsFromTheAxisAreOne) {
    const auto axes = [](int64_t opset) {
        return nodes_of(model_of(
            "Softmax", {1, 2, 3, 4}, {}, [](NodeWriter &) {}, opset));
    };
    EXPECT_EQ(axes(13), (Lines{"reduce r=max axes=[3] f=x0", "reduce r=sum axes=[3] f=x0,x1,sub,exp",
                               "map f=x0,x1,sub,exp,x2,div"}));
    EXPECT_EQ(axes(11)[0], "reduce r=max axes=[1,2,3] f=x0");
}

TEST(ImportReduction, WithoutAxesTakesAllOrNone) {
    const auto sum = [](const std::string &op, int64_t noop) {
        return nodes_of(model_of(
            op, {2, 3}, {},
            [&](NodeWriter &node) { node.integer("noop_with_empty_axes", noop).integer("keepdims", 0); }, 18));
    };
    EXPECT_EQ(sum("ReduceL2", 0), (Lines{"reduce r=sum axes=[0,1] keepdims=0 f=x0,x0,mul", "map f=x0,sqrt"}));
    EXPECT_EQ(sum("ReduceL2", 1), Lines{"map f=x0,x0,mul,sqrt"});
    EXPECT_EQ(sum("ReduceSum", 1), Lines{"identity"});
}

TEST(RefusedOperator, HasAttributesOrSourcesThatDoNotFit) {
    struct Row {
        std::string op;
        Shape x;
        Constants constants;
        Configure configure;
        std::string reason;
        int64_t opset = 17;
    };
    const Configure none = [](NodeWriter &) {};
    const std::vector<Row> rows{
        {"ConvTranspose",
         {1, 2, 4, 4},
         {{"w", {3, 1, 2, 2}}},
         none,
         "weights of shape [3,1,2,2] with group=1 do not fit a source of shape [1,2,4,4]; export the model again"},
        {"ConvTranspose",
         {1, 2, 4, 4},
         {{"w", {2, 1, 2, 2}}},
         [](NodeWriter &node) {
             node.integers("kernel_shape", {3, 3});
         },
         "weights of shape [2,1,2,2] do not fit kernel_shape 3x3; export the model again"},
        {"ConvTranspose",
         {1, 2, 4, 4},
         {{"w", {2, 1, 2, 2}}},
         [](NodeWriter &node) {
             node.integers("strides", {64, 32});
         },
         "strides of 64x32 are not supported; use strides whose product is 1024 at most"},
        {"ConvTranspose",
         {1, 2, 4, 4},
         {{"w", {2, 1, 2, 2}}},
         [](NodeWriter &node) {
             node.integers("output_shape", {0, 4});
         },
         "output_shape=[0,4] is not supported; use the extents of the 1-D or 2-D result, each above 0"},
        {"ConvTranspose",
         {1, 2, 1, 4},
         {{"w", {2, 1, 2, 2}}},
         [](NodeWriter &node) {
             node.integers("pads", {1, 0, 1, 0});
         },
         "pads leave nothing of a result of 2; use smaller ones"},
        {"LpPool",
         {1, 2, 4, 4},
         {},
         [](NodeWriter &node) {
             node.integers("kernel_shape", {2, 2}).integer("p", 0);
         },
         "p=0 is not supported; use a number above 0"},
        {"GlobalAveragePool",
         {1, 2},
         {},
         none,
         "a source of shape [1,2] is not supported, only rank 3 [n,c,w] and more; reshape to it with extents of 1"},
        {"BatchNormalization",
         {1, 2, 3, 3},
         {{"s", {2}}, {"b", {2}}, {"m", {2}}, {"v", {3}}},
         none,
         "variance of shape [3] does not fit a source of shape [1,2,3,3]; use [2]"},
        {"BatchNormalization",
         {1, 2, 3, 3},
         {{"s", {2}}, {"b", {2}}, {"m", {2}}, {"v", {2}}},
         [](NodeWriter &node) { node.number("epsilon", -2); },
         "variance plus epsilon is not above 0, or the scale overflows, at element 0; train or export the model "
         "again"},
        {"BatchNormalization",
         {1, 2, 3, 3},
         {{"s", {2}}, {"b", {2}}, {"m", {2}}, {"v", {2}}},
         [](NodeWriter &node) { node.integer("training_mode", 1); },
         "training_mode=1 is not supported; export the model for inference"},
        {"BatchNormalization",
         {1, 2, 3, 3},
         {{"s", {2}}, {"b", {2}}, {"m", {2}}, {"v", {2}}},
         none,
         "is_test=0 is not supported; export the model for inference",
         6},
        {"BatchNormalization",
         {1, 2, 3, 3},
         {{"s", {2}}, {"b", {2}}, {"m", {2}}, {"v", {2}}},
         [](NodeWriter &node) { node.node.add_output("running_mean"); },
         "more than one output, as in training, is not supported; export the model for inference",
         13},
        {"GroupNormalization",
         {1, 4, 3, 3},
         {{"s", {3}}, {"b", {3}}},
         [](NodeWriter &node) { node.integer("num_groups", 3); },
         "num_groups=3 does not divide the 4 channels; use a divisor of them",
         18},
        {"InstanceNormalization",
         {1, 2, 3, 3},
         {{"s", {3}}, {"b", {2}}},
         none,
         "scale of shape [3] is not supported; use [2]"},
        {"LRN",
         {1, 2, 3, 3},
         {},
         [](NodeWriter &node) { node.integer("size", 33); },
         "size=33 is not supported; use values from 1 to 32"},
        {"LpNormalization",
         {1, 2},
         {},
         [](NodeWriter &node) { node.integer("p", 3); },
         "p=3 is not supported; use 1 or 2"},
        {"PRelu",
         {1, 2},
         {{"s", {3, 1, 1}}},
         none,
         "slope of shape [3,1,1] does not broadcast to [1,2]; use [C,1,1] for a slope per channel"},
        {"Gelu",
         {1, 2},
         {},
         [](NodeWriter &node) { node.text("approximate", "fast"); },
         "approximate=fast is not supported; use none or tanh",
         20},
        {"Clip",
         {1, 2},
         {{"min", {2}}},
         none,
         "min 'min' is no scalar of the source's type, which is not supported; export the model again"},
        {"Not", {1, 2}, {}, none, "source 'x' has type FLOAT, only bool is supported; cast it before"},
        {"Softmax",
         {1, 2},
         {},
         [](NodeWriter &node) { node.integer("axis", 2); },
         "axis=2 is not supported for a source of rank 2; use -2 to 1"},
        {"ReduceMax",
         {1, 2},
         {},
         [](NodeWriter &node) {
             node.integers("axes", {0, -2});
         },
         "axes=[0,-2] name a dimension twice, which is not supported; name each once"},
        {"Add",
         {1, 2},
         {{"b", {3}}},
         none,
         "shapes [1,2] and [3] do not broadcast; make the extents equal, or 1 where one is repeated"},
        {"Add",
         {1, 2},
         {{"b", {2}}},
         [](NodeWriter &node) { node.integer("broadcast", 1); },
         "attribute 'broadcast' is not supported; the operator has none"},
        {"MatMul",
         {1, 2},
         {{"b", {3, 2}}},
         none,
         "matrices of shapes [1,2] and [3,2] cannot be multiplied; the last extent of the first is the last but "
         "one "
         "of the second"},
    };
    for (const Row &row : rows) {
        EXPECT_EQ(refusals(model_of(row.op, row.x, row.constants, row.configure, row.opset)),
                  of_node(row.op, row.reason, row.opset));
    }
}

TEST(RefusedOperator, HasSourcesOfTwoTypes) {
    ModelWriter model;
    model.input("x", {1, 2}).output("y").integers("i", {1, 2});
    model.node("Add", {"x", "i"}, {"y"});
    EXPECT_EQ(
        refusals(model),
        of_node("Add", "sources 'x' and 'i' differ in type, which is not supported; cast one of them before"));
}

}  // namespace ingot
