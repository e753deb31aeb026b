// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic on shapes, as exporters write it, is gone after the import; shapes from the command line; outputs that
// no input reaches.
#include "reference/interpreter.h"
#include "tests/onnx_builder.h"
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

namespace ingot {

namespace {

using test::import_model;
using test::line;
using test::Lines;
using test::ModelWriter;
using test::NodeWriter;
using test::of_node;
using test::refusals;
using Shape = std::vector<int64_t>;

std::vector<std::string> operations(const Graph &graph) {
    std::vector<std::string> names;
    for (const Node &node : graph.nodes) {
        names.push_back(operation_name(node.operation));
    }
    return names;
}

using Names = std::vector<std::string>;

const Shape &output_shape(const Graph &graph) {
    return graph.value(graph.outputs.at(0)).shape;
}

/// The outputs on inputs of 1, 2, 3, ….
std::vector<reference::Tensor<double>> run_counted(const Graph &graph) {
    std::vector<reference::Tensor<double>> inputs;
    for (const ValueId id : graph.inputs) {
        inputs.push_back(
            {graph.value(id).shape, std::vector<double>(static_cast<std::size_t>(graph.value(id).size()))});
        std::iota(inputs.back().data.begin(), inputs.back().data.end(), 1.0);
    }
    return reference::interpret<double>(graph, inputs);
}

/// x [-1,4,6,6] with the nodes that `add` adds, and an output y.
Graph of_picture(const std::function<void(ModelWriter &)> &add, int64_t opset = 17) {
    ModelWriter model(opset);
    model.input("x", {-1, 4, 6, 6}).output("y");
    add(model);
    return import_model(model);
}

void scalar(ModelWriter &model, const std::string &name, int64_t value) {
    model.integers(name, {value});
    model.graph().mutable_initializer(model.graph().initializer_size() - 1)->clear_dims();
}

/// An extent of x as a list of one element: Shape, Gather, Unsqueeze.
void extent_of_x(ModelWriter &model, const std::string &name, int64_t axis) {
    scalar(model, name + "_index", axis);
    model.integers(name + "_axes", {0});
    model.node("Shape", {"x"}, {name + "_shape"});
    model.node("Gather", {name + "_shape", name + "_index"}, {name + "_scalar"}).integer("axis", 0);
    model.node("Unsqueeze", {name + "_scalar", name + "_axes"}, {name});
}

Graph import_with(const ModelWriter &model, const ImportOptions &options) {
    return import_onnx(model.bytes(), "net.onnx", options);
}

Lines refusals_with(const ModelWriter &model, const ImportOptions &options) {
    return test::diagnostics_of([&] { import_with(model, options); });
}

ModelWriter dynamic_model() {
    ModelWriter model;
    model.input("x", {-1, 3, 0, 0}).output("y");
    auto &shape = *model.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
    shape.mutable_dim(2)->set_dim_param("height");
    shape.mutable_dim(3)->clear_value();
    model.node("Relu", {"x"}, {"y"});
    return model;
}

}  // namespace

TEST(ShapeArithmetic, OfAViewBecomesAReshape) {
    const Graph graph = of_picture([](ModelWriter &model) {
        extent_of_x(model, "n", 0);
        model.integers("rest", {-1});
        model.node("Concat", {"n", "rest"}, {"shape"}).integer("axis", 0);
        model.node("Reshape", {"x", "shape"}, {"y"});
    });
    EXPECT_EQ(operations(graph), Names{"reshape"});
    EXPECT_EQ(output_shape(graph), (Shape{1, 144}));
    EXPECT_EQ(graph.values.size(), 2U) << "constants of the arithmetic are dropped";
}

TEST(ShapeArithmetic, OfAChannelShuffleBecomesReshapesAndATranspose) {
    const Graph graph = of_picture([](ModelWriter &model) {
        for (int i = 0; i < 4; ++i) {
            extent_of_x(model, "e" + std::to_string(i), i);
        }
        model.integers("groups", {2});
        model.node("Div", {"e1", "groups"}, {"per_group"});
        model.node("Concat", {"e0", "groups", "per_group", "e2", "e3"}, {"apart"}).integer("axis", 0);
        model.node("Concat", {"e0", "e1", "e2", "e3"}, {"joined"}).integer("axis", 0);
        model.node("Reshape", {"x", "apart"}, {"a"});
        model.node("Transpose", {"a"}, {"b"}).integers("perm", {0, 2, 1, 3, 4});
        model.node("Reshape", {"b", "joined"}, {"y"});
    });
    EXPECT_EQ(operations(graph), (Names{"reshape", "transpose", "reshape"}));
    EXPECT_EQ(output_shape(graph), (Shape{1, 4, 6, 6}));
}

TEST(ShapeArithmetic, OfAnInterpolationGivesTheSizes) {
    const Graph graph = of_picture([](ModelWriter &model) {
        model.integers("two", {2}).integers("zero", {0}).integers("four", {4}).floats("factor", {}, {1.5F});
        model.node("Shape", {"x"}, {"shape"});
        model.node("Slice", {"shape", "two", "four", "zero"}, {"picture"});
        model.node("Cast", {"picture"}, {"as_float"}).integer("to", 1);
        model.node("Mul", {"as_float", "factor"}, {"scaled"});
        model.node("Floor", {"scaled"}, {"floor"});
        model.node("Cast", {"floor"}, {"sizes"}).integer("to", 7);
        model.node("Slice", {"shape", "zero", "two", "zero"}, {"channels"});
        model.node("Concat", {"channels", "sizes"}, {"all"}).integer("axis", 0);
        model.node("Resize", {"x", "", "", "all"}, {"y"}).text("mode", "linear");
    });
    EXPECT_EQ(operations(graph), (Names{"resample", "resample", "identity"}));
    EXPECT_EQ(output_shape(graph), (Shape{1, 4, 9, 9}));
}

TEST(ShapeArithmetic, OfAnExpandWithMinusOnesFindsTheExtents) {
    const Graph graph = of_picture([](ModelWriter &model) {
        model.integers("given", {-1, 4, -1, 6}).integers("minus", {-1}).floats("row", {1, 4, 1, 1}, {1, 2, 3, 4});
        model.node("Shape", {"given"}, {"rank"});
        model.node("ConstantOfShape", {"rank"}, {"ones"})
            .attribute("value", onnx::AttributeProto::TENSOR)
            .mutable_t()
            ->CopyFrom([] {
                onnx::TensorProto one;
                test::set(one, "", {1});
                return one;
            }());
        model.node("Mul", {"ones", "minus"}, {"open"});
        model.node("Equal", {"given", "open"}, {"is_open"});
        model.node("Where", {"is_open", "ones", "given"}, {"shape"});
        model.node("Expand", {"row", "shape"}, {"rows"});
        model.node("Add", {"x", "rows"}, {"y"});
    });
    EXPECT_EQ(operations(graph), Names{"map"});
    EXPECT_EQ(output_shape(graph), (Shape{1, 4, 6, 6}));
}

TEST(ShapeArithmetic, HasRangesEmptyListsAndScalars) {
    const Graph graph = of_picture([](ModelWriter &model) {
        scalar(model, "start", 3);
        scalar(model, "limit", -1);
        scalar(model, "delta", -2);
        model.integers("zero", {0}).integers("none", {});
        model.node("Range", {"start", "limit", "delta"}, {"channels"});  // 3, 1
        model.node("Shape", {"x"}, {"shape"});
        model.node("Slice", {"shape", "zero", "zero"}, {"nothing"});
        model.node("Concat", {"nothing", "channels", "none"}, {"indices"}).integer("axis", 0);
        model.node("Cast", {"none"}, {"empty"}).integer("to", 7);
        model.node("ConstantOfShape", {"empty"}, {"scalar"});
        model.node("Gather", {"x", "indices"}, {"taken"}).integer("axis", 1);
        model.node("Add", {"taken", "scalar"}, {"y"});
    });
    EXPECT_EQ(operations(graph), (Names{"slice", "identity", "map"}));
    EXPECT_EQ(run_counted(graph)[0].data[0], 109);
}

TEST(ShapeArithmetic, PicksByNegativeAndScalarIndices) {
    const Graph graph = of_picture([](ModelWriter &model) {
        scalar(model, "last", -1);
        model.node("Gather", {"x", "last"}, {"y"}).integer("axis", -1);
    });
    EXPECT_EQ(output_shape(graph), (Shape{1, 4, 6}));
    EXPECT_EQ(run_counted(graph)[0].data[1], 12);
}

TEST(ShapeArithmetic, TakesTheLargestIntegersForToTheEnd) {
    const Graph graph = of_picture([](ModelWriter &model) {
        model.integers("starts", {-1, 1}).integers("axes", {2, 3}).integers("steps", {-2, 3});
        model.integers("ends", {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()});
        model.node("Slice", {"x", "starts", "ends", "axes", "steps"}, {"y"});
    });
    EXPECT_EQ(output_shape(graph), (Shape{1, 4, 3, 2}));
    EXPECT_EQ(run_counted(graph)[0].data[1], 35);
}

TEST(ShapeArithmetic, IsRefusedWhereFloatsRoundIt) {
    ModelWriter model;
    model.input("x", {2, 3}).output("y").integers("s", {-1, (int64_t{1} << 24) + 1});
    model.node("Reshape", {"x", "s"}, {"y"});
    EXPECT_EQ(
        refusals(model),
        of_node("Reshape", "shape 's' holds a value beyond 2^24, which is not supported; use a smaller model"));
}

TEST(ShapeArithmetic, CannotAskForAnyMemory) {
    ModelWriter model;
    model.input("x", {1, 2}).output("y").output("z").integers("huge", {int64_t{1} << 14, int64_t{1} << 14});
    scalar(model, "start", 0);
    scalar(model, "limit", (1 << 24) - 1);
    scalar(model, "delta", 1);
    for (int i = 0; i < 5; ++i) {
        model.node("Range", {"start", "limit", "delta"}, {"r" + std::to_string(i)});
    }
    model.node("ConstantOfShape", {"huge"}, {"ones"});
    model.node("MatMul", {"x", "ones"}, {"y"});
    model.node("Reshape", {"x", "ones"}, {"z"});
    EXPECT_EQ(
        refusals(model),
        (Lines{"net.onnx: error: Range 'n4' (node 4, opset 17): its constants and those before it take more than "
               "2^26 elements, which is not supported; use a smaller model",
               "net.onnx: error: MatMul 'n6' (node 6, opset 17): matrices of shapes [1,2] and [16384,16384] "
               "cannot be multiplied; the last extent of the first is the last but one of the second",
               "net.onnx: error: ConstantOfShape 'n5' (node 5, opset 17): its inputs are constant, but computing "
               "it takes too much time or memory; export the model with constant folding"}));
}

TEST(ShapeArithmetic, IsNotRefusedWhereNothingReadsIt) {
    ModelWriter model;
    model.input("x", {1, 2}).output("y");
    model.node("Relu", {"x"}, {"y"});
    model.node("Shape", {"x"}, {"s"});
    const Graph graph = import_model(model);
    EXPECT_EQ(operations(graph), Names{"relu"});
    EXPECT_EQ(graph.values.size(), 2U);
}

TEST(ShapeArithmetic, ChoosesTheBranchOfAnIf) {
    const auto squeezed = [](int64_t axis) {
        ModelWriter model;
        model.input("x", {1, 3, 1, 2}).output("y").integers("one", {1});
        scalar(model, "axis", axis);
        model.node("Shape", {"x"}, {"shape"});
        model.node("Gather", {"shape", "axis"}, {"extent"});
        model.node("Equal", {"extent", "one"}, {"is_one"});
        NodeWriter node = model.node("If", {"is_one"}, {"chosen"});
        ModelWriter then_branch, else_branch;
        then_branch.output("r").integers("axes", {axis});
        then_branch.node("Squeeze", {"x", "axes"}, {"r"});
        else_branch.output("r");
        else_branch.node("Unheard", {"x"}, {"r"});
        *node.attribute("then_branch", onnx::AttributeProto::GRAPH).mutable_g() = then_branch.graph();
        *node.attribute("else_branch", onnx::AttributeProto::GRAPH).mutable_g() = else_branch.graph();
        model.node("Relu", {"chosen"}, {"y"});
        return model;
    };
    EXPECT_EQ(output_shape(import_model(squeezed(2))), (Shape{1, 3, 2}));
    EXPECT_EQ(refusals(squeezed(1)),
              line("Unheard 'n0' (node 3, opset 17): the operator is not supported; use those that ingot list ops "
                   "names"));
    ModelWriter model = squeezed(2);
    model.graph().mutable_node(3)->set_input(0, "x");
    EXPECT_EQ(refusals(model), line("If 'n3' (node 3, opset 17): cond 'x' is computed at run time, which is not "
                                    "supported; make it an initializer"));
}

TEST(ShapeArithmetic, HasFewDimensions) {
    ModelWriter model;
    model.input("x", {1}).output("y").integers("s", Shape(33, 1));
    model.node("Reshape", {"x", "s"}, {"y"});
    EXPECT_EQ(refusals(model), of_node("Reshape", "a result of 33 dimensions is not supported; use at most 32"));
    model = test::good_model();
    model.input("z", Shape(33, 1)).counted("w", Shape(40, 1)).output("w");
    EXPECT_EQ(refusals(model),
              (Lines{"net.onnx: error: input 'z': it has 33 dimensions, which is not supported; use at most 32",
                     "net.onnx: error: output 'w' has 40 dimensions, which is not supported; use at most 32"}));
}

TEST(OldOpset, HasAttributesWhereLaterOnesHaveInputs) {
    const auto result = [](int64_t opset, const std::function<void(ModelWriter &)> &add) {
        const Graph graph = of_picture(add, opset);
        return std::pair{output_shape(graph), run_counted(graph)[0].data[0]};
    };
    using Result = std::pair<Shape, double>;
    EXPECT_EQ(
        result(1,
               [](ModelWriter &model) {
                   model.node("Reshape", {"x"}, {"y"}).integers("shape", {0, -1}).integers("consumed_inputs", {0});
               }),
        (Result{{1, 144}, 1}));
    EXPECT_EQ(
        result(
            1,
            [](ModelWriter &model) {
                model.node("Pad", {"x"}, {"y"}).integers("paddings", {0, 0, 1, 0, 0, 0, 0, 2}).number("value", 7);
            }),
        (Result{{1, 4, 7, 8}, 7}));
    EXPECT_EQ(
        result(2,
               [](ModelWriter &model) {
                   model.node("Pad", {"x"}, {"y"}).integers("pads", {0, 0, -1, 0, 0, 0, 0, 0}).text("mode", "edge");
               }),
        (Result{{1, 4, 5, 6}, 7}));
    EXPECT_EQ(result(1,
                     [](ModelWriter &model) {
                         model.node("Slice", {"x"}, {"y"})
                             .integers("starts", {1, -2})
                             .integers("ends", {9, -1})
                             .integers("axes", {2, 3});
                     }),
              (Result{{1, 4, 5, 1}, 11}));
    EXPECT_EQ(result(2,
                     [](ModelWriter &model) {
                         model.node("Split", {"x"}, {"a", "y"}).integer("axis", 1).integers("split", {1, 3});
                     }),
              (Result{{1, 3, 6, 6}, 37}));
    EXPECT_EQ(result(1,
                     [](ModelWriter &model) {
                         model.node("Concat", {"x", "x"}, {"y"});
                     }),
              (Result{{1, 8, 6, 6}, 1}));
    EXPECT_EQ(result(1, [](ModelWriter &model) { model.node("Squeeze", {"x"}, {"y"}).integers("axes", {0}); }),
              (Result{{4, 6, 6}, 1}));
    EXPECT_EQ(result(1, [](ModelWriter &model) { model.node("Cast", {"x"}, {"y"}).text("to", "FLOAT"); }),
              (Result{{1, 4, 6, 6}, 1}));
    EXPECT_EQ(result(1,
                     [](ModelWriter &model) {
                         scalar(model, "tiles", 2);
                         scalar(model, "axis", 3);
                         model.node("Tile", {"x", "tiles", "axis"}, {"y"});
                     }),
              (Result{{1, 4, 6, 12}, 1}));
    EXPECT_EQ(result(1,
                     [](ModelWriter &model) {
                         model.node("Upsample", {"x"}, {"y"})
                             .number("height_scale", 2)
                             .number("width_scale", 3)
                             .text("mode", "bilinear");
                     }),
              (Result{{1, 4, 12, 18}, 1}));
    EXPECT_EQ(result(6,
                     [](ModelWriter &model) {
                         model.node("Dropout", {"x"}, {"y"}).integer("is_test", 1).number("ratio", 0.5F);
                     }),
              (Result{{1, 4, 6, 6}, 1}));
}

TEST(ShapeOption, FixesWhatTheModelLeavesOpen) {
    const ModelWriter model = dynamic_model();
    EXPECT_EQ(output_shape(import_with(model, {{{"x", {1, 3, 5, 7}}}})), (Shape{1, 3, 5, 7}));
    EXPECT_EQ(output_shape(import_with(model, {{{"x", {4, 3, 5, 7}}}})), (Shape{4, 3, 5, 7}))
        << "a batch of an item";
    ModelWriter shapeless = dynamic_model();
    shapeless.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->clear_shape();
    EXPECT_EQ(output_shape(import_with(shapeless, {{{"x", {5}}}})), Shape{5});
    EXPECT_EQ(output_shape(import_with(shapeless, {{{"x", {}}}})), Shape{});
}

TEST(ShapeOption, IsRefusedWhereItFitsNoInput) {
    const ModelWriter model = dynamic_model();
    EXPECT_EQ(
        refusals_with(model, {{{"x", {1, 4, 5, 7}}, {"z", {2}}}}),
        (Lines{"net.onnx: error: --shape z=2: the model has no such input; it has 'x' [n,3,height,?]",
               "net.onnx: error: input 'x': --shape x=1,4,5,7 contradicts its shape [n,3,height,?]; give extents "
               "that agree with it"}));
    EXPECT_EQ(
        refusals_with(model, {{{"x", {1, 3, 5}}}}),
        line("input 'x': --shape x=1,3,5 contradicts its shape [n,3,height,?]; give extents that agree with it"));
    EXPECT_EQ(refusals_with(model, {{{"x", {1, 3, 1 << 20, 1 << 20}}}}),
              line("input 'x': shape [1,3,1048576,1048576] is not supported; use extents above 0 and at most "
                   "536870911 elements"));
    EXPECT_EQ(refusals(model),
              line("input 'x': dimension 2 'height', 3 is dynamic; give the extents with an option "
                   "such as --shape x=1,3,224,224"));
}

TEST(ShapeOption, IsParsed) {
    using Named = std::pair<std::string, Shape>;
    EXPECT_EQ(parse_input_shape("x=1,3,224,224"), (Named{"x", {1, 3, 224, 224}}));
    EXPECT_EQ(parse_input_shape("a=b:0=7"), (Named{"a=b:0", {7}}));
    EXPECT_EQ(parse_input_shape("x="), (Named{"x", {}}));
    for (const std::string text : {"", "x", "=1", "x=1,", "x=0", "x=-1", "x=1x2", "x=536870912", "x= 1"}) {
        try {
            parse_input_shape(text);
            ADD_FAILURE() << text;
        } catch (const Error &error) {
            EXPECT_EQ(error.what(), "--shape " + text +
                                        ": not the name of an input and its extents; write it like --shape "
                                        "image=1,3,224,224");
        }
    }
}

TEST(Output, MayBeAConstantAnInputOrAScalar) {
    ModelWriter model;
    model.input("x", {2, 3}).counted("w", {2}).output("x").output("w").output("s").output("e").output("r");
    model.input("unread", {4});
    model.integers("none", {}).counted("one", {1});
    model.node("Shape", {"x"}, {"s"});
    model.node("ConstantOfShape", {"none"}, {"e"});
    model.node("Reshape", {"one", "none"}, {"r"});
    const Graph graph = import_model(model);
    ASSERT_EQ(graph.outputs.size(), 5U);
    const std::vector<reference::Tensor<double>> results = run_counted(graph);
    EXPECT_EQ(results[0].data, (std::vector<double>{1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(results[1].data, (std::vector<double>{1, 2}));
    EXPECT_EQ(results[2].data, (std::vector<double>{2, 3}));
    EXPECT_EQ(graph.value(graph.outputs[2]).type, DataType::i64);
    EXPECT_EQ(results[3].shape, Shape{});
    EXPECT_EQ(results[3].data, std::vector<double>{0});
    EXPECT_EQ(results[4].data, std::vector<double>{1});
    EXPECT_EQ(graph.inputs.size(), 2U) << "an input that nothing reads stays";
    EXPECT_EQ(graph.value(graph.outputs[1]).name, "w");
}

TEST(Input, MayBeAScalarOrOfAnotherType) {
    ModelWriter model;
    model.input("x", {}).input("i", {3}).output("y");
    model.graph().mutable_input(1)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::UINT8);
    model.node("Cast", {"i"}, {"f"}).integer("to", 1);
    model.node("Add", {"x", "f"}, {"y"});
    const Graph graph = import_model(model);
    EXPECT_EQ(graph.value(graph.inputs[0]).shape, Shape{});
    EXPECT_EQ(graph.value(graph.inputs[1]).type, DataType::u8);
    EXPECT_EQ(run_counted(graph)[0].data, (std::vector<double>{2, 3, 4}));
}

TEST(ConstantOfShape, TakesTheDeclaredShapeWhereItsOwnIsComputedAtRunTime) {
    ModelWriter model(9);
    model.input("x", {2}).output("y");
    model.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::INT64);
    model.node("ConstantOfShape", {"x"}, {"y"});
    EXPECT_EQ(refusals(model), of_node("ConstantOfShape",
                                       "shape 'x' is computed at run time, which is not supported; make it an "
                                       "initializer",
                                       9));
    auto &type = *model.graph().mutable_output(0)->mutable_type()->mutable_tensor_type();
    type.mutable_shape()->add_dim()->set_dim_value(2);
    type.mutable_shape()->add_dim()->set_dim_value(3);
    EXPECT_EQ(output_shape(import_model(model)), (Shape{2, 3}));
}

}  // namespace ingot
