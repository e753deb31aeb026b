// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "tests/exact_graph_builder.h"
#include <algorithm>
#include <array>
#include <cmath>

namespace ingot::test {

/// A graph of operations on tensors of any rank between convolutions, pools and matrix products. Every value is a
/// multiple of a power of two within 2^20 times it, so that float is exact whatever order sums are computed in.
class RandomTensorGraph {
public:
    explicit RandomTensorGraph(uint64_t seed) : builder_(seed) {
        const Shape image = below(3) == 0 ? Shape{between(1, 2), between(2, 5), between(2, 5)}
                                          : Shape{between(1, 2), between(1, 4), between(4, 7), between(4, 7)};
        values_.push_back(builder_.keep(builder_.input("image", image), {3, 1}));
        const int64_t steps = between(4, 12);
        for (int64_t i = 0; i < steps; ++i) {
            const std::string name = "v" + std::to_string(i);
            std::optional<ValueId> added;
            while (!added) {
                added = add(name, pick());
            }
            values_.push_back(*added);
        }
        choose_outputs();
    }
    [[nodiscard]] const Graph &graph() const { return builder_.graph; }

    /// Random integers of the graph's inputs, `batch` times.
    std::vector<reference::Tensor<double>> inputs(int64_t batch) { return builder_.random_inputs(batch); }

private:
    int64_t below(int64_t end) { return builder_.below(end); }
    int64_t between(int64_t first, int64_t last) { return builder_.between(first, last); }
    [[nodiscard]] const Shape &shape_of(ValueId id) const { return builder_.shape_of(id); }
    [[nodiscard]] Range range_of(ValueId id) const { return builder_.range_of(id); }

    [[nodiscard]] bool is_large(ValueId id) const { return builder_.size_of(id) > 1000; }

    /// Mostly the latest value, so that chains arise; else any, so that some have several readers.
    ValueId pick() {
        const auto any = static_cast<std::size_t>(below(static_cast<int64_t>(values_.size())));
        return below(4) == 0 ? values_[any] : values_.back();
    }

    std::optional<ValueId> node(const std::string &name, Operation operation, const std::vector<ValueId> &inputs,
                                Range range, const Shape &shape = {}) {
        return builder_.add(name, std::move(operation), inputs, range, shape);
    }

    std::optional<ValueId> add(const std::string &name, ValueId src) {
        const bool picture = shape_of(src).size() == 4;
        switch (below(24)) {
        case 0:
            return node(name, Relu{}, {src}, range_of(src));
        case 1:
            return node(name, Identity{}, {src}, range_of(src));
        case 2:
        case 3:
            return add_unary(name, src);
        case 4:
        case 5:
            return add_binary(name, src, builder_.small_integers(name + ".c", broadcast_to(shape_of(src))));
        case 6:
        case 7:
            return add_of_two(name, src);
        case 8:
            return add_reduce(name, src);
        case 9:
            return add_index(name, src);
        case 10:
            return add_transpose(name, src);
        case 11:
            return add_slice(name, src);
        case 12:
            return add_concat(name, src);
        case 13:
            return add_pad(name, src);
        case 14:
            return add_expand(name, src);
        case 15:
            return add_resample(name, src);
        case 16:
            return add_matmul(name, src);
        case 17:
            return add_reshape(name, src);
        case 18:
        case 19:
            return picture ? add_pool(name, src) : add_gemm(name, src);
        default:
            return picture ? add_conv(name, src) : std::nullopt;
        }
    }

    std::optional<ValueId> add_unary(const std::string &name, ValueId src) {
        const Range range = range_of(src);
        const auto unary = [&](Function function, Range result, float a = 0, float b = 0) {
            return node(name, Map{{operand_term(0), call_term(function, a, b)}}, {src}, result);
        };
        switch (below(8)) {
        case 0:
            return unary(Function::abs, range);
        case 1:
            return unary(Function::neg, range);
        case 2:
            return unary(Function::clip, {std::min(range.bound, 3.0), std::min(range.grain, 1.0)}, -2, 3);
        case 3:
            return unary(Function::leaky_relu, {range.bound, range.grain / 4}, 0.25f);
        case 4:
            return unary(Function::floor, {std::ceil(range.bound), std::max(range.grain, 1.0)});
        case 5:
            return unary(Function::sign, {1, 1});
        case 6:
            return unary(Function::thresholded_relu, range, 1);
        default:  // relu(x * 2 + 1)
            return node(name, Map{parse_expression("x0,2,mul,1,add,relu")}, {src},
                        {range.bound * 2 + 1, std::min(range.grain * 2, 1.0)});
        }
    }

