// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Graphs of operations on tensors of any rank, by hand and at random, compiled and compared with the interpreter:
// exactly, since all data are small integers. How many steps they take shows what is a view, and what is copied.
#include "spec/error.h"
#include "tests/interpreted.h"
#include "tests/random_tensor_graph.h"

namespace ingot {

namespace {

using namespace test;

/// A graph with a name, and the steps of its plan, legalized but without passes.
struct Case {
    const char *name;
    std::size_t steps;
    void (*build)(GraphBuilder &);
    std::ptrdiff_t in_place = 0;  ///< steps that write over a source
};
void PrintTo(const Case &graph, std::ostream *out) {
    *out << graph.name;
}

void output(GraphBuilder &b, ValueId id) {
    b.graph.outputs.push_back(id);
}

ValueId doubled(GraphBuilder &b, const std::string &name, ValueId src) {
    return b.node(name, Map{parse_expression("x0,2,mul")}, {src});
}

ValueId mean(GraphBuilder &b, const std::string &name, ValueId src, bool keepdims) {
    const int64_t channels = b.graph.value(src).shape[1];
    return b.node(name, Reduce{Reduction::mean, {2, 3}, keepdims}, {src},
                  keepdims ? std::vector<int64_t>{1, channels, 1, 1} : std::vector<int64_t>{1, channels});
}

const std::vector<Case> cases = {
    {"means_of_convolutions_are_their_last_layer", 3,
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c0", b.input("x", {1, 3, 4, 8}), 16, same3);
         output(b, mean(b, "m1", b.conv("c1", x, 17, point), true));
         output(b, mean(b, "m2", b.conv("c2", x, 32, point), false));
     }},
    {"a_mean_over_a_sum_of_two_pictures", 4,
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c0", b.input("x", {1, 3, 8, 2}), 16, same3);
         const ValueId y = b.conv("c1", x, 16, same3);
         const ValueId weights = b.integers("w", {16, 16, 1, 1}, 7), bias = b.integers("b", {16}, 8);
         const Conv2d conv{point, 1, {{Function::bias}, {Function::add}}, std::nullopt};
         output(b, b.gemm("g", mean(b, "m", b.node("c2", conv, {y, weights, bias, x}, {1, 16, 8, 2}), false), 5));
     }},
    {"means_written_into_a_concat", 3,
     [](GraphBuilder &b) {
         const ValueId x = b.input("x", {1, 16, 4, 4});
         const ValueId m1 = mean(b, "m1", b.conv("c1", x, 24, point), true);
         output(b, b.node("both", Concat{1}, {m1, mean(b, "m2", b.conv("c2", x, 9, point), true)}));
     }},
    {"slices_of_channels_are_views", 3,
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c", b.input("x", {1, 3, 5, 6}), 8, same3);
         const ValueId low = b.node("low", Slice{{0, 0, 0, 0}, {1, 1, 1, 1}}, {x}, {1, 4, 5, 6});
         const ValueId high = b.node("high", Slice{{0, 4, 0, 0}, {1, 1, 1, 1}}, {x}, {1, 4, 5, 6});
         output(b, b.conv("c1", low, 4, same3));
         output(b, b.conv("c2", high, 5, same3));
     }},
    {"concat_of_convolutions_is_written_in_place", 3,
     [](GraphBuilder &b) {
         const ValueId x = b.input("x", {1, 3, 6, 5});
         const ValueId both = b.node("both", Concat{1}, {b.conv("c1", x, 5, same3), b.conv("c2", x, 7, point)});
         output(b, b.conv("c3", both, 4, same3));
     }},
    {"concat_of_an_input_copies_it", 3,
     [](GraphBuilder &b) {
         const ValueId x = b.input("x", {1, 3, 6, 5});
         output(b, b.conv("c2", b.node("both", Concat{1}, {x, b.conv("c1", x, 5, same3)}), 4, same3));
     }},
    {"concats_in_concats", 4,
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c0", b.input("x", {1, 3, 6, 5}), 4, point);
         const ValueId y = b.conv("c1", x, 5, same3);
         const ValueId xy = b.node("xy", Concat{1}, {x, y});
         const ValueId z = b.conv("c2", xy, 3, same3);
         output(b, b.conv("c3", b.node("xyz", Concat{1}, {xy, z}), 4, point));
     }},
    {"channel_shuffle_is_one_copy", 3,
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c1", b.input("x", {1, 3, 4, 5}), 12, point);
         const ValueId split = b.reshape("split", x, {1, 3, 4, 4, 5});
         const ValueId turned = b.node("turned", Transpose{{0, 2, 1, 3, 4}}, {split});
         output(b, b.conv("c2", b.reshape("merged", turned, {1, 12, 4, 5}), 7, same3));
     }},
    {"depth_to_space_as_views", 3,
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c1", b.input("x", {1, 3, 4, 5}), 8, point);
         const ValueId split = b.reshape("split", x, {1, 2, 2, 2, 4, 5});
         const ValueId turned = b.node("turned", Transpose{{0, 3, 4, 1, 5, 2}}, {split});
         output(b, b.conv("c2", b.reshape("merged", turned, {1, 2, 8, 10}), 3, same3));
     }},
    {"phases_are_interleaved_in_place", 6,
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c0", b.input("x", {1, 3, 3, 4}), 8, point);
         std::vector<ValueId> rows;
         for (const char *row : {"top", "bottom"}) {
             std::vector<ValueId> columns;
             for (const char *column : {"left", "right"}) {
                 const std::string name = std::string(row) + "." + column;
                 columns.push_back(b.reshape(name + ".view", b.conv(name, x, 16, point), {1, 16, 3, 1, 4, 1}));
             }
             rows.push_back(b.node(row, Concat{5}, columns));
         }
         const ValueId all = b.node("all", Concat{3}, rows);
         output(b, b.conv("c1", b.reshape("dst", all, {1, 16, 6, 8}), 3, same3));
     }},
    {"a_transposed_output_is_written_in_place", 1,
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c", b.input("x", {1, 3, 5, 6}), 8, same3);
         output(b, b.node("t", Transpose{{0, 2, 3, 1}}, {x}));
     }},
    {"a_picture_in_the_order_nhwc", 1,
     [](GraphBuilder &b) {
         const ValueId x = b.node("t", Transpose{{0, 3, 1, 2}}, {b.input("x", {1, 5, 6, 3})});
         output(b, b.conv("c", x, 8, same3));
     }},
    {"an_expanded_source_of_a_convolution_is_copied", 2,
     [](GraphBuilder &b) {
         output(b, b.conv("c", b.node("e", Expand{}, {b.input("x", {1, 3, 1, 6})}, {1, 3, 5, 6}), 4, same3));
     }},
    {"many_planes_are_copied_into_nhwc", 2,
     [](GraphBuilder &b) {
         output(b, b.conv("c", b.input("x", {1, 16, 5, 6}), 4, same3));
     }},
    {"a_slice_backwards", 1,
     [](GraphBuilder &b) {
         const ValueId x = b.node("s", Slice{{0, 6, 4}, {1, -2, -1}}, {b.input("x", {2, 7, 5})}, {2, 4, 5});
         output(b, doubled(b, "y", x));
     }},
    {"split_outputs_are_copies", 3,
     [](GraphBuilder &b) {
         const ValueId x = doubled(b, "y", b.input("x", {2, 6}));
         output(b, b.node("a", Slice{{0, 0}, {1, 1}}, {x}, {2, 2}));
         output(b, b.node("b", Slice{{0, 2}, {1, 1}}, {x}, {2, 4}));
     }},
    {"inverted_residual", 5,
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c1", b.input("x", {1, 3, 9, 7}), 16, same3);
         const ValueId y = b.conv("depthwise", b.conv("expand", x, 48, point), 48, same3, 48);
         const ValueId sum =
             b.node("sum", Map{parse_expression("x0,x1,add")}, {b.conv("project", y, 16, point), x});
         output(b, b.conv("c2", sum, 5, same3));
     },
     1},
    {"residual_and_mean", 4,
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c1", b.input("x", {1, 3, 5, 4}), 6, same3);
         const ValueId y = b.conv("c2", x, 6, same3);
         const ValueId sum = b.node("sum", Map{parse_expression("x0,x1,add,relu")}, {x, y});
         output(b, b.node("most", Reduce{Reduction::max, {2, 3}, false}, {sum}));
     },
     1},
    {"scaled_by_channel", 3,
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c1", b.input("x", {1, 3, 5, 4}), 6, same3);
         const ValueId scale = b.integers("scale", {1, 6, 1, 1}, 5), shift = b.integers("shift", {6, 1, 1}, 6);
         const ValueId y = b.node("y", Map{parse_expression("x0,x1,mul,x2,add")}, {x, scale, shift});
         output(b, b.conv("c2", y, 4, same3));
     },
     1},
    {"a_source_that_is_read_later_is_kept", 4,
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c1", b.input("x", {1, 3, 5, 4}), 6, same3);
         const ValueId y = doubled(b, "y", x);
         const ValueId z = b.node("z", Map{parse_expression("x0,x1,mul")}, {x, y});
         output(b, b.conv("c2", z, 4, same3));
     },
     1},
    {"a_source_of_which_a_part_is_read_later_is_kept", 4,
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c1", b.input("x", {1, 3, 5, 4}), 6, same3);
         const ValueId part = b.node("part", Slice{{0, 2, 0, 0}, {1, 1, 1, 1}}, {x}, {1, 3, 5, 4});
         output(b, b.conv("c2", doubled(b, "y", x), 4, same3));
         output(b, b.conv("c3", part, 4, same3));
     }},
    {"a_source_that_broadcasts_its_part_is_kept", 3,
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c1", b.input("x", {1, 3, 5, 4}), 6, same3);
         const ValueId first = b.node("first", Slice{{0, 0, 0, 0}, {1, 1, 1, 1}}, {x}, {1, 1, 5, 4});
         output(b, b.conv("c2", b.node("y", Map{parse_expression("x0,x1,mul")}, {x, first}), 4, same3));
     }},
    {"maps_one_after_the_other_keep_their_place", 4,
     [](GraphBuilder &b) {
         const ValueId x = b.conv("c1", b.input("x", {1, 3, 5, 4}), 6, same3);
         output(b, b.conv("c2", doubled(b, "z", doubled(b, "y", x)), 4, same3));
     },
     2},
    // With the halo that c2 wants, c1 would read rows that are no planes any more.
    {"a_halo_that_another_view_cannot_have_is_left_out", 4,
     [](GraphBuilder &b) {
         const ValueId a = doubled(b, "a", b.input("x", {1, 1, 6, 6}));
         output(b, b.conv("c1", b.reshape("planes", a, {3, 2, 3, 2}), 2, point));
         output(b, b.conv("c2", doubled(b, "m", a), 2, same3));
     },
     1},
    {"a_source_of_another_type_is_kept", 3,
     [](GraphBuilder &b) {
         const ValueId x = doubled(b, "y", b.input("x", {2, 9}));
         const ValueId bits = b.node("bits", Map{parse_expression("x0,2,less")}, {x});
         const ValueId yes = b.integers("yes", {9}, 5), no = b.integers("no", {9}, 6);
         output(b, b.node("z", Map{parse_expression("x0,x1,x2,where")}, {bits, yes, no}));
     }},
    {"product_of_matrices_of_heads", 3,
     [](GraphBuilder &b) {
         const ValueId x = doubled(b, "x2", b.input("x", {1, 6, 2, 4}));
         const ValueId q = b.node("q", Transpose{{0, 2, 1, 3}}, {x}), k = b.node("k", Transpose{{0, 2, 3, 1}}, {x});
         const ValueId scores = b.node("scores", MatMul{}, {q, k});
         output(b, b.node("sum", Reduce{Reduction::sum, {3}, true}, {scores}));
     }},
    {"padded_and_resampled", 3,
     [](GraphBuilder &b) {
         const ValueId x = b.input("x", {1, 2, 4, 5});
         const ValueId y = b.node("p", Pad{{0, 0, 1, 0}, {0, 0, 2, 1}, 3.0f}, {x});
         const ValueId z = b.node("h", Resample{2, 1, {6, 0, 0, 3}, {}}, {y});
         output(b, b.node("w", Resample{3, 2, {0, 2, 5, 1, 3, 4}, {1, 2, 3, -1, 0, 4}}, {z}));
     }},
    {"a_constant_is_an_output", 1,
     [](GraphBuilder &b) {
         b.input("x", {1, 2});
         output(b, b.identity("y", b.integers("c", {1, 3}, 4)));
     }},
    {"rows_beyond_a_common_refinement", 2,
     [](GraphBuilder &b) {
         const ValueId x = doubled(b, "y", b.input("x", {1, 4, 6}));
         const ValueId t = b.node("t", Transpose{{0, 2, 1}}, {x});
         output(b, doubled(b, "z", b.reshape("r", t, {1, 8, 3})));
     }},
};

