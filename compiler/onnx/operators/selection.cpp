// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators that take parts of a tensor, and Concat, which joins them.
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/resample.h"
#include "compiler/onnx/operators/steps.h"
#include <algorithm>
#include <limits>
#include <utility>

namespace ingot {

namespace {

using Shape = std::vector<int64_t>;

/// Lets the result be an empty list, which arithmetic on shapes may have and nothing at run time.
void define_empty_list(OnnxBuilder &builder, ValueId src, std::size_t output = 0) {
    const Value &value = builder.value(src);
    if (value.shape.size() != 1 || !builder.is_constant(src)) {
        throw Refusal{"it takes nothing of its source of shape " + shape_to_text(value.shape) +
                      ", which is not supported; export the model again"};
    }
    builder.define_result({0}, {}, value.type, output);
}

/// dst[a..., i..., b...] = data[a..., indices[i...], b...].
void convert_gather(OnnxBuilder &builder, Attributes &attributes) {
    const int64_t wanted_axis = attributes.integer("axis", 0);
    attributes.refuse_others();
    const ValueId src = builder.input(0, "data");
    const Shape shape = builder.value(src).shape;
    const auto axis = static_cast<std::size_t>(resolve_axis(wanted_axis, shape.size()));
    const std::vector<int64_t> indices = builder.integers(1, "indices");
    std::vector<int32_t> table;
    for (const int64_t index : indices) {
        if (index < -shape[axis] || index >= shape[axis]) {
            throw Refusal{"index " + std::to_string(index) + " lies beyond dimension " + std::to_string(axis) +
                          " of " + shape_to_text(shape) + "; export the model again"};
        }
        table.push_back(static_cast<int32_t>(index < 0 ? index + shape[axis] : index));
    }
    if (table.empty()) {
        define_empty_list(builder, src);
        return;
    }
    const Shape &inner = builder.value(builder.constant_input(1, "indices")).shape;
    Shape result(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(axis));
    result.insert(result.end(), inner.begin(), inner.end());
    result.insert(result.end(), shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end());
    const ValueId taken = add_selection(builder, src, axis, std::move(table));
    builder.forward(add_reshape(builder, "gathered", taken, std::move(result)));
}

struct SliceAxis {
    int64_t start = 0, step = 1, count = 0;
};

/// Elements from `start` on by `step` before `end`: negative positions count from the end of `extent`, those beyond
/// it are moved to it.
SliceAxis clamped(int64_t start, int64_t end, int64_t step, int64_t extent) {
    constexpr int64_t farthest = int64_t{1} << 32;
    step = std::clamp(step, -farthest, farthest);
    const auto position = [&](int64_t at, int64_t lowest, int64_t highest) {
        return std::clamp(at < 0 ? at + extent : at, lowest, highest);
    };
    if (step > 0) {
        start = position(start, 0, extent);
        return {start, step, (position(end, 0, extent) - start + step - 1) / step};
    }
    start = position(start, 0, extent - 1);
    return {start, step, (start - position(end, -1, extent - 1) - step - 1) / -step};
}

/// Starts, ends, axes and steps: attributes before opset 10, inputs since then.
struct SliceLists {
    std::vector<int64_t> starts, ends, axes, steps;
};

SliceLists read_slice(OnnxBuilder &builder, Attributes &attributes, const Shape &shape) {
    SliceLists lists;
    // A position beyond the end counts as the end, whatever it is exactly.
    const bool rounded = std::all_of(shape.begin(), shape.end(), [](int64_t extent) { return extent < (1 << 24); });
    const bool from_inputs = builder.opset() >= 10;
    bool has_axes = false;
    if (from_inputs) {
        builder.require_input(1);
        builder.require_input(2);
        lists.starts = builder.integers(1, "starts", rounded);
        lists.ends = builder.integers(2, "ends", rounded);
        has_axes = builder.has_input(3);
        lists.axes = has_axes ? builder.integers(3, "axes") : lists.axes;
        lists.steps = builder.has_input(4) ? builder.integers(4, "steps", rounded) : lists.steps;
    } else {
        lists.starts = attributes.integers("starts");
        lists.ends = attributes.integers("ends");
        has_axes = attributes.has("axes");
        lists.axes = attributes.integers("axes");
    }
    for (std::size_t i = 0; !has_axes && i < lists.starts.size(); ++i) {
        lists.axes.push_back(static_cast<int64_t>(i));
    }
    if (lists.steps.empty()) {
        lists.steps.assign(lists.starts.size(), 1);
    }
    if (lists.ends.size() != lists.starts.size() || lists.axes.size() != lists.starts.size() ||
        lists.steps.size() != lists.starts.size()) {
        throw Refusal{"starts, ends, axes and steps have " + std::to_string(lists.starts.size()) + ", " +
                      std::to_string(lists.ends.size()) + ", " + std::to_string(lists.axes.size()) + " and " +
                      std::to_string(lists.steps.size()) + " elements; export the model again"};
    }
    resolve_axes(lists.axes, shape.size());  // none twice
    return lists;
}

void convert_slice(OnnxBuilder &builder, Attributes &attributes) {
    if (builder.opset() < 10) {
        attributes.integers("starts");
        attributes.integers("ends");
        attributes.integers("axes");
    }
    attributes.refuse_others();
    if (builder.is_empty_list(0)) {
        builder.forward_first_input();
        return;
    }
    const ValueId src = builder.input(0, "data");
    Shape shape = builder.value(src).shape, starts(shape.size(), 0), steps(shape.size(), 1);
    const SliceLists lists = read_slice(builder, attributes, shape);
    for (std::size_t i = 0; i < lists.axes.size(); ++i) {
        const auto axis = static_cast<std::size_t>(resolve_axis(lists.axes[i], shape.size()));
        if (lists.steps[i] == 0) {
            throw Refusal{"a step of 0 is not supported; use another one"};
        }
        const SliceAxis slice = clamped(lists.starts[i], lists.ends[i], lists.steps[i], shape[axis]);
        if (slice.count < 1) {
            define_empty_list(builder, src);
            return;
        }
        starts[axis] = slice.start;
        steps[axis] = slice.count == 1 ? 1 : slice.step;
        shape[axis] = slice.count;
    }
    builder.forward(add_slice(builder, src, std::move(starts), std::move(steps), std::move(shape)));
}

/// The extents of `count` parts of `extent`; the last is smaller where it does not divide (opset 18).
std::vector<int64_t> equal_parts(const OnnxBuilder &builder, int64_t extent, int64_t count) {
    const int64_t part = (extent + count - 1) / count, last = extent - part * (count - 1);
    if (last < 1 || (last != part && builder.opset() < 18)) {
        throw Refusal{std::to_string(count) + " parts of a dimension of " + std::to_string(extent) +
                      " are not supported; name the extents in split"};
    }
    std::vector<int64_t> parts(static_cast<std::size_t>(count), part);
    parts.back() = last;
    return parts;
}

/// The extents of the parts: an attribute before opset 13, an input in opset 1 and since 13.
std::vector<int64_t> split_parts(OnnxBuilder &builder, Attributes &attributes, int64_t extent) {
    const auto count = static_cast<int64_t>(builder.node().outputs.size());
    std::vector<int64_t> parts = attributes.integers("split");
    if (builder.has_input(1)) {
        parts = builder.integers(1, "split");
    } else if (!attributes.has("split")) {
        return equal_parts(builder, extent, count);
    }
    int64_t rest = extent;
    for (const int64_t part : parts) {
        rest = part < 0 || part > rest ? -1 : rest - part;
        if (rest < 0) {
            break;
        }
    }
    if (rest != 0 || static_cast<int64_t>(parts.size()) != count) {
        throw Refusal{"split=" + shape_to_text(parts) + " does not give " + std::to_string(count) +
                      " parts of a dimension of " + std::to_string(extent) + "; export the model again"};
    }
    return parts;
}

void convert_split(OnnxBuilder &builder, Attributes &attributes) {
    const int64_t wanted_axis = attributes.integer("axis", 0);
    if (builder.opset() < 13) {
        attributes.integers("split");
    }
    const auto outputs = static_cast<int64_t>(builder.node().outputs.size());
    const int64_t count = builder.opset() >= 18 ? attributes.integer("num_outputs", outputs) : outputs;
    attributes.refuse_others();
    if (count != outputs) {
        throw Refusal{"num_outputs=" + std::to_string(count) + " differs from its " + std::to_string(outputs) +
                      " outputs; export the model again"};
    }
    const ValueId src = builder.input(0, "input");
    const Shape shape = builder.value(src).shape;
    const auto axis = static_cast<std::size_t>(resolve_axis(wanted_axis, shape.size()));
    int64_t start = 0;
    const std::vector<int64_t> parts = split_parts(builder, attributes, shape[axis]);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        Slice slice{Shape(shape.size(), 0), Shape(shape.size(), 1)};
        Shape part = shape;
        slice.starts[axis] = start;
        part[axis] = parts[i];
        start += parts[i];
        if (builder.node().outputs[i].empty()) {
            continue;
        }
        if (part[axis] == 0) {
            define_empty_list(builder, src, i);
        } else {
            builder.add_result(std::move(slice), {src}, std::move(part), i);
        }
    }
}

/// Inputs without elements, which arithmetic on shapes may have, add nothing.
void convert_concat(OnnxBuilder &builder, Attributes &attributes) {
    const int64_t wanted_axis = attributes.integer("axis", builder.opset() < 4 ? 1 : 0);
    if (builder.opset() >= 4 && !attributes.has("axis")) {
        throw Refusal{"attribute 'axis' is missing; export the model again"};
    }
    attributes.refuse_others();
    std::vector<ValueId> sources;
    for (std::size_t i = 0; i < builder.node().inputs.size(); ++i) {
        if (!builder.has_input(i) || !builder.is_empty_list(i)) {
            sources.push_back(read_sources(builder, i, 1, Types::any).front());
        }
    }
    if (sources.empty()) {
        builder.forward_first_input();
        return;
    }
    for (const ValueId source : sources) {
        if (builder.value(source).type != builder.value(sources[0]).type) {
            throw Refusal{"its sources differ in type, which is not supported; cast them before"};
        }
    }
    const int64_t axis = resolve_axis(wanted_axis, builder.value(sources[0]).shape.size());
    if (sources.size() == 1) {
        builder.forward(sources[0]);
    } else {
        builder.add_result(Concat{axis}, std::move(sources));
    }
}

}  // namespace

const std::vector<OnnxOperator> &selection_operators() {
    constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();
    static const std::vector<OnnxOperator> operators{
        {"Concat", 1, any_number, 1, convert_concat},
        {"Gather", 2, 2, 1, convert_gather, "indices are constant"},
        {"Slice", 1, 5, 1, convert_slice, "starts, ends, axes and steps are constant"},
        {"Split", 1, 2, any_number, convert_split, "split is constant"},
    };
    return operators;
}

}  // namespace ingot