    /// A shape that broadcasts to `shape`: extents become 1, outer dimensions go.
    Shape broadcast_to(Shape shape) {
        for (int64_t &extent : shape) {
            extent = below(2) == 0 ? 1 : extent;
        }
        while (!shape.empty() && shape.front() == 1 && below(2) == 0) {
            shape.erase(shape.begin());
        }
        return shape;
    }

    std::optional<ValueId> add_binary(const std::string &name, ValueId x, ValueId y) {
        const Range a = range_of(x), b = range_of(y);
        const Range either{std::max(a.bound, b.bound), std::min(a.grain, b.grain)};
        const auto binary = [&](Function function, Range range) {
            return node(name, Map{{operand_term(0), operand_term(1), call_term(function)}}, {x, y}, range);
        };
        switch (below(7)) {
        case 0:
        case 1:
            return binary(Function::add, {a.bound + b.bound, either.grain});
        case 2:
            return binary(Function::sub, {a.bound + b.bound, either.grain});
        case 3:
            return binary(Function::mul, {a.bound * b.bound, a.grain * b.grain});
        case 4:
            return binary(below(2) == 0 ? Function::min : Function::max, either);
        case 5:
            return binary(Function::prelu, {a.bound * std::max(b.bound, 1.0), a.grain * std::min(b.grain, 1.0)});
        default: {  // where a boolean tensor says so, the first
            const std::optional<ValueId> is_less =
                node(name + ".less", Map{parse_expression("x0,x1,less")}, {x, y}, {1, 1});
            return node(name, Map{parse_expression("x0,x1,x2,where")}, {*is_less, x, y}, either);
        }
        }
    }

    /// Of two computed values, where a second one broadcasts with the first.
    std::optional<ValueId> add_of_two(const std::string &name, ValueId src) {
        const ValueId other = values_[static_cast<std::size_t>(below(static_cast<int64_t>(values_.size())))];
        const std::optional<Shape> common = broadcast_shape({shape_of(src), shape_of(other)});
        if (!common || !ExactGraphBuilder::is_small(*common)) {
            return std::nullopt;
        }
        return add_binary(name, src, other);
    }

    std::optional<ValueId> add_reduce(const std::string &name, ValueId src) {
        Shape axes;
        double count = 1;
        for (std::size_t i = 0; i < shape_of(src).size(); ++i) {
            if (below(2) == 0) {
                axes.push_back(static_cast<int64_t>(i));
                count *= static_cast<double>(shape_of(src)[i]);
            }
        }
        const Range range = range_of(src);
        const bool keepdims = below(2) == 0;
        const auto reduce = [&](Reduction reduction, Range result, const char *expression = "x0") {
            return node(name, Reduce{reduction, axes, keepdims, parse_expression(expression)}, {src}, result);
        };
        switch (below(5)) {
        case 0:
            return reduce(Reduction::max, range);
        case 1:
            return reduce(Reduction::min, range);
        case 2:  // exact of a power of two
            return std::exp2(std::round(std::log2(count))) == count
                       ? reduce(Reduction::mean, {range.bound, range.grain / count})
                       : std::nullopt;
        case 3:
            return reduce(Reduction::sum, {range.bound * range.bound * count, range.grain * range.grain},
                          "x0,x0,mul");
        default:
            return reduce(Reduction::sum, {range.bound * count, range.grain});
        }
    }

    /// The index of an extreme, read as a number.
    std::optional<ValueId> add_index(const std::string &name, ValueId src) {
        if (shape_of(src).empty()) {
            return std::nullopt;
        }
        constexpr std::array reductions{Reduction::arg_max, Reduction::arg_max_last, Reduction::arg_min,
                                        Reduction::arg_min_last};
        const int64_t axis = below(static_cast<int64_t>(shape_of(src).size()));
        const Range range{static_cast<double>(shape_of(src)[static_cast<std::size_t>(axis)]), 1};
        const Reduce reduce{reductions[static_cast<std::size_t>(below(4))], {axis}, below(2) == 0};
        const std::optional<ValueId> index = node(name + ".index", reduce, {src}, range);
        return node(name, Map{parse_expression("x0,to_f32")}, {*index}, range);
    }

    std::optional<ValueId> add_transpose(const std::string &name, ValueId src) {
        Transpose transpose;
        for (std::size_t i = 0; i < shape_of(src).size(); ++i) {
            transpose.perm.push_back(static_cast<int64_t>(i));
        }
        for (std::size_t i = transpose.perm.size(); i > 1; --i) {
            std::swap(transpose.perm[i - 1],
                      transpose.perm[static_cast<std::size_t>(below(static_cast<int64_t>(i)))]);
        }
        return node(name, transpose, {src}, range_of(src));
    }

