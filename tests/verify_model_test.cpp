// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `ingot verify` compares, and how.
#include "compiler/lowering/lower.h"
#include "harness/verify_model.h"
#include "spec/error.h"
#include "tests/graph_builder.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace ingot {

namespace {

using test::GraphBuilder;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

/// image [1,1,4,4] -> conv -> relu.
Graph small_graph() {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 1, 4, 4});
    builder.graph.outputs = {builder.relu("relu", builder.conv("conv", image, 2, {{3, 3}, {}, {}, {}}))};
    return builder.graph;
}

/// A reference that knows what it is given.
class FixedReference : public Reference {
public:
    explicit FixedReference(std::map<std::string, std::vector<double>> values) : values_(std::move(values)) {}
    [[nodiscard]] std::string name() const override { return "fixed"; }
    void prepare(const std::vector<VerifyCase> &, const std::vector<std::string> &tensors) override {
        asked = tensors;
    }
    std::map<std::string, std::vector<double>> values(std::size_t) override { return values_; }
    std::vector<std::string> asked;

private:
    std::map<std::string, std::vector<double>> values_;
};

LoweredModel lowered(const Graph &graph) {
    return lower(graph, "net", {host_targets().front()});
}

}  // namespace

TEST(DifferenceTest, IsZeroOfEqualTensors) {
    const Difference same = difference({1.0, -2.0, 0.0}, {1.0, -2.0, 0.0});
    EXPECT_EQ(same.max_abs, 0.0);
    EXPECT_EQ(same.largest, 2.0);
    EXPECT_EQ(same.unequal, 0U);
    EXPECT_EQ(difference({0.0}, {0.0}).relative(), 0.0);
    EXPECT_TRUE(difference({0.0}, {0.0}).within(DataType::f32, 0.0));
}

TEST(DifferenceTest, IsRelativeToTheLargestElement) {
    const Difference found = difference({1.0, 100.0, -1.5}, {1.0, 100.0, -1.0});
    EXPECT_EQ(found.max_abs, 0.5);
    EXPECT_EQ(found.at, 2U);
    EXPECT_EQ(found.relative(), 0.005);
    EXPECT_EQ(found.unequal, 1U);
    EXPECT_TRUE(found.within(DataType::f32, 0.005));
    EXPECT_FALSE(found.within(DataType::f32, 0.004));
    EXPECT_FALSE(difference({1e-30}, {0.0}).within(DataType::f32, 1.0));
    EXPECT_TRUE(difference({1e-9}, {0.0}, 1.0).within(DataType::f32, 1e-8)) << "the tensor reaches 1 elsewhere";
}

TEST(DifferenceTest, CountsUlpOfTheElementOrOfAThousandthOfTheLargest) {
    const auto ulp = [](double x) { return std::nextafter(static_cast<float>(x), INFINITY) - x; };
    EXPECT_EQ(difference({1.0 + 3.0 * ulp(1.0)}, {1.0}).max_ulp, 3.0);
    EXPECT_EQ(difference({-5.0 - ulp(5.0), 5.0}, {-5.0, 5.0}).max_ulp, 1.0);
    EXPECT_EQ(difference({1000.0, 2.0 * ulp(1.0)}, {1000.0, 0.0}).max_ulp, 2.0);
}

TEST(DifferenceTest, TakesANanForANanAndAnInfinityForItself) {
    const Difference alike =
        difference({nan_value, infinity, -infinity, 1.0}, {nan_value, infinity, -infinity, 1.0});
    EXPECT_EQ(alike.nonfinite, 3U);
    EXPECT_EQ(alike.unlike, 0U);
    EXPECT_TRUE(alike.within(DataType::f32, 0.0));
    for (const auto &[got, reference] : {std::pair{nan_value, 1.0}, std::pair{1.0, nan_value},
                                         std::pair{infinity, -infinity}, std::pair{infinity, 1.0}}) {
        EXPECT_FALSE(difference({got}, {reference}).within(DataType::f32, 1.0)) << got << " " << reference;
    }
    EXPECT_NE(to_text(difference({nan_value}, {1.0})).find(", 1 NaN or infinite, 1 where the reference is not"),
              std::string::npos);
}

