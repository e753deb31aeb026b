// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "reference/interpreter.h"
#include "reference/tensor_kernel.h"
#include "reference/tensor_ops.h"
#include "spec/error.h"
#include "tests/random_tensor_graph.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace ingot::reference {

namespace {

using Shape = std::vector<int64_t>;
using Numbers = std::vector<double>;
using test::GraphBuilder;

constexpr auto epsilon = static_cast<double>(std::numeric_limits<float>::epsilon());

/// 0, 1, 2, ...
Tensor<double> counted(const Shape &shape) {
    Tensor<double> tensor = make_tensor<double>(shape);
    std::iota(tensor.data.begin(), tensor.data.end(), 0.0);
    return tensor;
}

Tensor<double> random_reals(const Shape &shape, uint64_t seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<float> normal;
    Tensor<double> tensor = make_tensor<double>(shape);
    for (double &element : tensor.data) {
        element = static_cast<double>(normal(random));
    }
    return tensor;
}

void expect(const Tensor<double> &got, const Shape &shape, const Numbers &data) {
    EXPECT_EQ(got.shape, shape);
    EXPECT_EQ(got.data, data);
}

Tensor<double> reduce_one(const Tensor<double> &src, Reduction reduction, const Shape &axes, bool keepdims) {
    return reduce<double>(reduction, axes, keepdims, {operand_term(0)}, {&src}, {DataType::f32});
}

}  // namespace

TEST(Map, BroadcastsItsSources) {
    const Tensor<double> a{{2, 1, 3}, {1, 2, 3, 4, 5, 6}}, b{{2, 1}, {10, 100}}, scalar{{}, {1000}};
    expect(map<double>(parse_expression("x0,x1,mul,x2,add"), {&a, &b, &scalar}, std::vector(3, DataType::f32),
                       {2, 2, 3}),
           {2, 2, 3}, {1010, 1020, 1030, 1100, 1200, 1300, 1040, 1050, 1060, 1400, 1500, 1600});
}

TEST(Map, OfScalarsIsAScalar) {
    const Tensor<double> a{{}, {7}}, b{{}, {2}};
    expect(map<double>(parse_expression("x0,x1,div"), {&a, &b}, std::vector(2, DataType::i64), {}), {}, {3});
}

TEST(Reduce, SumsOverItsAxes) {
    const Tensor<double> src = counted({2, 3, 2});
    expect(reduce_one(src, Reduction::sum, {1}, true), {2, 1, 2}, {6, 9, 24, 27});
    expect(reduce_one(src, Reduction::sum, {1}, false), {2, 2}, {6, 9, 24, 27});
    expect(reduce_one(src, Reduction::sum, {0, 2}, false), {3}, {14, 22, 30});
    expect(reduce_one(src, Reduction::sum, {0, 1, 2}, false), {}, {66});
    expect(reduce_one(src, Reduction::sum, {0, 1, 2}, true), {1, 1, 1}, {66});
    expect(reduce_one(src, Reduction::sum, {}, false), src.shape, src.data);
}

TEST(Reduce, ComputesEveryReduction) {
    const Tensor<double> src{{2, 4}, {3, -1, 3, -1, 2, 2, 5, 7}};
    const auto reduced = [&](Reduction reduction) { return reduce_one(src, reduction, {1}, false).data; };
    EXPECT_EQ(reduced(Reduction::sum), (Numbers{4, 16}));
    EXPECT_EQ(reduced(Reduction::mean), (Numbers{1, 4}));
    EXPECT_EQ(reduced(Reduction::product), (Numbers{9, 140}));
    EXPECT_EQ(reduced(Reduction::max), (Numbers{3, 7}));
    EXPECT_EQ(reduced(Reduction::min), (Numbers{-1, 2}));
    EXPECT_EQ(reduced(Reduction::arg_max), (Numbers{0, 3}));
    EXPECT_EQ(reduced(Reduction::arg_max_last), (Numbers{2, 3}));
    EXPECT_EQ(reduced(Reduction::arg_min), (Numbers{1, 0}));
    EXPECT_EQ(reduced(Reduction::arg_min_last), (Numbers{3, 1}));
}

TEST(Reduce, ReducesAnExpressionOfSourcesThatBroadcast) {
    const Tensor<double> a{{2, 2}, {1, 2, 3, 4}}, b{{2, 1}, {10, 100}};
    expect(reduce<double>(Reduction::sum, {1}, true, parse_expression("x0,x1,mul"), {&a, &b},
                          std::vector(2, DataType::f32)),
           {2, 1}, {30, 700});
}

TEST(Reduce, TruncatesTheMeanOfIntegers) {
    const Tensor<double> src{{2}, {-1, -2}};
    expect(reduce<double>(Reduction::mean, {0}, false, {operand_term(0)}, {&src}, {DataType::i64}), {}, {-1});
}