    std::optional<ValueId> add_slice(const std::string &name, ValueId src) {
        Slice slice;
        Shape result;
        for (const int64_t extent : shape_of(src)) {
            const int64_t step = below(2) == 0 ? 1 : between(1, 2), first = below(3) == 0 ? below(extent) : 0;
            const int64_t most = (extent - 1 - first) / step + 1, count = below(2) == 0 ? most : between(1, most);
            const bool backwards = below(4) == 0;
            slice.starts.push_back(backwards ? first + (count - 1) * step : first);
            slice.steps.push_back(backwards ? -step : step);
            result.push_back(count);
        }
        return node(name, slice, {src}, range_of(src), result);
    }

    std::optional<ValueId> add_concat(const std::string &name, ValueId src) {
        if (shape_of(src).empty() || is_large(src)) {
            return std::nullopt;
        }
        const int64_t axis = below(static_cast<int64_t>(shape_of(src).size()));
        std::vector<ValueId> sources{src};
        for (const ValueId other : values_) {
            Shape shape = shape_of(other);
            if (shape.size() == shape_of(src).size()) {
                shape[static_cast<std::size_t>(axis)] = shape_of(src)[static_cast<std::size_t>(axis)];
                if (shape == shape_of(src) && sources.size() < 3) {
                    sources.push_back(other);
                }
            }
        }
        if (below(4) == 0) {
            sources.push_back(builder_.small_integers(name + ".c", shape_of(src)));
        }
        Range range = range_of(src);
        for (const ValueId source : sources) {
            range = {std::max(range.bound, range_of(source).bound), std::min(range.grain, range_of(source).grain)};
        }
        return node(name, Concat{axis}, sources, range);
    }

    std::optional<ValueId> add_pad(const std::string &name, ValueId src) {
        Pad pad;
        Shape result = shape_of(src);
        for (int64_t &extent : result) {
            pad.before.push_back(below(2) * below(3));
            pad.after.push_back(below(2) * below(3));
            extent += pad.before.back() + pad.after.back();
        }
        pad.value = below(2) == 0 ? 0.0f : 1.0f;
        const Range range{std::max(range_of(src).bound, 1.0), std::min(range_of(src).grain, 1.0)};
        return !ExactGraphBuilder::is_small(result) ? std::nullopt : node(name, pad, {src}, range);
    }

    std::optional<ValueId> add_expand(const std::string &name, ValueId src) {
        Shape result = shape_of(src);
        for (int64_t &extent : result) {
            extent = extent == 1 ? between(1, 4) : extent;
        }
        if (result.size() < 5 && below(3) == 0) {
            result.insert(result.begin(), between(1, 3));
        }
        if (result == shape_of(src) || !ExactGraphBuilder::is_small(result)) {
            return std::nullopt;
        }
        return node(name, Expand{}, {src}, range_of(src), result);
    }

    std::optional<ValueId> add_resample(const std::string &name, ValueId src) {
        if (shape_of(src).empty() || is_large(src)) {
            return std::nullopt;
        }
        const int64_t axis = below(static_cast<int64_t>(shape_of(src).size())), taps = between(1, 3);
        const int64_t extent = shape_of(src)[static_cast<std::size_t>(axis)], count = between(1, 6);
        Resample resample{axis, taps, {}, {}};
        for (int64_t i = 0; i < taps * count; ++i) {
            resample.index.push_back(static_cast<int32_t>(below(extent)));
            if (taps > 1) {
                resample.weights.push_back(static_cast<float>(between(-1, 2)));
            }
        }
        const double sum = taps == 1 ? 1 : 2 * static_cast<double>(taps);
        return node(name, resample, {src}, {range_of(src).bound * sum, range_of(src).grain});
    }

    /// By a constant matrix, or by another value or itself turned over.
    std::optional<ValueId> add_matmul(const std::string &name, ValueId src) {
        const Shape &shape = shape_of(src);
        if (shape.size() < 2 || is_large(src)) {
            return std::nullopt;
        }
        const Range range = range_of(src);
        ValueId other = -1;
        Range by{2, 1};
        if (below(2) == 0 || shape[shape.size() - 2] > 16) {
            Shape matrix{shape.back(), between(1, 6)};
            if (shape.size() > 2 && below(2) == 0) {
                matrix.insert(matrix.begin(), shape[shape.size() - 3]);
            }
            other = builder_.small_integers(name + ".w", matrix);
        } else {
            Transpose turned;
            for (std::size_t i = 0; i < shape.size(); ++i) {
                turned.perm.push_back(static_cast<int64_t>(i));
            }
            std::swap(turned.perm.back(), turned.perm[turned.perm.size() - 2]);
            other = *node(name + ".turned", turned, {src}, range);
            by = range;
        }
        const double terms = static_cast<double>(shape_of(src).back());
        return node(name, MatMul{}, {src, other}, {range.bound * by.bound * terms, range.grain * by.grain});
    }

