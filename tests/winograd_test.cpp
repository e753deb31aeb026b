// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Winograd convolutions outside their kernels: the algebra, the packed weights, the error bound, and when they are
// chosen.
#include "compiler/lowering/pack_weights.h"
#include "reference/winograd.h"
#include "schedules/choose.h"
#include "spec/buffer_dims.h"
#include "spec/error.h"
#include "spec/winograd.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace ingot {
namespace {

using Matrix = WinogradMatrices::Matrix;

/// m * square * mᵀ.
Matrix both_sides(const Matrix &m, const Matrix &square) {
    Matrix result(m.size(), std::vector<double>(m.size()));
    for (std::size_t y = 0; y < m.size(); ++y) {
        for (std::size_t x = 0; x < m.size(); ++x) {
            for (std::size_t j = 0; j < square.size(); ++j) {
                for (std::size_t i = 0; i < square.size(); ++i) {
                    result[y][x] += m[y][j] * m[x][i] * square[j][i];
                }
            }
        }
    }
    return result;
}

Matrix random_square(std::size_t extent, std::mt19937 &random) {
    Matrix result(extent, std::vector<double>(extent));
    for (std::vector<double> &row : result) {
        for (double &element : row) {
            element = std::uniform_int_distribution<int>(-8, 8)(random);
        }
    }
    return result;
}

constexpr DimOrder orders[] = {DimOrder::winograd2, DimOrder::winograd4};

// Within the roundings of double: the matrices of F(4x4) hold sixths.
TEST(Winograd, IsTheConvolutionOfATile) {
    for (DimOrder order : orders) {
        const WinogradMatrices &matrices = winograd_matrices(order);
        const auto results = static_cast<std::size_t>(matrices.results());
        std::mt19937 random(1);
        for (int repeat = 0; repeat < 20; ++repeat) {
            const Matrix picture = random_square(results + 2, random), filter = random_square(3, random);
            Matrix product = both_sides(matrices.input, picture);
            const Matrix weights = both_sides(matrices.weights, filter);
            for (std::size_t fy = 0; fy < results + 2; ++fy) {
                for (std::size_t fx = 0; fx < results + 2; ++fx) {
                    product[fy][fx] *= weights[fy][fx];
                }
            }
            const Matrix result = both_sides(matrices.output, product);
            const double bound = matrices.is_binary ? 0 : winograd_growth(matrices) * 64 * 0x1p-52 * 32;
            for (std::size_t y = 0; y < results; ++y) {
                for (std::size_t x = 0; x < results; ++x) {
                    double expected = 0;
                    for (std::size_t ky = 0; ky < 3; ++ky) {
                        for (std::size_t kx = 0; kx < 3; ++kx) {
                            expected += filter[ky][kx] * picture[y + ky][x + kx];
                        }
                    }
                    EXPECT_LE(std::abs(result[y][x] - expected), bound) << to_text(order);
                }
            }
        }
        for (const std::vector<double> &row : matrices.output) {
            EXPECT_EQ(row[winograd_unit_frequency], 1.0);
        }
    }
}

TEST(Winograd, KnowsWhetherItsFactorsAreBinaryFractions) {
    for (DimOrder order : orders) {
        const WinogradMatrices &matrices = winograd_matrices(order);
        bool is_binary = true;
        for (const Matrix *matrix : {&matrices.input, &matrices.weights, &matrices.output}) {
            for (const std::vector<double> &row : *matrix) {
                for (double factor : row) {
                    is_binary = is_binary && std::trunc(factor * 1024) == factor * 1024;
                }
            }
        }
        EXPECT_EQ(matrices.is_binary, is_binary) << to_text(order);
    }
}

// The numbers that spec/winograd.h states.
TEST(Winograd, GrowthFollowsTheMatrices) {
    EXPECT_NEAR(winograd_growth(winograd_matrices(DimOrder::winograd2)), 64, 1e-9);
    EXPECT_NEAR(winograd_growth(winograd_matrices(DimOrder::winograd4)), 2304, 1e-9);
}

TEST(Winograd, CoversTheResultsWithTiles) {
    const auto tiles = [](const char *text, DimOrder order) {
        return winograd_tiles(parse_kernel_spec(text), order);
    };
    const char *even = "conv2d n=1 h=14 w=15 ci=1 co=1 k=3x3 s=1x1 p=1,1,1,1";
    EXPECT_EQ(tiles(even, DimOrder::winograd2), (Extent2{7, 8}));
    EXPECT_EQ(tiles(even, DimOrder::winograd4), (Extent2{4, 4}));
    const char *small = "conv2d n=1 h=3 w=7 ci=1 co=1 k=3x3 s=1x1 p=0,0,0,0";
    EXPECT_EQ(tiles(small, DimOrder::winograd2), (Extent2{1, 3}));
    EXPECT_EQ(tiles(small, DimOrder::winograd4), (Extent2{1, 2}));
    const char *pool = "conv2d_pool2d n=1 h=15 w=19 ci=1 co=1 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0";
    EXPECT_EQ(tiles(pool, DimOrder::winograd2), (Extent2{7, 9}));
    EXPECT_EQ(tiles(pool, DimOrder::winograd4), (Extent2{4, 5}));
}

TEST(Winograd, PacksTransformedWeightsInBlocks) {
    for (DimOrder order : orders) {
        KernelSpec spec = parse_kernel_spec("conv2d n=1 h=4 w=4 ci=2 co=17 k=3x3 s=1x1 p=0,0,0,0 epilogue=bias");
        spec.weights.order = order;
        std::vector<float> weights(17 * 2 * 9, 0.0f);
        const std::size_t filter = (16 * 2 + 1) * 9;  // co 16, ci 1
        weights[filter + 0] = 4;                      // its first tap
        const std::vector<float> packed = pack_weights(spec, weights);
        const Matrix &g = winograd_matrices(order).weights;
        const std::size_t n = g.size();
        ASSERT_EQ(packed.size(), 2U * n * n * 2 * 16);
        for (std::size_t i = 0; i < packed.size(); ++i) {
            const std::size_t lane = i % 16, ci = i / 16 % 2, fx = i / 32 % n, fy = i / 32 / n % n;
            const bool is_filter = lane == 0 && ci == 1 && i / 32 / n / n == 1;
            EXPECT_EQ(packed[i], is_filter ? static_cast<float>(g[fy][0] * g[fx][0] * 4) : 0.0f) << i;
        }
        EXPECT_EQ(pack_bias(spec, std::vector<float>(17, 1.0f)).size(), 32U);
    }
}

TEST(Winograd, RoundsTransformedWeightsOnce) {
    KernelSpec spec = parse_kernel_spec("conv2d n=1 h=4 w=4 ci=1 co=1 k=3x3 s=1x1 p=0,0,0,0 weights=winograd2");
    const std::vector<float> weights = {0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f, 0.9f};
    double sum = 0;
    for (float weight : weights) {
        sum += static_cast<double>(weight);
    }
    EXPECT_EQ(pack_weights(spec, weights)[(1 * 4 + 1) * 16], static_cast<float>(sum / 4));
    spec.weights.order = DimOrder::winograd4;
    EXPECT_FLOAT_EQ(pack_weights(spec, weights)[(1 * 6 + 1) * 16], static_cast<float>(sum / 36));
}

// |U| of a first tap is (1, 1/2, 1/2, 0) in both dimensions; |Bᵀ| of ones gives 2; |Aᵀ| sums three of each.
TEST(Winograd, MagnitudeFollowsTheTransforms) {
    const WinogradMatrices &matrices = winograd_matrices(DimOrder::winograd2);
    const reference::Tensor<double> src{{1, 1, 4, 4}, std::vector<double>(16, -1.0)};
    const reference::Tensor<double> weights{{1, 1, 3, 3}, {-1, 0, 0, 0, 0, 0, 0, 0, 0}}, bias{{1}, {-3}};
    const Window window{{3, 3}, {}, {}, {}};
    EXPECT_EQ(reference::winograd_magnitude(src, weights, &bias, window, matrices).data,
              (std::vector<double>{3 + 16, 3 + 8, 3 + 8, 3 + 4}));
    EXPECT_EQ(reference::winograd_sum_length(16, matrices), 16 + 1 + 2 * 2 + 2 * 3);
}

// |U| of a first tap of 24 is (6, 4, 4, 1, 1, 0) times the same; |Bᵀ| of ones gives (10, 10, 10, 6, 6, 10). The
// first row of |Aᵀ| sums 6 * 10 + 2 * 4 * 10 + 2 * 6 = 152, the second 2 * 4 * 10 + 2 * 2 * 6 = 104. A picture of
// three rows is read as if its last were there four times.
TEST(Winograd, MagnitudeOfLargerTilesCountsTheElementsReadAgain) {
    const WinogradMatrices &matrices = winograd_matrices(DimOrder::winograd4);
    const reference::Tensor<double> weights{{1, 1, 3, 3}, {24 * 24, 0, 0, 0, 0, 0, 0, 0, 0}};
    const reference::Tensor<double> *none = nullptr;
    const Window window{{3, 3}, {}, {}, {}};
    const reference::Tensor<double> whole{{1, 1, 6, 6}, std::vector<double>(36, 1.0)};
    const reference::Tensor<double> ragged{{1, 1, 3, 4}, std::vector<double>(12, 1.0)};
    const reference::Tensor<double> of_whole =
        reference::winograd_magnitude(whole, weights, none, window, matrices);
    const reference::Tensor<double> of_ragged =
        reference::winograd_magnitude(ragged, weights, none, window, matrices);
    EXPECT_NEAR(of_whole.data[0], 152 * 152, 1e-9);
    EXPECT_NEAR(of_whole.data[1], 152 * 104, 1e-9);
    ASSERT_EQ(of_ragged.data.size(), 2U);
    EXPECT_NEAR(of_ragged.data[0], 152 * 152, 1e-9);
    EXPECT_NEAR(of_ragged.data[1], 152 * 104, 1e-9);
    EXPECT_EQ(reference::winograd_sum_length(16, matrices), 16 + 1 + 2 * 4 + 2 * 5);
}

TEST(Winograd, IsJudgedByItsOwnMagnitude) {
    KernelSpec spec = parse_kernel_spec("conv2d n=1 h=4 w=4 ci=1 co=1 k=3x3 s=1x1 p=0,0,0,0 weights=winograd2");
    const reference::Tensor<double> src{{1, 1, 4, 4}, std::vector<double>(16, 1.0)};
    const reference::Tensor<double> weights{{1, 1, 3, 3}, {1, 0, 0, 0, 0, 0, 0, 0, 0}};
    EXPECT_EQ(reference::run_kernel<double>(spec, src, &weights, nullptr).magnitude.data,
              (std::vector<double>{16, 8, 8, 4}));
    for (DimOrder order : orders) {
        spec.weights.order = order;
        EXPECT_EQ(reference::sum_length(spec), reference::winograd_sum_length(1, winograd_matrices(order)));
    }
    spec.weights.order = DimOrder::oihw;
    EXPECT_EQ(reference::run_kernel<double>(spec, src, &weights, nullptr).magnitude.data,
              (std::vector<double>{1, 1, 1, 1}));
    EXPECT_EQ(reference::sum_length(spec), 9);
}

constexpr const char *layer = "conv2d n=1 h=28 w=28 ci=128 co=128 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu";
constexpr const char *pooled =
    "conv2d_pool2d n=1 h=14 w=14 ci=16 co=32 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0 epilogue=bias,relu";

TEST(Numerics, DefaultTakesWinogradWhereItIsFaster) {
    const TunedTable none;
    const auto algorithm = [&](const char *text, const Target &target) {
        return choose(parse_kernel_spec(text), target, {.tables = &none}).choice.algorithm;
    };
    for (const Target &target : cpu_targets()) {
        for (const char *large : {layer, "conv2d n=1 h=56 w=56 ci=64 co=64 k=3x3 s=1x1 p=1,1,1,1",
                                  "conv2d n=1 h=32 w=32 ci=16 co=16 k=3x3 s=1x1 p=1,1,1,1",
                                  "conv2d n=1 h=27 w=27 ci=32 co=128 k=3x3 s=1x1 p=1,1,1,1"}) {
            EXPECT_EQ(algorithm(large, target), "conv2d_winograd4") << large << " " << target.name;
        }
        // Four times the weights, few tiles.
        EXPECT_NE(algorithm("conv2d n=1 h=14 w=14 ci=256 co=256 k=3x3 s=1x1 p=1,1,1,1", target), "conv2d_winograd4")
            << target.name;
        EXPECT_FALSE(find_algorithm(algorithm(pooled, target)).direct) << target.name;
        for (const char *direct : {
                 "conv2d n=1 h=28 w=28 ci=1 co=16 k=3x3 s=1x1 p=1,1,1,1",        // too few channels
                 "conv2d n=1 h=7 w=7 ci=512 co=512 k=3x3 s=1x1 p=1,1,1,1",       // weights from memory, few tiles
                 "conv2d n=1 h=28 w=28 ci=128 co=128 k=1x1 s=1x1 p=0,0,0,0",     // another filter
                 "conv2d n=1 h=28 w=28 ci=128 co=128 k=3x3 s=2x2 p=1,1,1,1",     // stride
                 "conv2d n=1 h=28 w=28 ci=128 co=128 k=3x3 s=1x1 p=1,1,1,1 g=2"  // groups
             }) {
            EXPECT_TRUE(find_algorithm(algorithm(direct, target)).direct) << direct << " " << target.name;
        }
    }
}

TEST(Numerics, ExactTakesDirectSumsOnly) {
    for (const Target &target : cpu_targets()) {
        for (const char *text : {layer, pooled}) {
            const Choice choice = choose(parse_kernel_spec(text), target, {std::nullopt, Numerics::exact}).choice;
            EXPECT_TRUE(find_algorithm(choice.algorithm).direct) << to_text(choice);
            EXPECT_EQ(choice.schedule.substr(0, 4), "cpu_");
            EXPECT_NE(choice.schedule, "cpu_reference");
        }
    }
    const ChooseOptions asked{parse_choice("conv2d_winograd/cpu_tiled"), Numerics::exact};
    try {
        choose(parse_kernel_spec(layer), cpu_targets().front(), asked);
        FAIL() << "Winograd is taken under exact numerics";
    } catch (const Error &error) {
        EXPECT_STREQ(error.what(),
                     "conv2d_winograd/cpu_tiled: conv2d_winograd saves multiplications, which numerics exact rules "
                     "out; ask for an algorithm of direct sums");
    }
}

TEST(Numerics, AreNamed) {
    EXPECT_EQ(parse_numerics("default"), Numerics::standard);
    EXPECT_EQ(parse_numerics("exact"), Numerics::exact);
    EXPECT_THROW(parse_numerics("fast"), Error);
}

}  // namespace
}  // namespace ingot
