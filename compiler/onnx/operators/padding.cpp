// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/resample.h"
#include "compiler/onnx/operators/steps.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace ingot {

namespace {

using Shape = std::vector<int64_t>;

/// Elements before and after the source along each dimension; negative ones are cut off.
struct Pads {
    Shape before, after;
};

Pads by_dimension(const std::vector<int64_t> &pads, const std::vector<int64_t> &axes, std::size_t rank) {
    if (pads.size() != 2 * axes.size()) {
        throw Refusal{"pads=" + shape_to_text(pads) + " are not two for each of " + std::to_string(axes.size()) +
                      " dimensions; export the model again"};
    }
    Pads result{Shape(rank, 0), Shape(rank, 0)};
    resolve_axes(axes, rank);  // none twice
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const auto axis = static_cast<std::size_t>(resolve_axis(axes[i], rank));
        result.before[axis] = pads[i];
        result.after[axis] = pads[axes.size() + i];
        for (const int64_t pad : {pads[i], pads[axes.size() + i]}) {
            if (pad < -max_elements || pad > max_elements) {
                throw Refusal{"pads=" + shape_to_text(pads) + " are not supported; use at most " +
                              std::to_string(max_elements)};
            }
        }
    }
    return result;
}

/// The source without what negative pads cut off, which become 0.
ValueId cropped(OnnxBuilder &builder, ValueId src, Pads &pads) {
    Shape shape = builder.value(src).shape, starts(shape.size(), 0);
    for (std::size_t i = 0; i < shape.size(); ++i) {
        starts[i] = std::max<int64_t>(0, -pads.before[i]);
        shape[i] -= starts[i] + std::max<int64_t>(0, -pads.after[i]);
        if (shape[i] < 1) {
            throw Refusal{"negative pads that leave nothing of a source of shape " +
                          shape_to_text(builder.value(src).shape) + " are not supported; use smaller ones"};
        }
        pads.before[i] = std::max<int64_t>(0, pads.before[i]);
        pads.after[i] = std::max<int64_t>(0, pads.after[i]);
    }
    Shape steps(shape.size(), 1);
    return add_slice(builder, src, std::move(starts), std::move(steps), std::move(shape));
}

/// The element of `extent` that stands at `position`, which may lie outside: the nearest one (edge), the one that
/// reflection about the outermost elements leads to (reflect), or the one a multiple of the extent away (wrap).
int64_t source_of(std::string_view mode, int64_t position, int64_t extent) {
    if (mode == "edge" || extent == 1) {
        return std::clamp<int64_t>(position, 0, extent - 1);
    }
    const int64_t period = mode == "wrap" ? extent : 2 * (extent - 1);
    const int64_t phase = (position % period + period) % period;
    return phase < extent ? phase : period - phase;
}

ValueId add_copies(OnnxBuilder &builder, ValueId src, const Pads &pads, std::string_view mode) {
    const Shape shape = builder.value(src).shape;
    Shape padded = shape;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        padded[i] += pads.before[i] + pads.after[i];
    }
    if (!element_count(padded)) {
        throw Refusal{"a result of shape " + shape_to_text(padded) + " holds more than " +
                      std::to_string(max_elements) + " elements; use smaller pads"};
    }
    std::vector<std::optional<ResampleTable>> tables(shape.size());
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (padded[i] == shape[i]) {
            continue;
        }
        builder.charge(padded[i]);
        std::vector<int32_t> &index = tables[i].emplace().index;
        for (int64_t at = 0; at < padded[i]; ++at) {
            index.push_back(static_cast<int32_t>(source_of(mode, at - pads.before[i], shape[i])));
        }
    }
    return add_resamples(builder, src, std::move(tables));
}

std::string read_mode(Attributes &attributes, int64_t opset) {
    std::string mode = attributes.text("mode", "constant");
    if (mode != "constant" && mode != "reflect" && mode != "edge" && (mode != "wrap" || opset < 19)) {
        throw Refusal{"mode=" + printable(mode) + " is not supported; use constant, reflect" +
                      (opset < 19 ? " or edge" : ", edge or wrap")};
    }
    return mode;
}

std::vector<int64_t> all_axes(std::size_t rank) {
    std::vector<int64_t> axes(rank);
    std::generate(axes.begin(), axes.end(), [next = int64_t{0}]() mutable { return next++; });
    return axes;
}

/// pads, value and axes: attributes before opset 11 (pads is called paddings in opset 1), inputs since then.
void convert_pad(OnnxBuilder &builder, Attributes &attributes) {
    const std::string mode = read_mode(attributes, builder.opset());
    const bool from_inputs = builder.opset() >= 11;
    std::vector<int64_t> list;
    float fill = 0.0F;
    if (!from_inputs) {
        list = attributes.integers(builder.opset() < 2 ? "paddings" : "pads");
        fill = attributes.number("value", 0.0F);
    }
    attributes.refuse_others();
    const ValueId data = builder.input(0, "data");
    const std::size_t rank = builder.value(data).shape.size();
    std::vector<int64_t> axes = all_axes(rank);
    if (from_inputs) {
        builder.require_input(1);
        list = builder.integers(1, "pads");
        axes = builder.has_input(3) ? builder.integers(3, "axes") : axes;
        if (builder.has_input(2) && !builder.is_empty_list(2)) {
            fill = builder.number(2, "constant_value");
        }
    }
    if (std::isnan(fill)) {
        throw Refusal{"value is NaN, which is not supported; use a number"};
    }
    fill = std::clamp(fill, -std::numeric_limits<float>::max(), std::numeric_limits<float>::max());
    Pads pads = by_dimension(list, axes, rank);
    const ValueId src = cropped(builder, data, pads);
    const auto is_zero = [](int64_t pad) { return pad == 0; };
    if (std::all_of(pads.before.begin(), pads.before.end(), is_zero) &&
        std::all_of(pads.after.begin(), pads.after.end(), is_zero)) {
        builder.forward(src);
    } else if (mode == "constant") {
        builder.add_result(Pad{std::move(pads.before), std::move(pads.after), fill}, {src});
    } else {
        builder.forward(add_copies(builder, src, pads, mode));
    }
}

}  // namespace

const std::vector<OnnxOperator> &padding_operators() {
    static const std::vector<OnnxOperator> operators{
        {"Pad", 1, 4, 1, convert_pad, "pads, constant_value and axes are constant"},
    };
    return operators;
}

}  // namespace ingot
