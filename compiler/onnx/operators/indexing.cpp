// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators that take or replace elements at positions which are known at import: a selection from the source's
// elements in one row, for those that replace from these and the updates behind them.
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/resample.h"
#include "compiler/onnx/operators/steps.h"
#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace ingot {

namespace {

using Shape = std::vector<int64_t>;

int64_t product(Shape::const_iterator first, Shape::const_iterator last) {
    return std::accumulate(first, last, int64_t{1}, std::multiplies<>());
}

/// A position along a dimension, counted from 0; negative ones count from its end.
int64_t resolve_index(int64_t index, const Shape &shape, std::size_t axis) {
    if (index < -shape[axis] || index >= shape[axis]) {
        throw Refusal{"index " + std::to_string(index) + " lies beyond dimension " + std::to_string(axis) + " of " +
                      shape_to_text(shape) + "; export the model again"};
    }
    return index < 0 ? index + shape[axis] : index;
}

/// Where the rows lie that `indices` names: each row of `width` numbers a position in the dimensions of `shape`
/// from `batch` on; the batch dimensions, which `rows` begins with as well, count on.
std::vector<int64_t> row_positions(const Shape &shape, std::size_t batch, std::size_t width,
                                   const std::vector<int64_t> &indices) {
    const std::size_t rows = width == 0 ? 0 : indices.size() / width;
    const int64_t batches = product(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(batch));
    std::vector<int64_t> positions(rows);
    for (std::size_t i = 0; i < rows; ++i) {
        positions[i] = static_cast<int64_t>(i) * batches / static_cast<int64_t>(rows);
        for (std::size_t k = 0; k < width; ++k) {
            positions[i] =
                positions[i] * shape[batch + k] + resolve_index(indices[i * width + k], shape, batch + k);
        }
    }
    return positions;
}

/// Where the elements of a tensor of shape `indices` lie in one of shape `data`: as in `indices`, along `axis`
/// where its elements say.
std::vector<int64_t> element_positions(const Shape &data, std::size_t axis, const Shape &shape,
                                       const std::vector<int64_t> &indices) {
    std::vector<int64_t> positions(indices.size());
    for (std::size_t i = 0; i < indices.size(); ++i) {
        auto rest = static_cast<int64_t>(i);
        int64_t stride = 1;
        for (std::size_t dim = shape.size(); dim-- > 0;) {
            const int64_t along = dim == axis ? resolve_index(indices[i], data, axis) : rest % shape[dim];
            positions[i] += along * stride;
            stride *= data[dim];
            rest /= shape[dim];
        }
    }
    return positions;
}

void check_elements(const Shape &data, std::size_t axis, const Shape &indices) {
    bool fits = data.size() == indices.size();
    for (std::size_t dim = 0; fits && dim < data.size(); ++dim) {
        fits = dim == axis || indices[dim] <= data[dim];
    }
    if (!fits) {
        throw Refusal{"indices of shape " + shape_to_text(indices) + " do not fit data of shape " +
                      shape_to_text(data) + "; export the model again"};
    }
}

std::vector<int32_t> table_of(OnnxBuilder &builder, const std::vector<int64_t> &positions) {
    builder.charge(static_cast<int64_t>(positions.size()));
    if (positions.empty()) {
        throw Refusal{"it takes nothing, which is not supported; export the model again"};
    }
    return {positions.begin(), positions.end()};
}

/// The rows at these positions of `src`, seen as rows of `width` elements, as the result of shape `shape`.
void take_rows(OnnxBuilder &builder, ValueId src, int64_t width, const std::vector<int64_t> &positions,
               Shape shape) {
    const ValueId rows = add_reshape(builder, "rows", src, {builder.value(src).size() / width, width});
    const ValueId taken = add_selection(builder, rows, 0, table_of(builder, positions));
    add_reshape_result(builder, taken, std::move(shape));
}

/// `src` with its rows of `width` elements at these positions replaced by those of `updates`, of shape `expected`,
/// later ones last.
void replace_rows(OnnxBuilder &builder, ValueId src, ValueId updates, const Shape &expected, int64_t width,
                  const std::vector<int64_t> &positions) {
    const Shape shape = builder.value(src).shape;
    const int64_t count = builder.value(src).size() / width, added = builder.value(updates).size() / width;
    if (builder.value(updates).shape != expected) {
        throw Refusal{"updates of shape " + shape_to_text(builder.value(updates).shape) +
                      " do not fit its indices, which need " + shape_to_text(expected) +
                      "; export the model again"};
    }
    std::vector<int64_t> table(static_cast<std::size_t>(count));
    std::iota(table.begin(), table.end(), int64_t{0});
    for (std::size_t i = 0; i < positions.size(); ++i) {
        table[static_cast<std::size_t>(positions[i])] = count + static_cast<int64_t>(i);
    }
    const ValueId rows = add_reshape(builder, "rows", src, {count, width});
    const ValueId behind = add_reshape(builder, "updates", updates, {added, width});
    take_rows(builder, add_step(builder, "both", Concat{0}, {rows, behind}), width, table, shape);
}

void refuse_reduction(const Attributes &attributes, const std::string &reduction) {
    if (attributes.has("reduction") && reduction != "none") {
        throw Refusal{"reduction=" + reduction + " is not supported; only none is"};
    }
}

/// The shape of indices, which are constant.
Shape indices_shape(OnnxBuilder &builder) {
    return builder.value(builder.constant_input(1, "indices")).shape;
}

/// Dimensions of data that a row of indices names, the last extent of their shape.
std::size_t index_width(const Shape &data, std::size_t batch, const Shape &indices) {
    const int64_t width = indices.empty() ? 0 : indices.back();
    if (width < 1 || batch >= indices.size() || batch + static_cast<std::size_t>(width) > data.size() ||
        !std::equal(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(batch), indices.begin())) {
        throw Refusal{"indices of shape " + shape_to_text(indices) + " do not fit data of shape " +
                      shape_to_text(data) + "; export the model again"};
    }
    return static_cast<std::size_t>(width);
}

/// dst[b..., i..., c...] = data[b..., indices[b..., i..., :], c...].
void convert_gather_nd(OnnxBuilder &builder, Attributes &attributes) {
    const int64_t batch_dims = attributes.integer("batch_dims", 0);
    attributes.refuse_others();
    if (batch_dims < 0) {
        throw Refusal{"batch_dims=" + std::to_string(batch_dims) + " is not supported; use a number from 0"};
    }
    const auto batch = static_cast<std::size_t>(batch_dims);
    const ValueId src = builder.input(0, "data");
    const Shape data = builder.value(src).shape, indices = indices_shape(builder);
    const std::size_t width = index_width(data, batch, indices);
    const auto rest = data.begin() + static_cast<std::ptrdiff_t>(batch + width);
    Shape result(indices.begin(), indices.end() - 1);
    result.insert(result.end(), rest, data.end());
    take_rows(builder, src, product(rest, data.end()),
              row_positions(data, batch, width, builder.integers(1, "indices")), std::move(result));
}

/// dst[i...] = data[..., indices[i...], ...] along `axis`.
void convert_gather_elements(OnnxBuilder &builder, Attributes &attributes) {
    const int64_t wanted_axis = attributes.integer("axis", 0);
    attributes.refuse_others();
    const ValueId src = builder.input(0, "data");
    const Shape data = builder.value(src).shape, indices = indices_shape(builder);
    const auto axis = static_cast<std::size_t>(resolve_axis(wanted_axis, data.size()));
    check_elements(data, axis, indices);
    take_rows(builder, src, 1, element_positions(data, axis, indices, builder.integers(1, "indices")), indices);
}

/// dst = data, but dst[indices[i..., :], c...] = updates[i..., c...].
void convert_scatter_nd(OnnxBuilder &builder, Attributes &attributes) {
    refuse_reduction(attributes, attributes.text("reduction", "none"));
    attributes.refuse_others();
    const ValueId src = read_sources(builder, 0, 1, Types::any).front();
    const ValueId updates = read_sources(builder, 2, 1, Types::any).front();
    const Shape data = builder.value(src).shape, indices = indices_shape(builder);
    const std::size_t width = index_width(data, 0, indices);
    Shape expected(indices.begin(), indices.end() - 1);
    expected.insert(expected.end(), data.begin() + static_cast<std::ptrdiff_t>(width), data.end());
    replace_rows(builder, src, updates, expected,
                 product(data.begin() + static_cast<std::ptrdiff_t>(width), data.end()),
                 row_positions(data, 0, width, builder.integers(1, "indices")));
}

/// dst = data, but dst[..., indices[i...], ...] = updates[i...] along `axis`.
void convert_scatter_elements(OnnxBuilder &builder, Attributes &attributes) {
    const int64_t wanted_axis = attributes.integer("axis", 0);
    refuse_reduction(attributes, attributes.text("reduction", "none"));
    attributes.refuse_others();
    const ValueId src = read_sources(builder, 0, 1, Types::any).front();
    const ValueId updates = read_sources(builder, 2, 1, Types::any).front();
    const Shape data = builder.value(src).shape, indices = indices_shape(builder);
    const auto axis = static_cast<std::size_t>(resolve_axis(wanted_axis, data.size()));
    check_elements(data, axis, indices);
    replace_rows(builder, src, updates, indices, 1,
                 element_positions(data, axis, indices, builder.integers(1, "indices")));
}

}  // namespace

const std::vector<OnnxOperator> &indexing_operators() {
    static const std::vector<OnnxOperator> operators{
        {"GatherElements", 2, 2, 1, convert_gather_elements, "indices are constant"},
        {"GatherND", 2, 2, 1, convert_gather_nd, "indices are constant"},
        {"ScatterElements", 3, 3, 1, convert_scatter_elements, "indices are constant, reduction is none"},
        {"ScatterND", 3, 3, 1, convert_scatter_nd, "indices are constant, reduction is none"},
    };
    return operators;
}

}  // namespace ingot