TEST(MatMul, BroadcastsItsBatches) {
    const Tensor<double> a = counted({2, 1, 2, 3}), b{{2, 3, 1}, {1, 10, 100, -1, 0, 1}};
    expect(matmul(a, b), {2, 2, 2, 1}, {210, 543, 2, 2, 876, 1209, 2, 2});
    expect(matmul(counted({2, 3}), Tensor<double>{{3, 2}, {1, 0, 0, 1, 1, 1}}), {2, 2}, {2, 3, 8, 9});
}

TEST(Transpose, OrdersTheDimensions) {
    expect(transpose(counted({2, 3}), {1, 0}), {3, 2}, {0, 3, 1, 4, 2, 5});
    expect(transpose(counted({2, 1, 3}), {2, 0, 1}), {3, 2, 1}, {0, 3, 1, 4, 2, 5});
    expect(transpose(counted({}), {}), {}, {0});
}

TEST(Slice, StepsForwardsAndBackwards) {
    const Tensor<double> src = counted({3, 5});
    expect(slice(src, {1, 0}, {1, 2}, {2, 3}), {2, 3}, {5, 7, 9, 10, 12, 14});
    expect(slice(src, {2, 4}, {-2, -3}, {2, 2}), {2, 2}, {14, 11, 4, 1});
}

TEST(Expand, RepeatsExtentsOfOne) {
    expect(expand(Tensor<double>{{2, 1}, {1, 2}}, {2, 2, 3}), {2, 2, 3}, {1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2});
    expect(expand(Tensor<double>{{}, {5}}, {2}), {2}, {5, 5});
}

TEST(Concat, PutsSourcesOneBehindTheOther) {
    const Tensor<double> a = counted({2, 2}), b{{2, 1}, {7, 8}};
    expect(concat<double>({&a, &b, &a}, 1), {2, 5}, {0, 1, 7, 0, 1, 2, 3, 8, 2, 3});
    expect(concat<double>({&a, &a}, 0), {4, 2}, {0, 1, 2, 3, 0, 1, 2, 3});
}

TEST(Pad, SurroundsItsSource) {
    expect(pad(Tensor<double>{{1, 2}, {1, 2}}, {1, 0}, {0, 2}, 9.0), {2, 4}, {9, 9, 9, 9, 1, 2, 9, 9});
}

TEST(Resample, WeighsWhatItsTableNames) {
    const Tensor<double> src{{2, 3}, {1, 2, 3, 4, 5, 6}};
    expect(resample(src, 1, 1, {2, 0, 0, 1}, {}), {2, 4}, {3, 1, 1, 2, 6, 4, 4, 5});
    expect(resample(src, 1, 2, {0, 1, 1, 2}, {0.5f, 0.25f, 0.5f, 0.75f}), {2, 2}, {1.5, 2.75, 4.5, 5.75});
    expect(resample(src, 0, 1, {1}, {}), {1, 3}, {4, 5, 6});
}

TEST(AveragePool2d, CountsThePictureOrTheWindow) {
    const Tensor<double> src{{1, 1, 2, 2}, {4, -8, 12, 16}};
    const Window window{{2, 2}, {1, 1}, {}, {1, 1, 0, 0}};
    const Bounded<double> inside = average_pool2d(src, window, PoolMode::average);
    expect(inside.value, {1, 1, 2, 2}, {4, -2, 8, 6});
    EXPECT_EQ(inside.magnitude.data, (Numbers{4, 6, 8, 10}));
    expect(average_pool2d(src, window, PoolMode::average_padded).value, {1, 1, 2, 2}, {1, -1, 4, 6});
    KernelSpec spec = parse_kernel_spec("pool2d n=1 h=2 w=2 c=1 k=2x2 s=1x1 p=1,1,0,0 mode=average epilogue=relu");
    expect(run_kernel<double>(spec, src, nullptr, nullptr).value, {1, 1, 2, 2}, {4, 0, 8, 6});
    EXPECT_EQ(sum_length(spec), 4);
}

TEST(RunKernel, ReadsTheTensorsOfItsEpilogue) {
    const KernelSpec spec = parse_kernel_spec("gemm n=2 ci=1 co=2 epilogue=bias,prelu,add");
    const Tensor<double> src{{2, 1}, {1, -1}}, weights{{2, 1}, {1, 2}}, bias{{2}, {0.5, 0.5}},
        slope{{2}, {10, 100}}, add{{2, 2}, {1, 2, 3, 4}};
    expect(run_kernel(spec, src, &weights, &bias, &slope, &add).value, {2, 2}, {2.5, 4.5, -2, -146});
    EXPECT_THROW(run_kernel(spec, src, &weights, &bias, &slope), InternalError);
}