void expect_compiles(const Graph &graph, uint64_t seed) {
    for (const bool passes : {false, true}) {
        const Graph ready = prepared(graph, passes);
        SCOPED_TRACE((passes ? "all passes\n" : "fold_constants alone\n") + to_text(ready));
        const CompiledGraph compiled(ready, best_target());
        SCOPED_TRACE(to_text(compiled.lowered().plans.front()));
        for (const int64_t batch : {1, 3}) {
            expect_as_interpreted(graph, compiled, batch, seed, *best_target().front());
        }
    }
}

class LowerTensorTest : public testing::TestWithParam<Case> {};

TEST_P(LowerTensorTest, RunsAsInterpreted) {
    GraphBuilder builder;
    GetParam().build(builder);
    verify(builder.graph);
    expect_compiles(builder.graph, 1);
}

TEST_P(LowerTensorTest, TakesAsManySteps) {
    GraphBuilder builder;
    GetParam().build(builder);
    const LoweredModel model = lower(builder.graph, "net", best_target());
    const std::vector<Step> &steps = model.plans.front().steps;
    EXPECT_EQ(steps.size(), GetParam().steps) << to_text(model.plans.front());
    const auto is_in_place = [](const Step &step) { return step.spec && step.spec->in_place >= 0; };
    EXPECT_EQ(std::count_if(steps.begin(), steps.end(), is_in_place), GetParam().in_place)
        << to_text(model.plans.front());
}

INSTANTIATE_TEST_SUITE_P(Graphs, LowerTensorTest, testing::ValuesIn(cases),
                         [](const auto &test) { return std::string(test.param.name); });

class LowerRandomTensorTest : public testing::TestWithParam<uint64_t> {};

TEST_P(LowerRandomTensorTest, RunsAsInterpreted) {
    Graph graph = RandomTensorGraph(GetParam()).graph();
    std::erase_if(graph.outputs, [&](ValueId id) {
        return graph.value(id).type != DataType::f32 || graph.value(id).shape.empty();
    });
    if (!graph.outputs.empty()) {
        drop_unused(graph);
        expect_compiles(graph, GetParam());
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LowerRandomTensorTest, testing::Range<uint64_t>(1, 25));

}  // namespace

}  // namespace ingot