    std::optional<ValueId> add_reshape(const std::string &name, ValueId src) {
        Shape result = shape_of(src);
        if (result.size() >= 2 && below(2) == 0) {  // two dimensions become one
            const std::ptrdiff_t at = below(static_cast<int64_t>(result.size()) - 1);
            result[static_cast<std::size_t>(at) + 1] *= result[static_cast<std::size_t>(at)];
            result.erase(result.begin() + at);
        } else if (result.size() < 5) {  // one becomes two
            const std::ptrdiff_t at = below(static_cast<int64_t>(result.size()) + 1);
            int64_t factor = 1;
            if (at < static_cast<std::ptrdiff_t>(result.size())) {
                int64_t &extent = result[static_cast<std::size_t>(at)];
                factor = extent % 2 == 0 ? 2 : extent % 3 == 0 ? 3 : 1;
                extent /= factor;
            }
            result.insert(result.begin() + at, factor);
        }
        return node(name, Reshape{}, {src}, range_of(src), result);
    }

    Window window(const Shape &shape) {
        const Extent2 kernel{std::min(between(1, 3), shape[2]), std::min(between(1, 3), shape[3])};
        const Pad2 pad{below(kernel.h), below(kernel.w), below(kernel.h), below(kernel.w)};
        return {kernel, {between(1, 2), between(1, 2)}, {}, pad};
    }

    std::optional<ValueId> add_pool(const std::string &name, ValueId src) {
        Window w = window(shape_of(src));
        if (below(2) == 0) {  // side by side, as most networks pool
            w.stride = w.kernel;
            w.pad = {};
        }
        const int64_t count = w.kernel.h * w.kernel.w;
        const Range range = range_of(src);
        if (below(2) == 0 && (count & (count - 1)) == 0) {
            const PoolMode mode = w.pad.any() ? PoolMode::average_padded : PoolMode::average;
            return node(name, Pool2d{w, {}, mode}, {src}, {range.bound, range.grain / static_cast<double>(count)});
        }
        return node(name, Pool2d{w, {}}, {src}, range);
    }

    std::optional<ValueId> add_conv(const std::string &name, ValueId src) {
        const Shape &shape = shape_of(src);
        const Window w = window(shape);
        const int64_t groups = below(3) == 0 && !is_large(src) ? shape[1] : 1, co = groups * between(1, 3);
        const double terms = static_cast<double>(shape[1] / groups * w.kernel.h * w.kernel.w);
        const Range range{range_of(src).bound * 2 * terms + 2, std::min(range_of(src).grain, 1.0)};
        if (!ExactGraphBuilder::is_exact(range)) {
            return std::nullopt;
        }
        return builder_.keep(builder_.conv(name, src, co, w, groups), range);
    }

    std::optional<ValueId> add_gemm(const std::string &name, ValueId src) {
        if (shape_of(src).empty()) {
            return std::nullopt;
        }
        const double terms = static_cast<double>(builder_.size_of(src) / shape_of(src)[0]);
        const Range range{range_of(src).bound * 2 * terms + 2, std::min(range_of(src).grain, 1.0)};
        if (!ExactGraphBuilder::is_exact(range)) {
            return std::nullopt;
        }
        return builder_.keep(builder_.gemm(name, src, between(1, 6)), range);
    }

    /// The last value that is no scalar, and some of the others.
    void choose_outputs() {
        Graph &graph = builder_.graph;
        for (auto id = values_.rbegin(); id != values_.rend(); ++id) {
            const bool is_input = graph.producer(*id) == nullptr;
            if (!is_input && !shape_of(*id).empty() && (graph.outputs.empty() || below(6) == 0)) {
                graph.outputs.push_back(*id);
            }
        }
        if (graph.outputs.empty()) {
            graph.outputs.push_back(builder_.identity("copy", graph.inputs[0]));
        }
    }

    ExactGraphBuilder builder_;
    std::vector<ValueId> values_;  ///< of f32, the input and what nodes compute from it
};

}  // namespace ingot::test
