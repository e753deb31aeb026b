// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nodes that the importer refuses, word by word.
#include "tests/onnx_builder.h"
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <utility>

namespace ingot {

namespace {

using test::good_model;
using test::line;
using test::Lines;
using test::ModelWriter;
using test::NodeWriter;
using test::of_node;
using test::refusals;
using Shape = std::vector<int64_t>;

const std::string contradiction =
    "; the model contradicts itself: check it with onnx.checker.check_model(model, full_check=True)";

/// The refusals of x -> `op` -> y with further inputs; `configure` adds attributes.
Lines node_refusals(
    const std::string &op, const Shape &x, const std::vector<std::pair<std::string, Shape>> &constants,
    const std::function<void(NodeWriter &)> &configure = [](NodeWriter &) {}, int64_t opset = 17) {
    ModelWriter model(opset);
    model.input("x", x).output("y");
    std::vector<std::string> inputs{"x"};
    for (const auto &[name, shape] : constants) {
        model.counted(name, shape);
        inputs.push_back(name);
    }
    NodeWriter node = model.node(op, inputs, {"y"});
    configure(node);
    return refusals(model);
}

}  // namespace

TEST(RefusedNode, AllAreReportedInOneRunWithoutFollowUps) {
    ModelWriter model(13);
    model.input("x", {1, 1, 4, 4}).output("y").counted("w", {1, 1, 1, 1});
    model.node("Unheard", {"x"}, {"up"}).node.set_name("up1");
    model.node("Conv", {"up", "w"}, {"c"});
    model.node("MaxPool", {"c"}, {"p"}).integers("kernel_shape", {2, 2}).integer("ceil_mode", 2);
    model.node("Of", {"p"}, {"y"}).node.clear_name();
    const std::string unknown = "the operator is not supported; use those that ingot list ops names";
    EXPECT_EQ(refusals(model),
              (Lines{"net.onnx: error: Unheard 'up1' (node 0, opset 13): " + unknown,
                     "net.onnx: error: MaxPool 'n2' (node 2, opset 13): ceil_mode=2 is not supported; use 0 or 1",
                     "net.onnx: error: Of 'y' (node 3, opset 13): " + unknown}));
    try {
        test::import_model(model);
        FAIL() << "imported";
    } catch (const ImportError &error) {
        EXPECT_EQ(error.diagnostics.size(), 3U);
        EXPECT_EQ(std::string(error.what()),
                  error.diagnostics[0] + "\n" + error.diagnostics[1] + "\n" + error.diagnostics[2]);
    }
}

TEST(RefusedNode, IsAConstantThatTakesTooLong) {
    ModelWriter model;
    model.input("x", {1, 1, 4, 4}).output("y").output("z");
    model.counted("small", {1, 1, 1, 1}).counted("big", {1, 1, 512, 512}).counted("w", {1, 1, 32, 32});
    model.node("Relu", {"small"}, {"relu"});
    model.node("Conv", {"x", "relu"}, {"y"});
    model.node("Conv", {"big", "w"}, {"slow"});
    model.node("Conv", {"x", "slow"}, {"z"});
    model.node("Conv", {"y", "slow"}, {"unused"});
    EXPECT_EQ(
        refusals(model),
        Lines{"net.onnx: error: Conv 'n2' (node 2, opset 17): its inputs are constant, but computing it takes "
              "more than 2^26 multiplications; export the model with constant folding"});
}

TEST(RefusedNode, HasAForeignDomainOrAWrongNumberOfOperands) {
    ModelWriter model = good_model();
    model.graph().mutable_node(0)->set_domain("com.microsoft");
    EXPECT_EQ(refusals(model),
              of_node("Relu", "domain 'com.microsoft' is not supported; use operators of the domain "
                              "ai.onnx"));
    EXPECT_EQ(node_refusals("Relu", {1, 2}, {{"w", {1}}}),
              of_node("Relu", "it has 2 inputs, not 1; export the model again"));
    EXPECT_EQ(node_refusals("Conv", {1, 2}, {{"a", {1}}, {"b", {1}}, {"c", {1}}}),
              of_node("Conv", "it has 4 inputs, not 2 to 3; export the model again"));
    EXPECT_EQ(node_refusals("Conv", {1, 1, 2, 2}, {}),
              of_node("Conv", "input 1 is missing; export the model again"));
    EXPECT_EQ(node_refusals("Conv", {1, 1, 2, 2}, {}, [](NodeWriter &node) { node.node.add_input(""); }),
              of_node("Conv", "input 1 is missing; export the model again"));
    EXPECT_EQ(node_refusals("Relu", {1, 2}, {}, [](NodeWriter &node) { node.node.add_output("z"); }),
              of_node("Relu", "it has no output 0, or more than 1; export the model again"));
    model = good_model();
    model.node("Relu", {"x"}, {""});
    EXPECT_EQ(refusals(model), line("Relu 'n1' (node 1, opset 17): it has no output 0, or more than 1; export the "
                                    "model again"));
    model = ModelWriter();
    model.input("x", {1, 1, 4, 4}).output("y").output("i");
    model.node("MaxPool", {"x"}, {"y", "i"}).integers("kernel_shape", {2, 2});
    EXPECT_EQ(refusals(model), of_node("MaxPool", "output 'i' is used, which is not supported; only output 0 is"));
}

TEST(RefusedAttribute, IsUnknownOrOfAnotherType) {
    EXPECT_EQ(node_refusals("Relu", {1, 2}, {}, [](NodeWriter &node) { node.number("alpha", 1).integer("b", 1); }),
              of_node("Relu", "attribute 'alpha', 'b' is not supported; the operator has none"));
    EXPECT_EQ(
        node_refusals("Gemm", {1, 2}, {{"w", {2, 2}}}, [](NodeWriter &node) { node.integer("broadcast", 1); }),
        of_node("Gemm", "attribute 'broadcast' is not supported; supported: alpha, beta, transA, transB"));
    EXPECT_EQ(node_refusals("Gemm", {1, 2}, {{"w", {2, 2}}}, [](NodeWriter &node) { node.integer("alpha", 1); }),
              of_node("Gemm", "attribute 'alpha' has type INT, not FLOAT; export the model again"));
    EXPECT_EQ(node_refusals("Gemm", {1, 2}, {{"w", {2, 2}}}, [](NodeWriter &node) { node.integer("transB", 2); }),
              of_node("Gemm", "transB=2 is not supported; use 0 or 1"));
    EXPECT_EQ(node_refusals("Conv", {1, 1, 2, 2}, {{"w", {1, 1, 1, 1}}},
                            [](NodeWriter &node) { node.number("strides", 1); }),
              of_node("Conv", "attribute 'strides' has type FLOAT, not INTS; export the model again"));
    EXPECT_EQ(node_refusals("Conv", {1, 1, 2, 2}, {{"w", {1, 1, 1, 1}}},
                            [](NodeWriter &node) { node.attribute("auto_pad", onnx::AttributeProto::GRAPH); }),
              of_node("Conv", "attribute 'auto_pad' has type GRAPH, not STRING; export the model again"));
    EXPECT_EQ(
        node_refusals("Flatten", {1, 2}, {}, [](NodeWriter &node) { node.integer("axis", 0).integer("axis", 1); }),
        of_node("Flatten", "attribute 'axis' is given twice; export the model again"));
    const auto ceil = [](NodeWriter &node) { node.integers("kernel_shape", {1, 1}).integer("ceil_mode", 0); };
    EXPECT_EQ(node_refusals("MaxPool", {1, 1, 2, 2}, {}, ceil, 9),
              of_node("MaxPool",
                      "attribute 'ceil_mode' is not supported; supported: auto_pad, dilations, "
                      "kernel_shape, pads, storage_order, strides",
                      9));
    EXPECT_EQ(node_refusals(
                  "Reshape", {1, 2}, {{"s", {1}}}, [](NodeWriter &node) { node.integer("allowzero", 0); }, 13),
              of_node("Reshape", "attribute 'allowzero' is not supported; the operator has none", 13));
}

TEST(RefusedWindow, HasValuesOutOfRange) {
    const auto conv = [](const std::function<void(NodeWriter &)> &configure) {
        return node_refusals("Conv", {1, 1, 4, 4}, {{"w", {1, 1, 2, 2}}}, configure);
    };
    const auto list = [&](const std::string &name, const Shape &values) {
        return conv([&](NodeWriter &node) { node.integers(name, values); });
    };
    const std::string from_1 = " is not supported; use values from 1 to 536870911";
    EXPECT_EQ(list("strides", {0, 1}), of_node("Conv", "strides=[0,1]" + from_1));
    EXPECT_EQ(list("dilations", {1, -1}), of_node("Conv", "dilations=[1,-1]" + from_1));
    EXPECT_EQ(list("kernel_shape", {0, 2}), of_node("Conv", "kernel_shape=[0,2]" + from_1));
    EXPECT_EQ(list("strides", {1, int64_t{1} << 62}), of_node("Conv", "strides=[1,4611686018427387904]" + from_1));
    EXPECT_EQ(list("pads", {0, 0, -1, 0}),
              of_node("Conv", "pads=[0,0,-1,0] is not supported; use values from 0 to 536870911"));
    const std::string of_a_row = "a 1-D window does not fit a source of shape [1,1,4,4]; export the model again";
    EXPECT_EQ(list("pads", {1, 1}), of_node("Conv", of_a_row));
    EXPECT_EQ(list("strides", {1}), of_node("Conv", of_a_row));
    EXPECT_EQ(list("strides", {}),
              of_node("Conv",
                      "strides=[] is not supported, only 1 values of a 1-D window or 2 of a 2-D one; export "
                      "the model again"));
    EXPECT_EQ(list("pads", {1, 1, 1}),
              of_node("Conv", "pads=[1,1,1] is not supported, only 2 values of a 1-D window or 4 of a 2-D one; "
                              "export the model again"));
    EXPECT_EQ(list("kernel_shape", {2, 2, 2}),
              of_node("Conv", "kernel_shape=[2,2,2] is of a 3-D window, which is not supported; use 1-D and 2-D "
                              "convolutions and pools"));
    EXPECT_EQ(conv([](NodeWriter &node) {
                  node.integers("strides", {1, 1}).integers("pads", {1, 1});
              }),
              of_node("Conv", "pads=[1,1] has 2 values, not 4 as the 2-D window needs; export the model again"));
    EXPECT_EQ(conv([](NodeWriter &node) { node.text("auto_pad", "SAME\n"); }),
              of_node("Conv", "auto_pad=SAME\\x0a is not supported; use NOTSET, VALID, SAME_UPPER or SAME_LOWER"));
    EXPECT_EQ(conv([](NodeWriter &node) {
                  node.text("auto_pad", "VALID").integers("pads", {1, 1, 1, 1});
              }),
              of_node("Conv", "pads=[1,1,1,1] beside auto_pad=VALID is not supported; use one of them"));
    EXPECT_EQ(list("dilations", {4, 1}),
              of_node("Conv", "the window k=2x2 s=1x1 p=0,0,0,0 d=4x1 is larger than the padded picture of 4x4" +
                                  contradiction));
    EXPECT_EQ(list("pads", {536870911, 0, 0, 0}),
              of_node("Conv", "a padded source of shape [1,1,536870915,4] holds more than 536870911 elements; use "
                              "smaller pads"));
    EXPECT_EQ(list("dilations", {536870911, 536870911}),
              of_node("Conv", "the window k=2x2 s=1x1 p=0,0,0,0 d=536870911x536870911 is larger than the padded "
                              "picture of 4x4" +
                                  contradiction));
}

TEST(RefusedConv, HasOperandsThatDoNotFit) {
    const auto conv = [](const Shape &x, const Shape &w, const Shape &b, int64_t group) {
        return node_refusals("Conv", x, {{"w", w}, {"b", b}},
                             [&](NodeWriter &node) { node.integer("group", group); });
    };
    EXPECT_EQ(
        conv({1, 2, 4, 4}, {3, 1, 1, 1}, {3}, 1),
        of_node("Conv", "weights of shape [3,1,1,1] with group=1 do not fit a source of shape [1,2,4,4]: input "
                        "channels differ" +
                            contradiction));
    EXPECT_EQ(conv({1, 2, 4, 4}, {3, 2, 1, 1}, {2}, 1),
              of_node("Conv", "a bias of shape [2] does not fit 3 output channels" + contradiction));
    EXPECT_EQ(conv({1, 2, 4, 4}, {3, 2, 1}, {3}, 1),
              of_node("Conv",
                      "weights of shape [3,2,1] are not supported, only rank 4 as of the source; export the model "
                      "again"));
    EXPECT_EQ(conv({1, 2, 4, 4, 4}, {3, 2, 1, 1, 1}, {3}, 1),
              of_node("Conv", "a source of shape [1,2,4,4,4] is not supported, only rank 3 [n,c,w] and rank 4 "
                              "[n,c,h,w]; reshape to one of them"));
    for (const int64_t group : {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::max()}) {
        EXPECT_EQ(conv({1, 2, 4, 4}, {3, 2, 1, 1}, {3}, group),
                  of_node("Conv", "group=" + std::to_string(group) +
                                      " is not supported; use a divisor of the "
                                      "channels"));
    }
    EXPECT_EQ(node_refusals("Conv", {1, 1, 4, 4}, {{"w", {1, 1, 3, 3}}},
                            [](NodeWriter &node) {
                                node.integers("kernel_shape", {2, 3});
                            }),
              of_node("Conv", "weights of shape [1,1,3,3] with group=1 do not fit a source of shape [1,1,4,4]: "
                              "kernel_shape is 2x3" +
                                  contradiction));
    ModelWriter model;
    model.input("x", {1, 1, 4, 4}).input("w", {1, 1, 2, 2}).output("y");
    model.node("Conv", {"x", "w"}, {"y"});
    EXPECT_EQ(refusals(model),
              of_node("Conv", "weights 'w' is computed at run time, which is not supported; make it an "
                              "initializer"));
}

TEST(RefusedMaxPool, HasAWindowThatRuntimesRefuseOrDifferOn) {
    const auto pool = [](const std::function<void(NodeWriter &)> &configure, int64_t opset = 17) {
        return node_refusals("MaxPool", {1, 1, 4, 4}, {}, configure, opset);
    };
    EXPECT_EQ(pool([](NodeWriter &) {}),
              of_node("MaxPool", "attribute 'kernel_shape' is missing; export the model again"));
    EXPECT_EQ(pool([](NodeWriter &node) {
                  node.integers("kernel_shape", {3, 2}).integers("pads", {0, 0, 0, 2});
              }),
              of_node("MaxPool",
                      "pads=[0,0,0,2] with kernel_shape=[3,2] is not supported; use pads smaller than the "
                      "kernel"));
    EXPECT_EQ(pool([](NodeWriter &node) {
                  node.integers("kernel_shape", {2, 2}).text("auto_pad", "VALID").integer("ceil_mode", 1);
              }),
              of_node("MaxPool",
                      "ceil_mode=1 with auto_pad=VALID is not supported, ONNX and its runtimes differ on it; "
                      "use auto_pad=NOTSET with pads"));
    EXPECT_EQ(
        pool([](NodeWriter &node) {
            node.integers("kernel_shape", {2, 2}).text("auto_pad", "SAME_LOWER").integers("dilations", {2, 2});
        }),
        of_node("MaxPool", "dilations with auto_pad=SAME_LOWER are not supported, ONNX and its runtimes differ on "
                           "them; use auto_pad=NOTSET with pads"));
    EXPECT_EQ(
        pool(
            [](NodeWriter &node) {
                node.integers("kernel_shape", {2, 2}).integers("dilations", {1, 1});
            },
            8),
        of_node("MaxPool", "dilations are not supported in this opset; convert the model to opset 10 or later", 8));
    EXPECT_EQ(pool([](NodeWriter &node) {
                  node.integers("kernel_shape", {5, 1});
              }),
              of_node("MaxPool",
                      "the window k=5x1 s=1x1 p=0,0,0,0 is larger than the padded picture of 4x4" + contradiction));
    EXPECT_EQ(
        node_refusals(
            "MaxPool", {1, 1, 3, 1}, {},
            [](NodeWriter &node) {
                node.integers("kernel_shape", {2, 1}).integers("dilations", {4, 1}).integers("pads", {1, 0, 1, 0});
            }),
        of_node("MaxPool", "with k=2x1 s=1x1 p=1,0,1,0 d=4x1 some windows hold padding only, which has no "
                           "maximum; use smaller pads"));
}

TEST(RefusedGemm, HasMatricesThatDoNotFit) {
    const auto gemm = [](
                          const Shape &a, const Shape &b, const Shape &c,
                          const std::function<void(NodeWriter &)> &configure = [](NodeWriter &) {}) {
        return node_refusals("Gemm", a, {{"b", b}, {"c", c}}, configure);
    };
    EXPECT_EQ(gemm({1, 2, 3}, {6, 4}, {4}),
              of_node("Gemm", "A of shape [1,2,3] is not supported, only rank 2; flatten it before"));
    EXPECT_EQ(gemm({1, 2}, {2}, {4}),
              of_node("Gemm", "B of shape [2] is not supported, only rank 2; flatten it before"));
    EXPECT_EQ(gemm({1, 2}, {3, 4}, {4}),
              of_node("Gemm", "weights of shape [4,3] (outputs, inputs) do not fit a source of shape [1,2]" +
                                  contradiction));
    for (const Shape &c : {Shape{3}, Shape{3, 1}, Shape{1, 1, 4}}) {
        EXPECT_EQ(gemm({2, 2}, {2, 4}, c), of_node("Gemm", "C of shape " + shape_to_text(c) +
                                                               " does not broadcast to [2,4]; export the model "
                                                               "again"));
    }
    EXPECT_EQ(gemm({1, 2}, {2, 4}, {4}, [](NodeWriter &node) { node.number("alpha", 3e38F); }),
              of_node("Gemm", "alpha makes a constant overflow; scale the weights before the export"));
    EXPECT_EQ(gemm({1, 2}, {2, 4}, {4},
                   [](NodeWriter &node) { node.number("beta", std::numeric_limits<float>::quiet_NaN()); }),
              of_node("Gemm", "beta makes a constant overflow; scale the weights before the export"));
}

TEST(RefusedReshape, HasAShapeThatCannotBe) {
    const auto reshape = [](const Shape &shape, bool allowzero = false) {
        ModelWriter model;
        model.input("x", {2, 3}).output("y").integers("s", shape);
        NodeWriter node = model.node("Reshape", {"x", "s"}, {"y"});
        if (allowzero) {
            node.integer("allowzero", 1);
        }
        return refusals(model);
    };
    const auto of_shape = [](const std::string &shape, const std::string &why) {
        return of_node("Reshape", "shape " + shape + " is not supported for a source of shape [2,3]: " + why);
    };
    const std::string count = "the numbers of elements differ; export the model with the input's fixed dimensions";
    const std::string extents = "extents are positive, 0 to keep one, at most one -1; export the model again";
    EXPECT_EQ(reshape({4, 2}), of_shape("[4,2]", count));
    EXPECT_EQ(reshape({4, -1}), of_shape("[4,-1]", count));
    EXPECT_EQ(reshape({int64_t{1} << 62, 4}), of_shape("[9223372036854775807,4]", count));
    EXPECT_EQ(reshape({-1, -1}), of_shape("[-1,-1]", extents));
    EXPECT_EQ(reshape({-2, 3}), of_shape("[-2,3]", extents));
    EXPECT_EQ(reshape({2, 3, 0}), of_shape("[2,3,0]", extents));
    EXPECT_EQ(reshape({0, 3}, true), of_shape("[0,3]", extents));
    EXPECT_EQ(reshape({}), of_shape("[]", "the numbers of elements differ; export the model with the input's fixed "
                                          "dimensions"));
    EXPECT_EQ(node_refusals("Reshape", {2, 3}, {{"s", {2}}}),
              of_node("Reshape", "shape 's' has type FLOAT, not an integer type; export the model again"));
    EXPECT_EQ(
        node_refusals("Reshape", {2, 3}, {}, [](NodeWriter &node) { node.node.add_input("x"); }),
        of_node("Reshape", "shape 'x' is computed at run time, which is not supported; make it an initializer"));
}

/// The refusals of x, a list of positions and, where there are some, updates -> `op` -> y.
Lines indexing_refusals(
    const std::string &op, const Shape &x, const std::vector<int64_t> &indices, const Shape &updates = {},
    const std::function<void(NodeWriter &)> &configure = [](NodeWriter &) {}) {
    ModelWriter model(18);
    model.input("x", x).output("y").integers("i", indices);
    std::vector<std::string> inputs{"x", "i"};
    if (!updates.empty()) {
        model.counted("u", updates);
        inputs.emplace_back("u");
    }
    NodeWriter node = model.node(op, inputs, {"y"});
    configure(node);
    return refusals(model);
}

TEST(RefusedIndexing, HasPositionsThatCannotBe) {
    EXPECT_EQ(indexing_refusals("GatherND", {3, 2}, {1, 2}),
              of_node("GatherND", "index 2 lies beyond dimension 1 of [3,2]; export the model again", 18));
    EXPECT_EQ(
        indexing_refusals("GatherND", {3, 2}, {0, 0, 0}),
        of_node("GatherND", "indices of shape [3] do not fit data of shape [3,2]; export the model again", 18));
    EXPECT_EQ(indexing_refusals("GatherElements", {3, 2}, {0}),
              of_node("GatherElements",
                      "indices of shape [1] do not fit data of shape [3,2]; export the model again", 18));
    EXPECT_EQ(indexing_refusals("ScatterND", {3, 2}, {1}, {3}),
              of_node("ScatterND",
                      "updates of shape [3] do not fit its indices, which need [2]; export the model again", 18));
    EXPECT_EQ(indexing_refusals("ScatterElements", {3}, {1}, {1},
                                [](NodeWriter &node) { node.text("reduction", "add"); }),
              of_node("ScatterElements", "reduction=add is not supported; only none is", 18));
}

TEST(RefusedFlatten, HasAnAxisOutOfRange) {
    const auto flatten = [](int64_t axis, int64_t opset) {
        return node_refusals(
            "Flatten", {2, 3}, {}, [&](NodeWriter &node) { node.integer("axis", axis); }, opset);
    };
    EXPECT_EQ(flatten(3, 17), of_node("Flatten", "axis=3 is not supported for a source of rank 2; use -2 to 2"));
    EXPECT_EQ(flatten(std::numeric_limits<int64_t>::min(), 17),
              of_node("Flatten", "axis=-9223372036854775808 is not supported for a source of rank 2; use -2 to 2"));
    EXPECT_EQ(flatten(-1, 10),
              of_node("Flatten", "axis=-1 is not supported for a source of rank 2; use 0 to 2", 10));
}

TEST(RefusedDropout, Trains) {
    for (const bool as_constant : {true, false}) {
        ModelWriter model;
        model.input("x", {1, 2}).output("y");
        if (as_constant) {
            onnx::TensorProto &training = *model.graph().add_initializer();
            training.set_name("t");
            training.set_data_type(onnx::TensorProto::BOOL);
            training.set_raw_data("\x01");
        }
        model.node("Dropout", {"x", "", as_constant ? "t" : "x"}, {"y"});
        EXPECT_EQ(refusals(model),
                  of_node("Dropout", as_constant
                                         ? "training_mode=true is not supported; export the model for inference"
                                         : "training_mode 'x' is computed at run time, which is not supported; "
                                           "make it an initializer"));
    }
    EXPECT_EQ(node_refusals(
                  "Dropout", {1, 2}, {{"r", {1}}}, [](NodeWriter &) {}, 10),
              of_node("Dropout", "it has 2 inputs, not 1; export the model again", 10));
}

TEST(RefusedConstant, HasNoneOrSeveralValues) {
    const auto constant = [](const std::function<void(NodeWriter &)> &configure) {
        ModelWriter model;
        model.input("x", {1, 2}).output("y");
        NodeWriter node = model.node("Constant", {}, {"k"});
        configure(node);
        model.node("Relu", {"x"}, {"y"});
        return refusals(model);
    };
    const Lines one = of_node("Constant", "it needs exactly one of value, value_float, value_floats, value_int, "
                                          "value_ints; export the model again");
    EXPECT_EQ(constant([](NodeWriter &) {}), one);
    EXPECT_EQ(constant([](NodeWriter &node) { node.integer("value_int", 1).number("value_float", 1); }), one);
    EXPECT_EQ(constant([](NodeWriter &node) { node.text("value_string", "a"); }),
              of_node("Constant", "attribute 'value_string' is not supported; supported: value, value_float, "
                                  "value_floats, value_int, value_ints"));
    EXPECT_EQ(constant([](NodeWriter &node) { node.numbers("value_floats", {}); }), Lines{});
}

}  // namespace ingot
