// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "reference/interpreter.h"
#include "reference/ops.h"
#include "spec/error.h"
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>
#include <random>

namespace ingot::reference {

namespace {

/// A tensor of small random integers.
template<typename T>
Tensor<T> random_integers(std::vector<int64_t> shape, uint64_t seed) {
    std::mt19937_64 random(seed);
    const int64_t size = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
    Tensor<T> tensor{std::move(shape), std::vector<T>(static_cast<std::size_t>(size))};
    for (T &element : tensor.data) {
        element = static_cast<T>(static_cast<int>(random() % 9) - 4);
    }
    return tensor;
}

double at(const Tensor<double> &tensor, int64_t a, int64_t b, int64_t c, int64_t d) {
    const std::vector<int64_t> &s = tensor.shape;
    return tensor.data.at(static_cast<std::size_t>(((a * s[1] + b) * s[2] + c) * s[3] + d));
}

double &at(Tensor<double> &tensor, int64_t a, int64_t b, int64_t c, int64_t d) {
    const std::vector<int64_t> &s = tensor.shape;
    return tensor.data.at(static_cast<std::size_t>(((a * s[1] + b) * s[2] + c) * s[3] + d));
}

Tensor<double> zeros(std::vector<int64_t> shape) {
    Tensor<double> tensor = random_integers<double>(std::move(shape), 0);
    std::fill(tensor.data.begin(), tensor.data.end(), 0.0);
    return tensor;
}

Window window(Extent2 kernel, Extent2 stride = {}, Pad2 pad = {}, Extent2 dilation = {}) {
    return {kernel, stride, dilation, pad};
}

Bounded<double> exact(Tensor<double> tensor) {
    Tensor<double> magnitude = tensor;
    for (double &element : magnitude.data) {
        element = std::abs(element);
    }
    return {std::move(tensor), std::move(magnitude)};
}

}  // namespace

TEST(Conv2d, SumsProductsAndTheirMagnitudes) {
    const Tensor<double> src{{1, 1, 2, 3}, {1, -2, 3, 4, 5, -6}};
    const Tensor<double> weights{{1, 1, 2, 2}, {1, 10, 100, -1000}};
    const Tensor<double> bias{{1}, {-7}};
    const Bounded<double> dst = conv2d(src, weights, &bias, window({2, 2}), 1);
    EXPECT_EQ(dst.value.shape, (std::vector<int64_t>{1, 1, 1, 2}));
    EXPECT_EQ(dst.value.data, (std::vector<double>{-7 + 1 - 20 + 400 - 5000, -7 - 2 + 30 + 500 + 6000}));
    EXPECT_EQ(dst.magnitude.data, (std::vector<double>{7 + 1 + 20 + 400 + 5000, 7 + 2 + 30 + 500 + 6000}));
}

TEST(Conv2d, DeltaKernelShifts) {
    const Tensor<double> src = random_integers<double>({2, 1, 4, 5}, 1);
    Tensor<double> weights = zeros({1, 1, 3, 3});
    at(weights, 0, 0, 0, 2) = 1;  // reads one row above, one column to the right
    const Tensor<double> dst = conv2d<double>(src, weights, nullptr, window({3, 3}, {}, {1, 1, 1, 1}), 1).value;
    ASSERT_EQ(dst.shape, src.shape);
    for (int64_t n = 0; n < 2; ++n) {
        for (int64_t y = 0; y < 4; ++y) {
            for (int64_t x = 0; x < 5; ++x) {
                EXPECT_EQ(at(dst, n, 0, y, x), y == 0 || x == 4 ? 0 : at(src, n, 0, y - 1, x + 1));
            }
        }
    }
}

TEST(Conv2d, DilationIsAKernelWithHoles) {
    const Tensor<double> src = random_integers<double>({1, 2, 9, 8}, 2);
    const Tensor<double> weights = random_integers<double>({3, 2, 3, 2}, 3);
    Tensor<double> spread = zeros({3, 2, 5, 4});
    for (int64_t o = 0; o < 3; ++o) {
        for (int64_t i = 0; i < 2; ++i) {
            for (int64_t y = 0; y < 3; ++y) {
                for (int64_t x = 0; x < 2; ++x) {
                    at(spread, o, i, y * 2, x * 3) = at(weights, o, i, y, x);
                }
            }
        }
    }
    EXPECT_EQ(conv2d<double>(src, weights, nullptr, window({3, 2}, {}, {}, {2, 3}), 1).value.data,
              conv2d<double>(src, spread, nullptr, window({5, 4}), 1).value.data);
}

TEST(Conv2d, GroupsAreABlockDiagonalKernel) {
    const Tensor<double> src = random_integers<double>({2, 6, 4, 4}, 4);
    const Tensor<double> weights = random_integers<double>({9, 2, 3, 3}, 5);
    Tensor<double> full = zeros({9, 6, 3, 3});
    for (int64_t o = 0; o < 9; ++o) {
        for (int64_t i = 0; i < 2; ++i) {
            for (int64_t y = 0; y < 3; ++y) {
                for (int64_t x = 0; x < 3; ++x) {
                    at(full, o, o / 3 * 2 + i, y, x) = at(weights, o, i, y, x);
                }
            }
        }
    }
    EXPECT_EQ(conv2d<double>(src, weights, nullptr, window({3, 3}), 3).value.data,
              conv2d<double>(src, full, nullptr, window({3, 3}), 1).value.data);
}

TEST(Conv2d, StrideKeepsEverySecondResult) {
    const Tensor<double> src = random_integers<double>({1, 1, 7, 8}, 6);
    const Tensor<double> weights = random_integers<double>({1, 1, 3, 3}, 7);
    const Tensor<double> all = conv2d<double>(src, weights, nullptr, window({3, 3}), 1).value;
    const Tensor<double> some = conv2d<double>(src, weights, nullptr, window({3, 3}, {2, 3}), 1).value;
    ASSERT_EQ(some.shape, (std::vector<int64_t>{1, 1, 3, 2}));
    for (int64_t y = 0; y < 3; ++y) {
        for (int64_t x = 0; x < 2; ++x) {
            EXPECT_EQ(at(some, 0, 0, y, x), at(all, 0, 0, y * 2, x * 3));
        }
    }
}

TEST(Conv2d, PadsAreZerosAroundThePicture) {
    const Tensor<double> src = random_integers<double>({1, 2, 3, 4}, 8);
    const Tensor<double> weights = random_integers<double>({2, 2, 3, 3}, 9);
    Tensor<double> padded = zeros({1, 2, 3 + 1 + 3, 4 + 2 + 4});
    for (int64_t c = 0; c < 2; ++c) {
        for (int64_t y = 0; y < 3; ++y) {
            for (int64_t x = 0; x < 4; ++x) {
                at(padded, 0, c, y + 1, x + 2) = at(src, 0, c, y, x);
            }
        }
    }
    const Bounded<double> dst = conv2d<double>(src, weights, nullptr, window({3, 3}, {}, {1, 2, 3, 4}), 1);
    const Bounded<double> expected = conv2d<double>(padded, weights, nullptr, window({3, 3}), 1);
    EXPECT_EQ(dst.value.shape, expected.value.shape);
    EXPECT_EQ(dst.value.data, expected.value.data);
    EXPECT_EQ(dst.magnitude.data, expected.magnitude.data);
}

TEST(Conv2d, FloatStaysWithinTheBoundOfTheSum) {
    std::mt19937_64 random(10);
    std::normal_distribution<float> normal;
    Tensor<float> src = random_integers<float>({1, 8, 6, 6}, 0), weights = random_integers<float>({4, 8, 3, 3}, 0);
    for (Tensor<float> *tensor : {&src, &weights}) {
        for (float &element : tensor->data) {
            element = normal(random);
        }
    }
    const Tensor<double> wide_src{src.shape, {src.data.begin(), src.data.end()}};
    const Tensor<double> wide_weights{weights.shape, {weights.data.begin(), weights.data.end()}};
    const Tensor<float> result = conv2d<float>(src, weights, nullptr, window({3, 3}), 1).value;
    const Bounded<double> oracle = conv2d<double>(wide_src, wide_weights, nullptr, window({3, 3}), 1);
    double largest_error = 0;
    for (std::size_t i = 0; i < result.data.size(); ++i) {
        const double error = std::abs(static_cast<double>(result.data[i]) - oracle.value.data[i]);
        EXPECT_LE(error, std::numeric_limits<float>::epsilon() * (72 + 1) * oracle.magnitude.data[i]);
        largest_error = std::max(largest_error, error);
    }
    EXPECT_GT(largest_error, 0);
}

TEST(Conv2d, RefusesOperandsThatDoNotFit) {
    const Tensor<double> src = zeros({1, 4, 5, 5}), bias = zeros({3});
    EXPECT_THROW(conv2d<double>(src, zeros({2, 3, 3, 3}), nullptr, window({3, 3}), 1), InternalError);
    EXPECT_THROW(conv2d<double>(src, zeros({2, 4, 3, 3}), nullptr, window({3, 2}), 1), InternalError);
    EXPECT_THROW(conv2d<double>(src, zeros({2, 4, 3, 3}), &bias, window({3, 3}), 1), InternalError);
    EXPECT_THROW(conv2d<double>(src, zeros({3, 2, 3, 3}), nullptr, window({3, 3}), 2), InternalError);
    EXPECT_THROW(conv2d<double>(src, zeros({2, 4, 6, 6}), nullptr, window({6, 6}), 1), InternalError);
}

TEST(MaxPool2d, TakesTheLargestOfEachWindow) {
    const Tensor<double> src{{1, 1, 3, 4}, {1, 2, 3, 4, 8, 7, 6, 5, -9, -8, -7, -6}};
    const Tensor<double> dst = max_pool2d(exact(src), window({2, 2}, {1, 2})).value;
    EXPECT_EQ(dst.shape, (std::vector<int64_t>{1, 1, 2, 2}));
    EXPECT_EQ(dst.data, (std::vector<double>{8, 6, 8, 6}));
}

TEST(MaxPool2d, PaddingIsNeverTheMaximum) {
    const Tensor<double> src{{1, 1, 2, 2}, {-4, -3, -2, -1}};
    const Tensor<double> dst = max_pool2d(exact(src), window({2, 2}, {1, 1}, {1, 1, 1, 1})).value;
    EXPECT_EQ(dst.data, (std::vector<double>{-4, -3, -3, -2, -1, -1, -2, -1, -1}));
}

TEST(MaxPool2d, DilationSkipsElements) {
    const Tensor<double> src{{1, 1, 1, 5}, {1, 9, 3, 8, 2}};
    const Tensor<double> dst = max_pool2d(exact(src), window({1, 2}, {}, {}, {1, 3})).value;
    EXPECT_EQ(dst.data, (std::vector<double>{8, 9}));
}

TEST(MaxPool2d, KeepsTheLargestMagnitude) {
    const Tensor<double> src{{1, 1, 1, 3}, {-5, 1, 2}};
    const Bounded<double> dst = max_pool2d(exact(src), window({1, 2}));
    EXPECT_EQ(dst.value.data, (std::vector<double>{1, 2}));
    EXPECT_EQ(dst.magnitude.data, (std::vector<double>{5, 2}));
}

TEST(Gemm, MultipliesRowsByWeights) {
    const Tensor<double> src{{2, 3}, {1, 2, 3, 4, 5, -6}};
    const Tensor<double> weights{{2, 3}, {1, 10, 100, -1, 0, 1}};
    const Tensor<double> bias{{2}, {0.5, -0.5}};
    const Bounded<double> dst = gemm(src, weights, &bias);
    EXPECT_EQ(dst.value.shape, (std::vector<int64_t>{2, 2}));
    EXPECT_EQ(dst.value.data, (std::vector<double>{321.5, 1.5, -545.5, -10.5}));
    EXPECT_EQ(dst.magnitude.data, (std::vector<double>{321.5, 4.5, 654.5, 10.5}));
}

TEST(Gemm, IsAConvolutionOfOneElement) {
    const Tensor<double> src = random_integers<double>({3, 5, 1, 1}, 11);
    const Tensor<double> weights = random_integers<double>({4, 5}, 12);
    const Tensor<double> kernel{{4, 5, 1, 1}, weights.data};
    EXPECT_EQ(gemm<double>(src, weights, nullptr).value.data,
              conv2d<double>(src, kernel, nullptr, window({1, 1}), 1).value.data);
}

TEST(Relu, KeepsWhatIsPositive) {
    const Bounded<double> dst = relu(exact({{4}, {-1.5, 0, 2, -0.0}}));
    EXPECT_EQ(dst.value.data, (std::vector<double>{0, 0, 2, 0}));
    EXPECT_FALSE(std::signbit(dst.value.data[3]));
    EXPECT_EQ(dst.magnitude.data, (std::vector<double>{1.5, 0, 2, 0}));
}

TEST(RunKernel, ComputesEveryOpWithItsEpilogue) {
    const Tensor<double> src = random_integers<double>({1, 2, 4, 4}, 13);
    const Tensor<double> weights = random_integers<double>({3, 2, 3, 3}, 14);
    const Tensor<double> bias = random_integers<double>({3}, 15);
    KernelSpec spec;
    spec.h = spec.w = 4;
    spec.ci = 2;
    spec.co = 3;
    spec.window = window({3, 3}, {}, {1, 1, 1, 1});
    spec.epilogue = {{Function::bias}, {Function::relu}};
    const Bounded<double> conv = relu(conv2d(src, weights, &bias, spec.window, 1));
    EXPECT_EQ(run_kernel(spec, src, &weights, &bias).value.data, conv.value.data);

    spec.op = Op::conv2d_pool2d;
    spec.pool = window({2, 2}, {2, 2});
    EXPECT_EQ(run_kernel(spec, src, &weights, &bias).value.data, max_pool2d(conv, *spec.pool).value.data);
    EXPECT_EQ(run_kernel(spec, src, &weights, &bias).magnitude.data, max_pool2d(conv, *spec.pool).magnitude.data);

    KernelSpec pool;
    pool.op = Op::pool2d;
    pool.window = window({2, 2});
    pool.epilogue = {{Function::relu}};
    const Bounded<double> pooled = run_kernel<double>(pool, src, nullptr, nullptr);
    EXPECT_EQ(pooled.value.data, relu(max_pool2d(exact(src), pool.window)).value.data);
    EXPECT_EQ(pooled.magnitude.data, std::vector<double>(pooled.value.data.size(), 0.0)) << "a maximum is exact";

    KernelSpec gemm_spec;
    gemm_spec.op = Op::gemm;
    gemm_spec.epilogue = {{Function::relu}};
    const Tensor<double> matrix = random_integers<double>({5, 32}, 16);
    EXPECT_EQ(run_kernel<double>(gemm_spec, src, &matrix, nullptr).value.data,
              relu(gemm<double>(src, matrix, nullptr)).value.data);
    EXPECT_THROW(run_kernel<double>(gemm_spec, src, nullptr, nullptr), InternalError);
    EXPECT_THROW(run_kernel<double>(gemm_spec, src, &matrix, &bias), InternalError);
}

class Sequential : public testing::Test {
protected:
    // A picture that a gemm reads in the order of nhwc.
    const KernelSpec spec =
        parse_kernel_spec("sequential n=2 [conv2d_pool2d n=2 h=6 w=5 ci=2 co=3 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 "
                          "pp=0,0,0,0 epilogue=bias,relu] [gemm n=2 ci=18 co=4 epilogue=bias]");
    const Tensor<double> src = random_integers<double>({2, 2, 6, 5}, 30);
    std::vector<LayerConstants<double>> constants = {
        {random_integers<double>({3, 2, 3, 3}, 31), random_integers<double>({3}, 32), {}},
        {random_integers<double>({4, 18}, 33), random_integers<double>({4}, 34), {}}};
};

TEST_F(Sequential, RunsLayerAfterLayer) {
    const Tensor<double> picture = run_kernel(spec.layers[0], src, &constants[0].weights, &constants[0].bias).value;
    Tensor<double> flat = zeros({2, 18});
    for (int64_t n = 0; n < 2; ++n) {
        for (int64_t i = 0; i < 18; ++i) {
            flat.data[static_cast<std::size_t>(n * 18 + i)] = at(picture, n, i % 3, i / 6, i / 3 % 2);
        }
    }
    const Tensor<double> expected = gemm(flat, constants[1].weights, &constants[1].bias).value;
    const Bounded<double> got = run_sequential(spec, src, constants);
    EXPECT_EQ(got.value.data, expected.data);
    EXPECT_EQ(got.value.shape, (std::vector<int64_t>{2, 4}));
}

TEST_F(Sequential, FloatStaysWithinTheBoundOfTheChain) {
    std::mt19937 random(35);
    std::normal_distribution<float> real;
    std::vector<LayerConstants<float>> rounded(2);
    Tensor<double> image = src;
    Tensor<float> float_image{src.shape, {}};
    for (double &element : image.data) {
        float_image.data.push_back(real(random));
        element = static_cast<double>(float_image.data.back());
    }
    for (std::size_t i = 0; i < 2; ++i) {
        for (const auto part : {0, 1}) {
            Tensor<double> &exact_part = part == 0 ? constants[i].weights : constants[i].bias;
            Tensor<float> &float_part = part == 0 ? rounded[i].weights : rounded[i].bias;
            float_part.shape = exact_part.shape;
            for (double &element : exact_part.data) {
                float_part.data.push_back(real(random));
                element = static_cast<double>(float_part.data.back());
            }
        }
    }
    const Bounded<double> want = run_sequential(spec, image, constants);
    const Bounded<float> got = run_sequential(spec, float_image, rounded);
    double largest = 0;
    for (std::size_t i = 0; i < want.value.data.size(); ++i) {
        const double error = std::abs(static_cast<double>(got.value.data[i]) - want.value.data[i]);
        largest = std::max(largest, error / want.magnitude.data[i] / std::numeric_limits<float>::epsilon());
    }
    EXPECT_LE(largest, 1);
    EXPECT_GT(largest, 0);
    EXPECT_EQ(sum_length(spec), 0);
}

TEST(SumLength, CountsTheProductsOfOneSum) {
    KernelSpec spec;
    spec.ci = 12;
    spec.groups = 3;
    spec.window = window({5, 2});
    EXPECT_EQ(sum_length(spec), 5 * 2 * 4);
    spec.op = Op::conv2d_pool2d;
    EXPECT_EQ(sum_length(spec), 5 * 2 * 4);
    spec.op = Op::gemm;
    EXPECT_EQ(sum_length(spec), 12);
    spec.op = Op::pool2d;
    EXPECT_EQ(sum_length(spec), 0);
}

/// image [1, 1, 4, 4] -> conv -> relu -> (pooled, flattened).
Graph two_outputs() {
    Graph graph;
    const ValueId image = graph.add_value({"image", DataType::f32, {1, 1, 4, 4}, std::nullopt});
    const ValueId weights =
        graph.add_value({"w", DataType::f32, {2, 1, 2, 2}, std::vector<float>{1, 2, 3, 4, -1, -2, 3, 4}});
    const ValueId bias = graph.add_value({"b", DataType::f32, {2}, std::vector<float>{1, -1}});
    const ValueId conv = graph.add_value({"conv", DataType::f32, {1, 2, 3, 3}, std::nullopt});
    const ValueId flat = graph.add_value({"flat", DataType::f32, {1, 18}, std::nullopt});
    const ValueId pooled = graph.add_value({"pooled", DataType::f32, {1, 2, 2, 2}, std::nullopt});
    graph.inputs = {image};
    graph.outputs = {pooled, flat};
    graph.nodes = {
        {Conv2d{window({2, 2}), 1, {{Function::bias}}, std::nullopt}, {image, weights, bias}, conv, {}},
        {Reshape{}, {conv}, flat, {}},
        {Pool2d{window({2, 2}), {{Function::relu}}}, {conv}, pooled, {}},
    };
    return graph;
}

TEST(Interpret, RunsNodesInOrder) {
    const Graph graph = two_outputs();
    verify(graph);
    const Tensor<double> image = random_integers<double>({1, 1, 4, 4}, 17);
    const std::vector<Tensor<double>> outputs = interpret<double>(graph, {image});
    ASSERT_EQ(outputs.size(), 2U);
    const Tensor<double> weights{{2, 1, 2, 2}, {1, 2, 3, 4, -1, -2, 3, 4}}, bias{{2}, {1, -1}};
    const Bounded<double> conv = conv2d(image, weights, &bias, window({2, 2}), 1);
    EXPECT_EQ(outputs[0].data, relu(max_pool2d(conv, window({2, 2}))).value.data);
    EXPECT_EQ(outputs[1].shape, (std::vector<int64_t>{1, 18}));
    EXPECT_EQ(outputs[1].data, conv.value.data);
}

TEST(Interpret, ABatchIsEachImageAlone) {
    const Graph graph = two_outputs();
    const Tensor<float> batch = random_integers<float>({3, 1, 4, 4}, 18);
    const std::vector<Tensor<float>> together = interpret<float>(graph, {batch});
    EXPECT_EQ(together[1].shape, (std::vector<int64_t>{3, 18}));
    std::vector<float> pooled, flat;
    for (std::ptrdiff_t i = 0; i < 3; ++i) {
        const Tensor<float> image{{1, 1, 4, 4}, {batch.data.begin() + i * 16, batch.data.begin() + (i + 1) * 16}};
        const std::vector<Tensor<float>> alone = interpret<float>(graph, {image});
        pooled.insert(pooled.end(), alone[0].data.begin(), alone[0].data.end());
        flat.insert(flat.end(), alone[1].data.begin(), alone[1].data.end());
    }
    EXPECT_EQ(together[0].data, pooled);
    EXPECT_EQ(together[1].data, flat);
}

TEST(Interpret, RefusesInputsOfAnotherShape) {
    const Graph graph = two_outputs();
    EXPECT_THROW(interpret<double>(graph, {}), InternalError);
    EXPECT_THROW(interpret<double>(graph, {zeros({1, 1, 4, 5})}), InternalError);
    EXPECT_THROW(interpret<double>(graph, {zeros({1, 4, 4})}), InternalError);
}

}  // namespace ingot::reference