TEST(RunTensorKernel, MapsWhatBroadcasts) {
    const KernelSpec spec = parse_kernel_spec("map dims=2,2 f=x0,x1,add views=2,1;0,1;2,1");
    const Bounded<double> result = run_tensor_kernel(spec, {{{2, 2}, {1, 2, 3, 4}}, {{1, 2}, {10, -4}}});
    expect(result.value, {2, 2}, {11, -2, 13, 0});
    EXPECT_NEAR(result.magnitude.data[0], 11, 1e-6) << "one rounding of the result";
    EXPECT_EQ(sum_length(spec), 0);
    EXPECT_THROW(run_tensor_kernel(spec, {{{2, 2}, {1, 2, 3, 4}}, {{2, 1}, {10, -4}}}), InternalError);
}

TEST(RunTensorKernel, ReducesTheDimsThatDstDoesNotHave) {
    KernelSpec spec = parse_kernel_spec("reduce dims=2,3 r=sum f=x0 views=3,1;1,0");
    const Tensor<double> src{{2, 3}, {1, -2, 3, 4, 5, -6}};
    const Bounded<double> sums = run_tensor_kernel(spec, {src});
    expect(sums.value, {2, 1}, {2, 3});
    EXPECT_EQ(sum_length(spec), 3);
    EXPECT_DOUBLE_EQ(sums.magnitude.data[0], 6);
    EXPECT_DOUBLE_EQ(sums.magnitude.data[1], 15);
    spec.reduction = Reduction::max;
    EXPECT_EQ(run_tensor_kernel(spec, {src}).magnitude.data, (Numbers{0, 0}));
    EXPECT_EQ(sum_length(spec), 0);
    spec.reduction = Reduction::arg_min_last;
    expect(run_tensor_kernel(spec, {src}).value, {2, 1}, {1, 2});
}

TEST(RunTensorKernel, MultipliesMatrices) {
    const KernelSpec spec = parse_kernel_spec("matmul dims=2,2,1,3 views=6,3,0,1;0,0,1,1;2,1,1,0");
    const Tensor<double> a = counted({2, 2, 3}), b{{3, 1}, {1, -10, 100}};
    const Bounded<double> result = run_tensor_kernel(spec, {{{2, 2, 1, 3}, a.data}, {{1, 1, 1, 3}, b.data}});
    expect(result.value, {2, 2, 1, 1}, matmul(a, b).data);
    EXPECT_EQ(sum_length(spec), 3);
    EXPECT_DOUBLE_EQ(result.magnitude.data[0], 0 + 10 + 200);
}

TEST(RunTensorKernel, ResamplesAndPads) {
    const KernelSpec resampled = parse_kernel_spec("resample dims=2,2 axis=1 taps=2 extent=3 views=3,1;2,1");
    const Tensor<double> src{{2, 3}, {1, -2, 3, 4, 5, 6}};
    const Bounded<double> sums = run_tensor_kernel(resampled, {src}, {{0, 1, 1, 2}, {2, 1, 1, -1}});
    expect(sums.value, {2, 2}, {0, -5, 13, -1});
    EXPECT_EQ(sums.magnitude.data, (Numbers{4, 5, 13, 11}));
    EXPECT_EQ(sum_length(resampled), 2);
    EXPECT_THROW(run_tensor_kernel(resampled, {src}), InternalError);

    const KernelSpec padded = parse_kernel_spec("pad dims=2,4 before=0,1 inside=1,3 value=5 views=3,1;4,1");
    expect(run_tensor_kernel(padded, {{{1, 3}, {1, 2, 3}}}).value, {2, 4}, {5, 1, 2, 3, 5, 5, 5, 5});
}

TEST(RunTensorKernel, FloatStaysWithinItsBounds) {
    const char *texts[] = {
        "map dims=50,40 f=x0,x1,mul,sigmoid,x0,sub,exp views=40,1;0,1;40,1",
        "reduce dims=50,40 r=sum f=x0,x1,sub,exp views=40,1;0,1;1,0",
        "reduce dims=50,40 r=mean f=x0,x1,mul,tanh views=40,1;0,1;1,0",
        "reduce dims=50,8 r=product f=x0,x1,add views=8,1;0,1;1,0",
        "reduce dims=50,40 r=max f=x0,x1,mul views=40,1;0,1;1,0",
    };
    for (const char *text : texts) {
        const KernelSpec spec = parse_kernel_spec(text);
        const std::vector<Tensor<double>> sources{random_reals(spec.dims, 1), random_reals({1, spec.dims[1]}, 2)};
        const Bounded<double> want = run_tensor_kernel(spec, sources);
        const Tensor<float> x0{sources[0].shape, {sources[0].data.begin(), sources[0].data.end()}};
        const Tensor<float> x1{sources[1].shape, {sources[1].data.begin(), sources[1].data.end()}};
        const std::vector<DataType> types(2, DataType::f32);
        const Tensor<float> got =
            spec.op == Op::map ? map<float>(spec.expression, {&x0, &x1}, types, spec.dims)
                               : reduce<float>(spec.reduction, {1}, true, spec.expression, {&x0, &x1}, types);
        const double unit = epsilon * static_cast<double>(sum_length(spec) + 1);
        double closest = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < got.data.size(); ++i) {
            const double bound = unit * want.magnitude.data[i];
            const double error = std::abs(static_cast<double>(got.data[i]) - want.value.data[i]);
            EXPECT_LE(error, bound) << text;
            closest = std::min(closest, bound / std::max(error, 1e-30));
        }
        EXPECT_LT(closest, 200) << text << ": the bound is far off";
    }
}

