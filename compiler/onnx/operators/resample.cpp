// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/operators/resample.h"
#include "compiler/onnx/operators/steps.h"
#include <algorithm>
#include <utility>

namespace ingot {

namespace {

using Shape = std::vector<int64_t>;
using Index = std::vector<int32_t>;

/// The distance between elements that are evenly spaced.
std::optional<int64_t> even_step(const Index &index) {
    const int64_t step = index.size() > 1 ? int64_t{index[1]} - index[0] : 1;
    for (std::size_t i = 1; i < index.size(); ++i) {
        if (index[i] - int64_t{index[i - 1]} != step) {
            return std::nullopt;
        }
    }
    return step == 0 ? std::nullopt : std::optional(step);
}

/// How often each of `extent` elements stands in succession.
std::optional<int64_t> even_repeats(const Index &index, int64_t extent) {
    const auto count = static_cast<int64_t>(index.size());
    if (count % extent != 0) {
        return std::nullopt;
    }
    for (int64_t i = 0; i < count; ++i) {
        if (index[static_cast<std::size_t>(i)] != i / (count / extent)) {
            return std::nullopt;
        }
    }
    return count / extent;
}

/// Leaves out taps that weigh nothing anywhere, and weights that are all 1.
void simplify(ResampleTable &table) {
    if (table.weights.empty()) {
        return;
    }
    const std::size_t count = table.index.size() / static_cast<std::size_t>(table.taps);
    ResampleTable kept{0, {}, {}};
    for (std::size_t begin = 0; begin < table.index.size(); begin += count) {
        const auto first = static_cast<std::ptrdiff_t>(begin), last = static_cast<std::ptrdiff_t>(begin + count);
        if (std::any_of(table.weights.begin() + first, table.weights.begin() + last,
                        [](float weight) { return weight != 0.0f; })) {
            kept.index.insert(kept.index.end(), table.index.begin() + first, table.index.begin() + last);
            kept.weights.insert(kept.weights.end(), table.weights.begin() + first, table.weights.begin() + last);
            ++kept.taps;
        }
    }
    const bool ones =
        std::all_of(kept.weights.begin(), kept.weights.end(), [](float weight) { return weight == 1.0f; });
    if (kept.taps == 1 && ones) {
        kept.weights.clear();
    }
    if (kept.taps > 1 || ones) {
        table = std::move(kept);
    }
}

/// Each of the slices among the tables in one node.
ValueId add_slices(OnnxBuilder &builder, ValueId src, std::vector<std::optional<ResampleTable>> &tables) {
    Shape shape = builder.value(src).shape, starts(shape.size(), 0), steps(shape.size(), 1);
    for (std::size_t i = 0; i < tables.size(); ++i) {
        if (!tables[i] || !tables[i]->weights.empty()) {
            continue;
        }
        const Index &index = tables[i]->index;
        if (const std::optional<int64_t> step = even_step(index)) {
            starts[i] = index[0];
            steps[i] = *step;
            shape[i] = static_cast<int64_t>(index.size());
            tables[i].reset();
        }
    }
    return add_slice(builder, src, std::move(starts), std::move(steps), std::move(shape));
}

/// How often a table repeats each of `extent` elements, if that is all it does.
std::optional<int64_t> repeats_of(const std::optional<ResampleTable> &table, int64_t extent) {
    return table && table->weights.empty() ? even_repeats(table->index, extent) : std::nullopt;
}

}  // namespace

ValueId add_slice(OnnxBuilder &builder, ValueId src, Shape starts, Shape steps, Shape shape) {
    const bool whole = shape == builder.value(src).shape &&
                       std::all_of(starts.begin(), starts.end(), [](int64_t start) { return start == 0; });
    return whole ? src
                 : add_step(builder, "slice", Slice{std::move(starts), std::move(steps)}, {src}, std::move(shape));
}

ValueId add_repeats(OnnxBuilder &builder, ValueId src, const Shape &repeats, bool elementwise) {
    const Shape shape = builder.value(src).shape;
    Shape apart, expanded, result;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == 1 || repeats[i] == 1) {  // no dimension of its own for the repeats
            apart.push_back(shape[i]);
            expanded.push_back(shape[i] == 1 ? repeats[i] : shape[i]);
            continue;
        }
        apart.insert(apart.end(), {elementwise ? shape[i] : 1, elementwise ? 1 : shape[i]});
        expanded.insert(expanded.end(), {elementwise ? shape[i] : repeats[i], elementwise ? repeats[i] : shape[i]});
    }
    if (apart == expanded) {
        return src;
    }
    const ValueId split = add_reshape(builder, "apart", src, apart);
    const ValueId repeated = add_step(builder, "repeated", Expand{}, {split}, std::move(expanded));
    for (std::size_t i = 0; i < shape.size(); ++i) {
        result.push_back(shape[i] * repeats[i]);
    }
    return add_reshape(builder, "joined", repeated, std::move(result));
}

ValueId add_resamples(OnnxBuilder &builder, ValueId src, std::vector<std::optional<ResampleTable>> tables) {
    for (std::optional<ResampleTable> &table : tables) {
        if (table) {
            simplify(*table);
        }
    }
    src = add_slices(builder, src, tables);
    const Shape shape = builder.value(src).shape;
    Shape repeats(shape.size(), 1);
    std::vector<std::size_t> mixed;
    for (std::size_t i = 0; i < tables.size(); ++i) {
        const std::optional<int64_t> times = repeats_of(tables[i], shape[i]);
        repeats[i] = times.value_or(1);
        if (tables[i] && !times) {
            mixed.push_back(i);
        }
    }
    // The dimension that shrinks most comes first: the others then have less to mix.
    const auto growth = [&](std::size_t i) {
        const auto count = static_cast<double>(tables[i]->index.size()) / static_cast<double>(tables[i]->taps);
        return count / static_cast<double>(shape[i]);
    };
    std::stable_sort(mixed.begin(), mixed.end(),
                     [&](std::size_t a, std::size_t b) { return growth(a) < growth(b); });
    for (const std::size_t i : mixed) {
        src = add_step(builder, "resampled" + std::to_string(i),
                       Resample{static_cast<int64_t>(i), tables[i]->taps, tables[i]->index, tables[i]->weights},
                       {src});
    }
    return add_repeats(builder, src, repeats, true);
}

ValueId add_selection(OnnxBuilder &builder, ValueId src, std::size_t axis, Index index) {
    std::vector<std::optional<ResampleTable>> tables(builder.value(src).shape.size());
    tables[axis].emplace().index = std::move(index);
    return add_resamples(builder, src, std::move(tables));
}

}  // namespace ingot
