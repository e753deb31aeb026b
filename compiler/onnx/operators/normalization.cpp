// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/steps.h"
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

namespace ingot {

namespace {

using Shape = std::vector<int64_t>;

constexpr float default_epsilon = 1e-5F;

/// The source, of `least_rank` dimensions or more.
ValueId read_source(OnnxBuilder &builder, std::size_t least_rank) {
    const ValueId src = float_input(builder, 0, "source");
    const Shape &shape = builder.value(src).shape;
    if (shape.size() < least_rank) {
        throw Refusal{"a source of shape " + shape_to_text(shape) + " is not supported, only rank " +
                      std::to_string(least_rank) + " and more; reshape to it with extents of 1"};
    }
    return src;
}

/// The axes from `first` on.
Shape axes_from(std::size_t first, std::size_t rank) {
    Shape axes(rank - first);
    std::iota(axes.begin(), axes.end(), static_cast<int64_t>(first));
    return axes;
}

/// An operand with an element for each channel, as a tensor of the given shape.
ValueId per_channel(OnnxBuilder &builder, std::size_t index, std::string_view role, int64_t count, Shape shape) {
    const ValueId id = float_input(builder, index, role);
    const Shape &given = builder.value(id).shape;
    if (given != Shape{count}) {
        throw Refusal{std::string(role) + " of shape " + shape_to_text(given) + " is not supported; use [" +
                      std::to_string(count) + ']'};
    }
    return add_reshape(builder, role, id, std::move(shape));
}

struct Moments {
    ValueId mean, variance;
};

/// mean(x) and mean((x - mean(x))^2) over `axes`, which stay as extents of 1.
Moments add_moments(OnnxBuilder &builder, ValueId src, const Shape &axes) {
    const ValueId mean = add_step(builder, "mean", Reduce{Reduction::mean, axes}, {src});
    const ValueId variance =
        add_step(builder, "variance",
                 Reduce{Reduction::mean, axes, true, parse_expression("x0,x1,sub,x0,x1,sub,mul")}, {src, mean});
    return {mean, variance};
}

/// scale / sqrt(variance + epsilon).
ValueId add_factor(OnnxBuilder &builder, ValueId variance, ValueId scale, float epsilon) {
    return add_map(builder, "factor", "x1,x0," + number(epsilon) + ",add,sqrt,div", {variance, scale});
}

struct BatchStatistics {
    std::vector<float> factor, shift;
};

/// scale / sqrt(variance + epsilon) and bias - mean * factor.
BatchStatistics fold_statistics(const std::vector<float> &scale, const std::vector<float> &bias,
                                const std::vector<float> &mean, const std::vector<float> &variance, float epsilon) {
    BatchStatistics result;
    for (std::size_t i = 0; i < scale.size(); ++i) {
        const double factor = static_cast<double>(scale[i]) /
                              std::sqrt(static_cast<double>(variance[i]) + static_cast<double>(epsilon));
        const double shift = static_cast<double>(bias[i]) - static_cast<double>(mean[i]) * factor;
        result.factor.push_back(static_cast<float>(factor));
        result.shift.push_back(static_cast<float>(shift));
        if (!std::isfinite(result.factor.back()) || !std::isfinite(result.shift.back())) {
            throw Refusal{"variance plus epsilon is not above 0, or the scale overflows, at element " +
                          std::to_string(i) + "; train or export the model again"};
        }
    }
    return result;
}

/// Whether a BatchNormalization has the statistics of its source: from opset 7 to 13 where it has further outputs.
bool trains(OnnxBuilder &builder, Attributes &attributes) {
    if (builder.opset() >= 14) {
        return attributes.flag("training_mode");
    }
    if (builder.opset() < 7) {
        return attributes.integer("is_test", 0) == 0;
    }
    const std::vector<std::string> &outputs = builder.node().outputs;
    return std::any_of(outputs.begin() + 1, outputs.end(), [](const std::string &name) { return !name.empty(); });
}

/// (x - mean) / sqrt(variance + epsilon) * scale + bias by statistics that are known at run time, the result.
void normalize_channels(OnnxBuilder &builder, ValueId src, const Moments &moments, float epsilon) {
    const Shape shape = builder.value(src).shape;
    const Shape channels = shape_along(1, shape[1], shape.size());
    const ValueId scale = per_channel(builder, 1, "scale", shape[1], channels);
    const ValueId bias = per_channel(builder, 2, "bias", shape[1], channels);
    const ValueId factor = add_factor(builder, moments.variance, scale, epsilon);
    add_map_result(builder, "x0,x1,sub,x2,mul,x3,add", {src, moments.mean, factor, bias});
}

/// All axes but that of the channels.
Shape axes_beside_channels(std::size_t rank) {
    Shape axes = axes_from(1, rank);
    axes.front() = 0;
    return axes;
}

/// y = (x - mean) / sqrt(variance + epsilon) * scale + bias, as x * factor + shift. Before opset 9, spatial=0 gives
/// each activation, not each channel, numbers of its own.
void convert_batch_normalization(OnnxBuilder &builder, Attributes &attributes) {
    const float epsilon = attributes.number("epsilon", default_epsilon);
    attributes.number("momentum", 0.9F);
    const bool is_training = trains(builder, attributes);
    const bool spatial = builder.opset() >= 9 || attributes.integer("spatial", 1) != 0;
    attributes.refuse_others();
    const ValueId src = read_source(builder, 2);
    const Shape shape = builder.value(src).shape;
    if (is_training && spatial && builder.is_constant(src)) {  // weights that a model standardises
        normalize_channels(builder, src, add_moments(builder, src, axes_beside_channels(shape.size())), epsilon);
        return;
    }
    if (is_training) {
        throw Refusal{std::string(builder.opset() < 7    ? "is_test=0"
                                  : builder.opset() < 14 ? "more than one output, as in training,"
                                                         : "training_mode=1") +
                      " is not supported; export the model for inference"};
    }
    constexpr std::array<std::string_view, 4> roles = {"scale", "bias", "mean", "variance"};  // of inputs 1 to 4
    bool is_constant = true;
    for (std::size_t i = 0; i < roles.size(); ++i) {
        is_constant = builder.is_constant(float_input(builder, i + 1, roles[i])) && is_constant;
    }
    if (spatial && !is_constant) {
        const Shape channels = shape_along(1, shape[1], shape.size());
        const ValueId mean = per_channel(builder, 3, "mean", shape[1], channels);
        const ValueId variance = per_channel(builder, 4, "variance", shape[1], channels);
        normalize_channels(builder, src, {mean, variance}, epsilon);
        return;
    }
    Shape constants_shape = shape_along(1, shape[1], shape.size()), given{shape[1]};
    if (!spatial) {
        constants_shape = shape;
        constants_shape[0] = 1;
        given.assign(shape.begin() + 1, shape.end());
    }
    std::vector<ValueId> ids;
    for (const std::string_view role : roles) {
        ids.push_back(constant_float_input(builder, ids.size() + 1, role));
        if (builder.value(ids.back()).shape != given) {
            throw Refusal{std::string(role) + " of shape " + shape_to_text(builder.value(ids.back()).shape) +
                          " does not fit a source of shape " + shape_to_text(shape) + "; use " +
                          shape_to_text(given)};
        }
    }
    const auto data = [&](std::size_t i) -> const std::vector<float> & { return *builder.value(ids[i]).constant; };
    BatchStatistics folded = fold_statistics(data(0), data(1), data(2), data(3), epsilon);
    const std::string &name = builder.node().outputs[0];
    const ValueId factor = builder.add_constant(name + ".factor", constants_shape, std::move(folded.factor));
    const ValueId shift = builder.add_constant(name + ".shift", constants_shape, std::move(folded.shift));
    add_map_result(builder, "x0,x1,mul,x2,add", {src, factor, shift});
}

/// Over each channel of each image.
void convert_instance_normalization(OnnxBuilder &builder, Attributes &attributes) {
    const float epsilon = attributes.number("epsilon", default_epsilon);
    attributes.refuse_others();
    const ValueId src = read_source(builder, 3);
    const Moments moments = add_moments(builder, src, axes_from(2, builder.value(src).shape.size()));
    normalize_channels(builder, src, moments, epsilon);
}

/// Over the channels of each group: the source as [n, groups, c / groups, elements]. Scale and bias are per group
/// before opset 21, then per channel.
void convert_group_normalization(OnnxBuilder &builder, Attributes &attributes) {
    const float epsilon = attributes.number("epsilon", default_epsilon);
    const int64_t groups = attributes.integer("num_groups", 0);
    if (builder.opset() >= 21) {
        attributes.integer("stash_type", 1);  // a float32 source is computed in float32 in any case
    }
    attributes.refuse_others();
    const ValueId src = read_source(builder, 2);
    const Shape shape = builder.value(src).shape;
    if (groups < 1 || shape[1] % groups != 0) {
        throw Refusal{"num_groups=" + std::to_string(groups) + " does not divide the " + std::to_string(shape[1]) +
                      " channels; use a divisor of them"};
    }
    const int64_t channels = shape[1] / groups;
    const int64_t elements = *element_count(shape) / (shape[0] * shape[1]);
    const bool by_channel = builder.opset() >= 21;
    const Shape constants{groups, by_channel ? channels : 1, 1};
    const ValueId scale = per_channel(builder, 1, "scale", by_channel ? shape[1] : groups, constants);
    const ValueId bias = per_channel(builder, 2, "bias", by_channel ? shape[1] : groups, constants);
    const ValueId grouped = add_reshape(builder, "groups", src, {shape[0], groups, channels, elements});
    const Moments moments = add_moments(builder, grouped, {2, 3});
    const ValueId factor = add_factor(builder, moments.variance, scale, epsilon);
    const ValueId result =
        add_map(builder, "normalized", "x0,x1,sub,x2,mul,x3,add", {grouped, moments.mean, factor, bias});
    builder.add_result(Reshape{}, {result}, shape);
}

/// The attributes of normalizations over the last dimensions.
struct LayerAttributes {
    int64_t axis;
    float epsilon;
};

LayerAttributes read_layer_attributes(Attributes &attributes) {
    const LayerAttributes result{attributes.integer("axis", -1), attributes.number("epsilon", default_epsilon)};
    attributes.integer("stash_type", 1);
    attributes.refuse_others();
    return result;
}

/// The reduced axes.
Shape layer_axes(const LayerAttributes &attributes, std::size_t rank) {
    return axes_from(static_cast<std::size_t>(resolve_axis(attributes.axis, rank)), rank);
}

void convert_layer_normalization(OnnxBuilder &builder, Attributes &attributes) {
    const LayerAttributes layer = read_layer_attributes(attributes);
    const ValueId src = read_source(builder, 1);
    const ValueId scale = float_input(builder, 1, "scale");
    const Moments moments = add_moments(builder, src, layer_axes(layer, builder.value(src).shape.size()));
    const ValueId factor =
        add_map(builder, "factor", "x0," + number(layer.epsilon) + ",add,sqrt,reciprocal", {moments.variance});
    std::vector<ValueId> sources{src, moments.mean, factor, scale};
    std::string expression = "x0,x1,sub,x2,mul,x3,mul";
    if (builder.has_input(2)) {
        sources.push_back(float_input(builder, 2, "bias"));
        expression += ",x4,add";
    }
    add_map_result(builder, expression, std::move(sources));
    const std::vector<std::string> &outputs = builder.node().outputs;
    for (const auto &[index, id] : {std::pair{1U, moments.mean}, std::pair{2U, factor}}) {
        if (index < outputs.size() && !outputs[index].empty()) {
            builder.forward(id, index);
        }
    }
}

/// x / sqrt(mean(x^2) + epsilon) * scale.
void convert_rms_normalization(OnnxBuilder &builder, Attributes &attributes) {
    const LayerAttributes layer = read_layer_attributes(attributes);
    const ValueId src = read_source(builder, 1);
    const ValueId scale = float_input(builder, 1, "scale");
    const Shape axes = layer_axes(layer, builder.value(src).shape.size());
    const ValueId square =
        add_step(builder, "square", Reduce{Reduction::mean, axes, true, parse_expression("x0,x0,mul")}, {src});
    const ValueId factor =
        add_map(builder, "factor", "x0," + number(layer.epsilon) + ",add,sqrt,reciprocal", {square});
    add_map_result(builder, "x0,x1,mul,x2,mul", {src, factor, scale});
}

/// (x - mean) / (sqrt(variance) + 1e-9).
void convert_mean_variance_normalization(OnnxBuilder &builder, Attributes &attributes) {
    const Shape axes = attributes.has("axes") ? attributes.integers("axes") : Shape{0, 2, 3};
    attributes.refuse_others();
    const ValueId src = read_source(builder, 1);
    const Moments moments = add_moments(builder, src, resolve_axes(axes, builder.value(src).shape.size()));
    const ValueId factor = add_map(builder, "factor", "x0,sqrt,1e-9,add,reciprocal", {moments.variance});
    add_map_result(builder, "x0,x1,sub,x2,mul", {src, moments.mean, factor});
}

/// x divided by its norm along an axis; zeros stay zeros.
void convert_lp_normalization(OnnxBuilder &builder, Attributes &attributes) {
    const int64_t axis = attributes.integer("axis", -1), p = attributes.integer("p", 2);
    attributes.refuse_others();
    if (p != 1 && p != 2) {
        throw Refusal{"p=" + std::to_string(p) + " is not supported; use 1 or 2"};
    }
    const ValueId src = read_source(builder, 1);
    const Shape axes{resolve_axis(axis, builder.value(src).shape.size())};
    const ValueId sum =
        add_step(builder, "sum",
                 Reduce{Reduction::sum, axes, true, parse_expression(p == 1 ? "x0,abs" : "x0,x0,mul")}, {src});
    const std::string norm = p == 1 ? "x1" : "x1,sqrt";
    add_map_result(builder, "x0," + norm + ",1.1754944e-38,max,div", {src, sum});
}

/// x / (bias + alpha / size * (sum of x^2 over the channels from c - (size - 1) / 2 to c + size / 2))^beta, the sum
/// over slices of a source that is padded with zeros.
void convert_lrn(OnnxBuilder &builder, Attributes &attributes) {
    constexpr int64_t largest = 32;
    const float alpha = attributes.number("alpha", 1e-4F), beta = attributes.number("beta", 0.75F),
                offset = attributes.number("bias", 1.0F);
    const int64_t size = attributes.integer("size", 0);
    attributes.refuse_others();
    if (size < 1 || size > largest) {
        throw Refusal{"size=" + std::to_string(size) + " is not supported; use values from 1 to " +
                      std::to_string(largest)};
    }
    const ValueId src = read_source(builder, 2);
    const Shape shape = builder.value(src).shape;
    Pad pad{Shape(shape.size(), 0), Shape(shape.size(), 0)};
    pad.before[1] = (size - 1) / 2;
    pad.after[1] = size / 2;
    const ValueId padded = add_step(builder, "padded", std::move(pad), {src});
    std::vector<ValueId> sources{src};
    std::string squares;
    for (int64_t i = 0; i < size; ++i) {
        Slice slice{Shape(shape.size(), 0), Shape(shape.size(), 1)};
        slice.starts[1] = i;
        const std::string operand = 'x' + std::to_string(sources.size());
        sources.push_back(add_step(builder, "channels", std::move(slice), {padded}, shape));
        squares += operand + ',' + operand + ",mul," + (i == 0 ? "" : "add,");
    }
    const double factor = static_cast<double>(alpha) / static_cast<double>(size);
    add_map_result(
        builder, "x0," + squares + number(factor) + ",mul," + number(offset) + ",add," + number(beta) + ",pow,div",
        std::move(sources));
}

}  // namespace

const std::vector<OnnxOperator> &normalization_operators() {
    static const std::vector<OnnxOperator> operators{
        {"BatchNormalization", 5, 5, 5, convert_batch_normalization, "inference"},
        {"GroupNormalization", 3, 3, 1, convert_group_normalization},
        {"InstanceNormalization", 3, 3, 1, convert_instance_normalization},
        {"LRN", 1, 1, 1, convert_lrn, "size up to 32"},
        {"LayerNormalization", 2, 3, 3, convert_layer_normalization},
        {"LpNormalization", 1, 1, 1, convert_lp_normalization},
        {"MeanVarianceNormalization", 1, 1, 1, convert_mean_variance_normalization},
        {"RMSNormalization", 2, 2, 1, convert_rms_normalization},
    };
    return operators;
}

}  // namespace ingot