TEST(DifferenceTest, HoldsIntegersAndBooleansToEquality) {
    for (const DataType type : {DataType::i64, DataType::i32, DataType::u8, DataType::boolean}) {
        EXPECT_TRUE(difference({1.0}, {1.0}).within(type, 0.0));
        EXPECT_FALSE(difference({1000001.0}, {1000000.0}).within(type, 1.0));
    }
}

TEST(ElementsTest, AreReadAsTheyWereWritten) {
    const std::vector<double> small = {0.0, 1.0, 255.0}, signs = {-3.0, 0.0, 1e9};
    EXPECT_EQ(read_elements(DataType::u8, write_elements(DataType::u8, small)), small);
    EXPECT_EQ(write_elements(DataType::boolean, small).size(), 3U);
    EXPECT_EQ(read_elements(DataType::i32, write_elements(DataType::i32, signs)), signs);
    EXPECT_EQ(read_elements(DataType::i64, write_elements(DataType::i64, signs)), signs);
    EXPECT_EQ(write_elements(DataType::i64, signs).size(), 24U);
    EXPECT_EQ(read_elements(DataType::f32, write_elements(DataType::f32, signs)), signs);
}

TEST(VerifyCases, HoldWhatTheirTypeCanTake) {
    Graph graph = small_graph();
    for (const DataType type : {DataType::f32, DataType::i64, DataType::boolean, DataType::u8}) {
        graph.value(graph.inputs[0]).type = type;
        const std::vector<VerifyCase> cases = verify_cases(graph, 2);
        ASSERT_EQ(cases.size(), 7U);
        for (const VerifyCase &test_case : cases) {
            ASSERT_EQ(test_case.inputs.size(), 1U);
            ASSERT_EQ(test_case.inputs[0].size(), 16U);
            EXPECT_EQ(read_elements(type, write_elements(type, test_case.inputs[0])), test_case.inputs[0])
                << test_case.name;
        }
        EXPECT_NE(cases[0].inputs, cases[1].inputs);
        EXPECT_EQ(cases[0].inputs, verify_cases(graph, 1)[0].inputs);
    }
}

TEST(WithLayers, AddsWhatTheFileHasToo) {
    GraphBuilder builder;
    const ValueId image = builder.input("image", {1, 1, 4, 4});
    const ValueId conv = builder.conv("conv", image, 2, {{3, 3}, {}, {}, {}});
    const ValueId relu = builder.relu("relu", conv);
    builder.graph.outputs = {builder.flatten("flat", relu)};
    Graph fused = builder.graph;
    fused.value(conv).name = "made by a pass";
    const Graph layers = with_layers(fused, builder.graph);
    verify(layers);
    ASSERT_EQ(layers.outputs.size(), 2U);
    EXPECT_EQ(layers.value(layers.outputs[0]).name, "flat");
    EXPECT_EQ(layers.value(layers.outputs[1]).name, "relu");
}

TEST(CompareWith, FindsNothingWhereTheInterpreterIsRight) {
    const Graph graph = small_graph();
    const CompiledModel model(lowered(graph));
    InterpreterReference reference(graph);
    const std::vector<VerifyCase> cases = verify_cases(graph, 1);
    const std::vector<VerifyRow> rows = compare_with(reference, model, cases, 1e-5);
    ASSERT_EQ(rows.size(), cases.size());
    for (const VerifyRow &row : rows) {
        EXPECT_TRUE(row.within) << row.test_case;
        EXPECT_EQ(row.tensor, "relu");
    }
    EXPECT_TRUE(levels_that_depend_on_batch(model, cases).empty());
}

TEST(CompareWith, ComparesWhatTheReferenceKnows) {
    const Graph graph = small_graph();
    const CompiledModel model(lowered(graph));
    const std::vector<VerifyCase> cases = verify_cases(graph, 0);
    FixedReference nothing({});
    EXPECT_TRUE(compare_with(nothing, model, cases, 1.0).empty());
    EXPECT_EQ(nothing.asked, std::vector<std::string>{"relu"});
    FixedReference wrong({{"relu", std::vector<double>(8, 1e6)}});
    EXPECT_FALSE(compare_with(wrong, model, cases, 0.5).front().within);
    FixedReference short_one({{"relu", {1.0}}});
    EXPECT_THROW((void)compare_with(short_one, model, cases, 0.5), Error);
}

}  // namespace ingot
