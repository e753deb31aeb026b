// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/picture_operand.h"
#include <algorithm>

namespace ingot {

namespace {

bool same_strides(const Shape &shape, const Strides &a, const Strides &b) {
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] != 1 && a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

/// Strides of an operand are positive; those of a dimension of one element are of no matter.
std::array<int64_t, 4> operand_strides(const Shape &shape, const Strides &strides) {
    std::array<int64_t, 4> result{};
    for (std::size_t i = 0; i < 4; ++i) {
        result[i] = shape[i] == 1 ? std::max<int64_t>(1, strides[i]) : strides[i];
    }
    return result;
}

/// The whole width and height of a picture with a halo, perhaps only some of its channels.
bool spans_halo(const Buffer &buffer, const Shape &shape, const Strides &strides) {
    if (!buffer.halo.any() || buffer.shape.size() != 4 || buffer.shape[2] != shape[2] ||
        buffer.shape[3] != shape[3] || buffer.shape[0] != shape[0]) {
        return false;
    }
    return same_strides(shape, strides, buffer.strides());
}

}  // namespace

std::optional<PictureOperand> picture_operand(const Graph &graph, const Placement &placement, ValueId id) {
    Shape shape = graph.value(id).shape;
    Place place = placement.place(id);
    const Buffer &buffer = placement.buffer(place.root);
    if (shape.size() == 2) {
        shape.resize(4, 1);
        place.strides.resize(4, 1);
    } else if (shape.size() != 4) {
        return std::nullopt;
    }
    PictureOperand result;
    if (spans_halo(buffer, shape, place.strides)) {
        result.operand.halo = buffer.halo;
        result.offset = place.offset;
        if (shape[1] != buffer.shape[1]) {
            result.operand.strides = operand_strides(shape, buffer.strides());
        }
        return result;
    }
    result.offset = buffer.origin() + place.offset;
    if (same_strides(shape, place.strides, dense_strides(shape, nhwc))) {
        return result;
    }
    if (is_row_major(shape, place.strides)) {
        result.operand.order = DimOrder::nchw;
        return result;
    }
    for (std::size_t i = 0; i < 4; ++i) {
        if (shape[i] != 1 && place.strides[i] <= 0) {
            return std::nullopt;
        }
    }
    result.operand.strides = operand_strides(shape, place.strides);
    const bool pixels = shape[1] == 1 || place.strides[1] == 1;
    return pixels ? std::optional(result) : std::nullopt;
}

std::optional<PictureOperand> rows_operand(const Graph &graph, const Placement &placement, ValueId id) {
    const Shape &shape = graph.value(id).shape;
    const Place &place = placement.place(id);
    PictureOperand result;
    result.operand.order = DimOrder::nc;
    result.offset = placement.buffer(place.root).origin() + place.offset;
    const bool fits = is_row_major(shape, place.strides) || lies_nhwc(graph, placement, id);
    return fits ? std::optional(result) : std::nullopt;
}

PictureOperand written_rows_operand(const Graph &graph, const Placement &placement, ValueId id) {
    const Shape &shape = graph.value(id).shape;
    const Place &place = placement.place(id);
    PictureOperand result;
    result.operand.order = DimOrder::nc;
    result.offset = placement.buffer(place.root).origin() + place.offset;
    if (!is_row_major(shape, place.strides)) {
        result.operand.strides =
            operand_strides({shape[0], shape[1], 1, 1}, {place.strides[0], place.strides[1], 1, 1});
    }
    return result;
}

bool lies_nhwc(const Graph &graph, const Placement &placement, ValueId id) {
    const Shape &shape = graph.value(id).shape;
    const Strides &strides = placement.place(id).strides;
    return shape.size() == 4 && !is_row_major(shape, strides) &&
           same_strides(shape, strides, dense_strides(shape, nhwc));
}

}  // namespace ingot
