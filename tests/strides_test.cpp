// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/strides.h"
#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <numeric>
#include <random>
#include <set>

namespace ingot {
namespace {

int64_t product(const Shape &shape) {
    return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

/// The places of all elements, counted in row-major order.
std::vector<int64_t> places(const Shape &shape, const Strides &strides) {
    std::vector<int64_t> result{0};
    for (std::size_t i = 0; i < shape.size(); ++i) {
        std::vector<int64_t> next;
        for (const int64_t at : result) {
            for (int64_t k = 0; k < shape[i]; ++k) {
                next.push_back(at + k * strides[i]);
            }
        }
        result = std::move(next);
    }
    return result;
}

class Random {
public:
    explicit Random(uint64_t seed) : random_(seed) {}
    int64_t below(int64_t end) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(end)); }
    Shape shape(int64_t rank) {
        Shape result;
        for (int64_t i = 0; i < rank; ++i) {
            result.push_back(below(4) + 1);
        }
        return result;
    }
    /// Another shape of as many elements: the extents' factors in order, grouped anew, with ones between them.
    Shape regrouped(const Shape &shape) {
        Shape result{1};
        for (int64_t extent : shape) {
            for (int64_t factor = 2; extent > 1; ++factor) {
                for (; extent % factor == 0; extent /= factor) {
                    below(2) == 0 ? result.back() *= factor : (result.push_back(factor), 0);
                }
            }
            if (below(4) == 0) {
                result.push_back(1);
            }
        }
        return result;
    }
    std::vector<std::size_t> order(std::size_t rank) {
        std::vector<std::size_t> result(rank);
        std::iota(result.begin(), result.end(), std::size_t{0});
        std::shuffle(result.begin(), result.end(), random_);
        return result;
    }

private:
    std::mt19937_64 random_;
};

class StridesTest : public testing::TestWithParam<uint64_t> {};

INSTANTIATE_TEST_SUITE_P(Seeds, StridesTest, testing::Range<uint64_t>(0, 300));

TEST_P(StridesTest, AReshapedTensorHasTheSameElementsInOrder) {
    Random random(GetParam());
    const Shape from = random.shape(random.below(4) + 1), to = random.regrouped(from);
    ASSERT_EQ(product(from), product(to));
    const Strides strides = dense_strides(from, random.order(from.size()));
    if (const std::optional<Strides> reshaped = reshape_strides(from, strides, to)) {
        EXPECT_EQ(places(to, *reshaped), places(from, strides));
    }
    EXPECT_EQ(places(to, reshape_strides(from, row_major_strides(from), to).value()),
              places(from, row_major_strides(from)));
}

TEST_P(StridesTest, ACommonRefinementSplitsBothShapes) {
    Random random(GetParam());
    const Shape a = random.shape(3), b = random.regrouped(a);
    const std::optional<Shape> both = common_refinement(a, b);
    ASSERT_TRUE(both.has_value());
    for (const Shape &shape : {a, b}) {
        const Strides strides = dense_strides(shape, random.order(shape.size()));
        EXPECT_EQ(places(*both, reshape_strides(shape, strides, *both).value()), places(shape, strides));
    }
}

TEST_P(StridesTest, SimplifiedLoopsVisitTheSamePairs) {
    Random random(GetParam());
    const Shape dims = random.shape(random.below(4) + 1);
    Loops loops{dims, {}, {}};
    for (int tensor = 0; tensor < 2; ++tensor) {
        loops.strides.push_back(dense_strides(dims, random.order(dims.size())));
    }
    if (random.below(2) == 0) {  // a source that broadcasts, a view that is read backwards
        int64_t &stride =
            loops.strides[0][static_cast<std::size_t>(random.below(static_cast<int64_t>(dims.size())))];
        stride = random.below(2) == 0 ? 0 : -stride;
    }
    const auto pairs = [](const Loops &of) {
        const std::vector<int64_t> a = places(of.dims, of.strides[0]), b = places(of.dims, of.strides[1]);
        std::multiset<std::pair<int64_t, int64_t>> result;
        for (std::size_t i = 0; i < a.size(); ++i) {
            result.emplace(a[i], b[i]);
        }
        return result;
    };
    const Loops simple = simplified(loops);
    EXPECT_EQ(pairs(simple), pairs(loops));
    EXPECT_LE(simple.dims.size(), std::max<std::size_t>(1, dims.size()));
    EXPECT_TRUE(std::is_sorted(simple.strides[1].rbegin(), simple.strides[1].rend()));
}

TEST(Strides, ReshapeOfAPictureInNhwcSplitsChannelsAndMergesPixels) {
    const Shape picture{1, 6, 4, 5};
    const Strides nhwc = dense_strides(picture, {0, 2, 3, 1});
    EXPECT_EQ(reshape_strides(picture, nhwc, {1, 2, 3, 4, 5}), (Strides{6, 3, 1, 30, 6}));
    EXPECT_EQ(reshape_strides(picture, nhwc, {1, 6, 20}), (Strides{6, 1, 6}));
    EXPECT_EQ(reshape_strides(picture, nhwc, {1, 120}), std::nullopt);
}

TEST(Strides, SomeShapesHaveNoCommonRefinement) {
    EXPECT_EQ(common_refinement({4, 6}, {8, 3}), (Shape{4, 2, 3}));
    EXPECT_EQ(common_refinement({4, 6}, {3, 8}), std::nullopt);
}

TEST(Strides, DimensionsKeptApartAreNeitherMergedNorLeftOut) {
    const Loops loops{{2, 1, 3}, {{3, 3, 1}, {3, 3, 1}}, {1}};
    const Loops simple = simplified(loops);
    EXPECT_EQ(simple.dims, (Shape{2, 1, 3}));
    EXPECT_EQ(simple.apart, (std::vector<std::size_t>{1}));
}

TEST(Strides, OrderInMemoryFollowsTheStrides) {
    EXPECT_EQ(memory_order({2, 3, 4, 5}, {60, 1, 15, 3}), (std::vector<std::size_t>{0, 2, 3, 1}));
    EXPECT_EQ(memory_order({1, 3, 1, 5}, {7, 1, 7, 3}), (std::vector<std::size_t>{0, 3, 1, 2}));
}

}  // namespace
}  // namespace ingot