TEST(Interpret, RunsOperationsOfAnyRankAndType) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 2, 3});
    const ValueId best = builder.node("best", Reduce{Reduction::arg_max, {2}, false, {operand_term(0)}}, {image});
    const ValueId half = builder.node("half", Map{parse_expression("x0,2,div")}, {best});
    builder.graph.outputs = {builder.node("number", Map{parse_expression("x0,to_f32,0.5,mul")}, {half}), best};
    EXPECT_EQ(builder.graph.value(half).type, DataType::i64);
    const std::vector<Tensor<double>> outputs =
        interpret<double>(builder.graph, {{{2, 2, 3}, {1, 2, 3, 3, 2, 1, 0, 1, 0, 0, 0, 1}}});
    expect(outputs[0], {2, 2}, {0.5, 0, 0, 0.5});
    expect(outputs[1], {2, 2}, {2, 0, 1, 2});
}

TEST(Interpret, RunsABatchImageByImage) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {2, 2});
    builder.graph.outputs = {builder.node("turned", Transpose{{1, 0}}, {image}),
                             builder.node("sum", Reduce{Reduction::sum, {0, 1}, true, {operand_term(0)}}, {image})};
    const std::vector<Tensor<double>> outputs = interpret<double>(builder.graph, {counted({4, 2})});
    expect(outputs[0], {4, 2}, {0, 2, 1, 3, 4, 6, 5, 7});
    expect(outputs[1], {2, 1}, {6, 22});
}

TEST(Interpret, TakesScalarsButNoBatchOfThem) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {2}), scale = builder.input("scale", {});
    const ValueId scaled = builder.node("scaled", Map{parse_expression("x0,x1,mul")}, {image, scale});
    builder.graph.outputs = {builder.node("sum", Reduce{Reduction::sum, {0}, false, {operand_term(0)}}, {scaled})};
    expect(interpret<double>(builder.graph, {{{2}, {1, 2}}, {{}, {10}}}).at(0), {}, {30});
    EXPECT_THROW(interpret<double>(builder.graph, {{{4}, {1, 2, 3, 4}}, {{}, {10}}}), InternalError);
    builder.graph.inputs = {image};
    builder.graph.value(scale).constant = {10};
    EXPECT_THROW(interpret<double>(builder.graph, {{{4}, {1, 2, 3, 4}}}), InternalError);
}

TEST(Interpret, AppliesTheWholeEpilogue) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 2, 1, 2});
    const ValueId weights = builder.constant("w", {2, 2, 1, 1}, {1, 0, 0, -1});
    const ValueId bias = builder.constant("b", {2}, {1, 0}), slope = builder.constant("s", {2}, {2, 3});
    const Conv2d conv{{}, 1, {{Function::bias}, {Function::prelu}, {Function::add}, {Function::clip, -6, 9}}, {}};
    builder.graph.outputs = {builder.node("y", conv, {image, weights, bias, slope, image})};
    expect(interpret<double>(builder.graph, {{{1, 2, 1, 2}, {1, -3, -5, 4}}}).at(0), {1, 2, 1, 2}, {3, -6, 0, -6});
}

TEST(RandomTensorGraph, IsExactInFloat) {
    std::size_t nodes = 0;
    for (uint64_t seed = 0; seed < 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        test::RandomTensorGraph random(seed);
        verify(random.graph());
        nodes += random.graph().nodes.size();
        const std::vector<Tensor<double>> inputs = random.inputs(2);
        std::vector<Tensor<float>> rounded;
        for (const Tensor<double> &input : inputs) {
            rounded.push_back({input.shape, {input.data.begin(), input.data.end()}});
        }
        const std::vector<Tensor<double>> want = interpret(random.graph(), inputs);
        const std::vector<Tensor<float>> got = interpret(random.graph(), rounded);
        for (std::size_t i = 0; i < want.size(); ++i) {
            ASSERT_EQ(Numbers(got[i].data.begin(), got[i].data.end()), want[i].data);
        }
    }
    EXPECT_GT(nodes, 2000U);
}

}  // namespace ingot::reference
