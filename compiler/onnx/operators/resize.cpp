// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/resize_table.h"
#include "compiler/onnx/operators/steps.h"
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace ingot {

namespace {

using Shape = std::vector<int64_t>;
using Interpolation = ResizeMode::Interpolation;
using Coordinates = ResizeMode::Coordinates;
using Nearest = ResizeMode::Nearest;

template<typename Value>
using Names = std::vector<std::pair<std::string_view, Value>>;

template<typename Value>
Value named(const std::string &attribute, const std::string &text, const Names<Value> &names) {
    std::string known;
    for (const auto &[name, value] : names) {
        if (text == name) {
            return value;
        }
        known += (known.empty() ? "" : ", ") + std::string(name);
    }
    throw Refusal{attribute + "=" + printable(text) + " is not supported; supported: " + known};
}

Interpolation read_interpolation(Attributes &attributes, int64_t opset) {
    Names<Interpolation> names{{"nearest", Interpolation::nearest}, {"linear", Interpolation::linear}};
    if (opset < 7) {
        names[1].first = "bilinear";
    }
    if (opset >= 11) {
        names.emplace_back("cubic", Interpolation::cubic);
    }
    return named("mode", attributes.text("mode", "nearest"), names);
}

/// In every opset, as in ONNX Runtime: half_pixel_symmetric came with 19, tf_half_pixel_for_nn went with 13.
Coordinates read_coordinates(Attributes &attributes) {
    const std::string name = "coordinate_transformation_mode";
    return named(name, attributes.text(name, "half_pixel"),
                 Names<Coordinates>{{"half_pixel", Coordinates::half_pixel},
                                    {"half_pixel_symmetric", Coordinates::half_pixel_symmetric},
                                    {"pytorch_half_pixel", Coordinates::pytorch_half_pixel},
                                    {"align_corners", Coordinates::align_corners},
                                    {"asymmetric", Coordinates::asymmetric},
                                    {"tf_half_pixel_for_nn", Coordinates::tf_half_pixel_for_nn}});
}

/// The attributes of Resize since opset 11. extrapolation_value and the input roi belong to tf_crop_and_resize.
ResizeMode read_mode(Attributes &attributes, int64_t opset) {
    ResizeMode mode;
    mode.interpolation = read_interpolation(attributes, opset);
    mode.coordinates = read_coordinates(attributes);
    mode.nearest = named("nearest_mode", attributes.text("nearest_mode", "round_prefer_floor"),
                         Names<Nearest>{{"round_prefer_floor", Nearest::round_prefer_floor},
                                        {"round_prefer_ceil", Nearest::round_prefer_ceil},
                                        {"floor", Nearest::floor},
                                        {"ceil", Nearest::ceil}});
    mode.cubic_coeff_a = attributes.number("cubic_coeff_a", -0.75F);
    mode.exclude_outside = attributes.flag("exclude_outside");
    attributes.number("extrapolation_value", 0.0F);
    mode.antialias = opset >= 18 && attributes.flag("antialias");
    if (!(std::fabs(mode.cubic_coeff_a) <= 1e3F)) {
        throw Refusal{"cubic_coeff_a is not supported; use one from -1000 to 1000"};
    }
    return mode;
}

/// floor(src * scale) elements.
ResizeAxis scaled(int64_t src, float scale) {
    const float dst = std::floor(static_cast<float>(src) * scale);
    if (!(scale > 0.0F) || !(dst >= 1.0F) || !(dst <= static_cast<float>(max_elements))) {
        throw Refusal{"a scale of " + number(static_cast<double>(scale)) + " of a dimension of " +
                      std::to_string(src) + " is not supported; use one that leaves 1 to " +
                      std::to_string(max_elements) + " elements"};
    }
    return {src, static_cast<int64_t>(dst), scale};
}

ResizeAxis sized(int64_t src, int64_t dst) {
    if (dst < 1 || dst > max_elements) {
        throw Refusal{"a size of " + std::to_string(dst) + " is not supported; use 1 to " +
                      std::to_string(max_elements)};
    }
    return {src, dst, static_cast<float>(dst) / static_cast<float>(src)};
}

/// keep_aspect_ratio_policy: one scale for all, the smallest (not_larger) or the largest (not_smaller) of those
/// that the sizes ask for; an extent is src * scale, rounded.
void keep_aspect_ratio(std::vector<ResizeAxis> &axes, const std::string &policy) {
    if (policy == "stretch" || axes.empty()) {
        return;
    }
    if (policy != "not_larger" && policy != "not_smaller") {
        throw Refusal{"keep_aspect_ratio_policy=" + printable(policy) +
                      " is not supported; use stretch, not_larger or not_smaller"};
    }
    const auto [least, most] = std::minmax_element(
        axes.begin(), axes.end(), [](const ResizeAxis &a, const ResizeAxis &b) { return a.scale < b.scale; });
    const float scale = policy == "not_larger" ? least->scale : most->scale;
    for (ResizeAxis &axis : axes) {
        axis = {axis.src, std::max<int64_t>(1, std::llround(scale * static_cast<float>(axis.src))), scale};
    }
}

/// The source resized along `dimensions`, of which `axes` says how.
void add_resized(OnnxBuilder &builder, ValueId src, const ResizeMode &mode,
                 const std::vector<std::size_t> &dimensions, const std::vector<ResizeAxis> &axes) {
    Shape result = builder.value(src).shape;
    std::vector<std::optional<ResampleTable>> tables(result.size());
    for (std::size_t i = 0; i < axes.size(); ++i) {
        result[dimensions[i]] = axes[i].dst;
    }
    if (!element_count(result)) {
        throw Refusal{"a result of shape " + shape_to_text(result) + " holds more than " +
                      std::to_string(max_elements) + " elements; use smaller scales or sizes"};
    }
    for (std::size_t i = 0; i < axes.size(); ++i) {
        if (axes[i].dst != axes[i].src || axes[i].scale != 1.0F) {
            builder.charge(resize_taps(mode, axes[i]) * axes[i].dst);
            tables[dimensions[i]] = resize_table(mode, axes[i]);
        }
    }
    builder.forward(add_resamples(builder, src, std::move(tables)));
}

ValueId read_source(OnnxBuilder &builder, const ResizeMode &mode) {
    const bool mixes = mode.interpolation != Interpolation::nearest;
    return typed_input(builder, 0, "source", mixes ? Types::floats : Types::any);
}

void check_count(std::string_view what, std::size_t count, std::size_t dimensions) {
    if (count != dimensions) {
        throw Refusal{std::string(what) + " have " + std::to_string(count) + " elements, not " +
                      std::to_string(dimensions) + "; export the model again"};
    }
}

void resize_by_scales(OnnxBuilder &builder, const ResizeMode &mode, const std::vector<float> &scales) {
    const ValueId src = read_source(builder, mode);
    const Shape shape = builder.value(src).shape;
    check_count("scales", scales.size(), shape.size());
    std::vector<std::size_t> dimensions;
    std::vector<ResizeAxis> axes;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        dimensions.push_back(i);
        axes.push_back(scaled(shape[i], scales[i]));
    }
    add_resized(builder, src, mode, dimensions, axes);
}

/// Upsample, and Resize of opset 10: dst[i] lies at i / scale. Where that Resize shrinks, its nearest element is
/// the one behind, as in ONNX Runtime.
void convert_upsample(OnnxBuilder &builder, Attributes &attributes) {
    ResizeMode mode;
    mode.coordinates = Coordinates::asymmetric;
    mode.nearest = builder.opset() < 10 ? Nearest::floor : Nearest::outward;
    mode.interpolation = read_interpolation(attributes, std::min<int64_t>(builder.opset(), 10));
    std::vector<float> scales;
    if (builder.opset() < 7) {
        scales = {1.0F, 1.0F, attributes.number("height_scale", 0.0F), attributes.number("width_scale", 0.0F)};
    } else if (builder.opset() < 9) {
        scales = attributes.numbers("scales");
    }
    attributes.refuse_others();
    if (builder.opset() >= 9) {
        builder.require_input(1);
        scales = builder.numbers(1, "scales");
    }
    resize_by_scales(builder, mode, scales);
}

/// The inputs of Resize since opset 11: roi, scales, sizes, of which one of the last two is given.
void convert_resize(OnnxBuilder &builder, Attributes &attributes) {
    if (builder.opset() < 11) {
        convert_upsample(builder, attributes);
        return;
    }
    const bool has_axes = builder.opset() >= 18 && attributes.has("axes");
    const ResizeMode mode = read_mode(attributes, builder.opset());
    const std::vector<int64_t> named_axes =
        builder.opset() >= 18 ? attributes.integers("axes") : std::vector<int64_t>{};
    const std::string policy =
        builder.opset() >= 18 ? attributes.text("keep_aspect_ratio_policy", "stretch") : "stretch";
    attributes.refuse_others();
    const ValueId src = read_source(builder, mode);
    const Shape shape = builder.value(src).shape;
    std::vector<std::size_t> dimensions;
    for (std::size_t i = 0; i < (has_axes ? named_axes.size() : shape.size()); ++i) {
        dimensions.push_back(has_axes ? static_cast<std::size_t>(resolve_axis(named_axes[i], shape.size())) : i);
    }
    if (has_axes) {
        resolve_axes(named_axes, shape.size());  // none twice
    }
    const bool has_scales = builder.has_input(2) && !builder.is_empty_list(2);
    const bool has_sizes = builder.has_input(3) && !builder.is_empty_list(3);
    if (has_scales == has_sizes) {
        throw Refusal{"scales and sizes are both given or both missing; give one of them"};
    }
    std::vector<ResizeAxis> axes;
    if (has_scales) {
        const std::vector<float> scales = builder.numbers(2, "scales");
        check_count("scales", scales.size(), dimensions.size());
        for (std::size_t i = 0; i < scales.size(); ++i) {
            axes.push_back(scaled(shape[dimensions[i]], scales[i]));
        }
    } else {
        const std::vector<int64_t> sizes = builder.integers(3, "sizes");
        check_count("sizes", sizes.size(), dimensions.size());
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            axes.push_back(sized(shape[dimensions[i]], sizes[i]));
        }
        keep_aspect_ratio(axes, policy);
    }
    add_resized(builder, src, mode, dimensions, axes);
}

}  // namespace

const std::vector<OnnxOperator> &resize_operators() {
    static const std::vector<OnnxOperator> operators{
        {"Resize", 1, 4, 1, convert_resize, "scales, sizes are constant; no tf_crop_and_resize"},
        {"Upsample", 1, 2, 1, convert_upsample, "scales are constant"},
    };
    return operators;
}

}  // namespace ingot
