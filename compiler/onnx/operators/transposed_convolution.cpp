// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ConvTranspose as convolutions. Along one axis, with s, d and b for stride, dilation and the pad before,
//
//     dst(y) = sum over i and k with s * i + d * k = y + b of src(i) * w(k).
//
// The results y = s * q + p of one phase p, 0 <= p < s, take the taps k = k0 + j * s/gcd(s, d), where k0 is the
// first k with (p + b - d * k) % s = 0. With D = d/gcd(s, d) and c = (p + b - d * k0) / s they are
//
//     dst(s * q + p) = sum over j of src(q + c - j * D) * w(k0 + j * s/gcd(s, d)):
//
// a convolution of stride 1 and dilation D with the phase's taps in falling order. The phases are then interleaved.
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/picture.h"
#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

namespace ingot {

namespace {

/// One axis of the operator.
struct Axis {
    int64_t extent, kernel, stride, dilation;
    int64_t pad = 0;     ///< before
    int64_t result = 0;  ///< dst's extent
};

/// What one phase reads along one axis.
struct Phase {
    int64_t last_tap = 0, step = 1, taps = 1;  ///< taps last_tap, last_tap - step, ...; none: the phase is zero
    int64_t dilation = 1;
    int64_t start = 0, extent = 0;  ///< the elements of src that are read
    AxisPad pad;
};

/// Elements of dst in each phase; those behind its end are cut off.
int64_t phase_extent(const Axis &axis) {
    return (axis.result + axis.stride - 1) / axis.stride;
}

Phase make_phase(const Axis &axis, int64_t p) {
    Phase phase;
    const int64_t common = std::gcd(axis.stride, axis.dilation);
    phase.step = axis.stride / common;
    int64_t first = 0;
    while (first < axis.kernel && (p + axis.pad - axis.dilation * first) % axis.stride != 0) {
        ++first;
    }
    phase.taps = first < axis.kernel ? (axis.kernel - 1 - first) / phase.step + 1 : 0;
    phase.last_tap = first + (phase.taps - 1) * phase.step;
    const int64_t shift = (p + axis.pad - axis.dilation * first) / axis.stride;
    phase.dilation = phase.taps > 1 ? axis.dilation / common : 1;
    const int64_t span = (phase.taps - 1) * phase.dilation;
    const int64_t before = span - shift, after = phase_extent(axis) - axis.extent + shift;
    phase.start = std::max<int64_t>(0, -before);
    phase.extent = axis.extent - phase.start - std::max<int64_t>(0, -after);
    phase.pad = {std::max<int64_t>(0, before), std::max<int64_t>(0, after)};
    if (phase.extent < 1) {
        phase.taps = 0;
    }
    return phase;
}

/// A phase without taps runs as a convolution with a zero.
Phase zero_phase(const Axis &axis) {
    Phase phase;
    phase.extent = std::min(axis.extent, phase_extent(axis));
    phase.pad.after = phase_extent(axis) - phase.extent;
    return phase;
}

/// A phase's taps of weights [ci, co / groups, kh, kw], as [co, ci / groups, taps, taps].
std::vector<float> phase_weights(const Value &weights, int64_t groups, const Phase &row, const Phase &column) {
    const int64_t ci = weights.shape[0] / groups, co = weights.shape[1], kh = weights.shape[2],
                  kw = weights.shape[3];
    std::vector<float> result;
    for (int64_t o = 0; o < groups * co; ++o) {
        for (int64_t i = 0; i < ci; ++i) {
            const int64_t filter = (o / co * ci + i) * co + o % co;
            for (int64_t y = 0; y < row.taps; ++y) {
                for (int64_t x = 0; x < column.taps; ++x) {
                    const int64_t tap = (row.last_tap - y * row.step) * kw + column.last_tap - x * column.step;
                    result.push_back((*weights.constant)[static_cast<std::size_t>(filter * kh * kw + tap)]);
                }
            }
        }
    }
    return result;
}

class TransposedConvolution {
public:
    /// `weights` [ci, co / groups, kh, kw], constant.
    TransposedConvolution(OnnxBuilder &builder, const Picture &picture, int64_t groups, const Axis &rows,
                          const Axis &columns, ValueId weights, std::optional<ValueId> bias)
        : builder_(builder), picture_(picture), groups_(groups), rows_(rows), columns_(columns), weights_(weights),
          bias_(bias) {
        n_ = builder_.value(picture_.src).shape[0];
        co_ = groups_ * builder_.value(weights_).shape[1];
    }

    void build() {
        if (rows_.stride == 1 && columns_.stride == 1) {
            const auto [conv, inputs] = phase(0, 0);
            return add_picture_result(builder_, picture_, conv, inputs);
        }
        const std::vector<int64_t> whole{n_, co_, phase_extent(rows_) * rows_.stride,
                                         phase_extent(columns_) * columns_.stride};
        const std::vector<int64_t> result{n_, co_, rows_.result, columns_.result};
        const ValueId interleaved = interleave();
        if (whole == result) {
            return add_picture_result(builder_, picture_, Reshape{}, {interleaved}, result);
        }
        const ValueId uncut = add_step(builder_, "uncut", Reshape{}, {interleaved}, whole);
        add_picture_result(builder_, picture_, Slice{{0, 0, 0, 0}, {1, 1, 1, 1}}, {uncut}, result);
    }

private:
    /// The phases side by side: [n, co, h, stride, w, stride].
    ValueId interleave() {
        std::vector<ValueId> rows;
        for (int64_t y = 0; y < rows_.stride; ++y) {
            std::vector<ValueId> columns;
            for (int64_t x = 0; x < columns_.stride; ++x) {
                const auto [conv, inputs] = phase(y, x);
                const std::string name = "phase" + std::to_string(y) + '_' + std::to_string(x);
                const ValueId id = add_step(builder_, name, conv, inputs);
                columns.push_back(add_step(builder_, name + ".picture", Reshape{}, {id},
                                           {n_, co_, phase_extent(rows_), 1, phase_extent(columns_), 1}));
            }
            rows.push_back(concatenated(5, std::move(columns)));
        }
        return concatenated(3, std::move(rows));
    }

    ValueId concatenated(int64_t axis, std::vector<ValueId> parts) {
        return parts.size() == 1 ? parts[0] : add_step(builder_, "phases", Concat{axis}, std::move(parts));
    }

    std::pair<Conv2d, std::vector<ValueId>> phase(int64_t y, int64_t x) {
        Phase row = make_phase(rows_, y), column = make_phase(columns_, x);
        const bool is_zero = row.taps == 0 || column.taps == 0;
        if (is_zero) {
            row = zero_phase(rows_);
            column = zero_phase(columns_);
        }
        const std::vector<int64_t> shape{co_, builder_.value(weights_).shape[0] / groups_, row.taps, column.taps};
        std::vector<float> weights(static_cast<std::size_t>(*element_count(shape)));
        if (!is_zero) {
            weights = phase_weights(builder_.value(weights_), groups_, row, column);
        }
        Conv2d conv;
        conv.groups = groups_;
        conv.window = {{row.taps, column.taps},
                       {1, 1},
                       {row.dilation, column.dilation},
                       {row.pad.before, column.pad.before, row.pad.after, column.pad.after}};
        std::vector<ValueId> inputs{
            source(row, column),
            builder_.add_constant(builder_.node().outputs[0] + ".weights", shape, std::move(weights))};
        if (bias_) {
            conv.epilogue = {{Function::bias}};
            inputs.push_back(*bias_);
        }
        return {conv, inputs};
    }

    /// The elements of the picture that a phase reads.
    ValueId source(const Phase &row, const Phase &column) {
        std::vector<int64_t> shape = builder_.value(picture_.src).shape;
        if (row.extent == rows_.extent && column.extent == columns_.extent) {
            return picture_.src;
        }
        shape[2] = row.extent;
        shape[3] = column.extent;
        return add_step(builder_, "source", Slice{{0, 0, row.start, column.start}, {1, 1, 1, 1}}, {picture_.src},
                        shape);
    }

    OnnxBuilder &builder_;
    const Picture &picture_;
    int64_t groups_, n_, co_;
    Axis rows_, columns_;
    ValueId weights_;
    std::optional<ValueId> bias_;
};

/// output_shape may name the extents of all dimensions.
std::optional<Extent2> read_output_shape(Attributes &attributes, WindowAttributes &window) {
    const std::vector<int64_t> list = attributes.integers("output_shape");
    if (!attributes.has("output_shape")) {
        return std::nullopt;
    }
    const std::size_t rank = list.size() > 2 ? list.size() - 2 : list.size();
    const bool fits =
        rank >= 1 && rank <= 2 && (window.rank == 0 || window.rank == rank) &&
        std::all_of(list.begin(), list.end(), [](int64_t extent) { return extent >= 1 && extent <= max_elements; });
    if (!fits) {
        throw Refusal{"output_shape=" + shape_to_text(list) +
                      " is not supported; use the extents of the 1-D or 2-D result, each above 0"};
    }
    window.rank = rank;
    return rank == 1 ? Extent2{1, list.back()} : Extent2{list[list.size() - 2], list.back()};
}

/// Sets an axis' pad and extent of the result:
/// total pad = stride * (extent - 1) + output_padding + dilation * (kernel - 1) + 1 - result.
void resolve_result(Axis &axis, AutoPad auto_pad, const AxisPad &pad, int64_t output_padding,
                    std::optional<int64_t> output_shape) {
    const int64_t full = axis.stride * (axis.extent - 1) + output_padding + axis.dilation * (axis.kernel - 1) + 1;
    const bool same = auto_pad == AutoPad::same_upper || auto_pad == AutoPad::same_lower;
    if (output_shape || same) {
        axis.result = output_shape.value_or(axis.extent * axis.stride);
        axis.pad = split_pad(auto_pad, std::max<int64_t>(0, full - axis.result)).before;
    } else {
        axis.pad = pad.before;
        axis.result = full - pad.before - pad.after;
    }
    if (axis.result < 1) {
        throw Refusal{"pads leave nothing of a result of " + std::to_string(full) + "; use smaller ones"};
    }
}

void convert_conv_transpose(OnnxBuilder &builder, Attributes &attributes) {
    WindowAttributes window = read_window(attributes);
    const int64_t groups = read_groups(attributes);
    const Extent2 padding = read_extent(attributes, "output_padding", 0, 0, window).value_or(Extent2{0, 0});
    const std::optional<Extent2> output_shape = read_output_shape(attributes, window);
    attributes.refuse_others();
    constexpr int64_t most_phases = 1024;
    if (window.stride.h > most_phases || window.stride.h * window.stride.w > most_phases) {
        throw Refusal{"strides of " + to_text(window.stride) + " are not supported; use strides whose product is " +
                      std::to_string(most_phases) + " at most"};
    }
    const Picture picture = read_picture(builder, window);
    const ValueId weights = read_weights(builder, picture);
    const std::vector<int64_t> shape = builder.value(weights).shape;
    const Extent2 kernel{shape[2], shape[3]};
    if (window.kernel && *window.kernel != kernel) {
        throw Refusal{"weights of shape " + shape_to_text(shape) + " do not fit kernel_shape " +
                      to_text(*window.kernel) + "; export the model again"};
    }
    const std::vector<int64_t> &source = builder.value(picture.src).shape;
    if (shape[0] != source[1] || shape[0] % groups != 0) {
        throw Refusal{"weights of shape " + shape_to_text(shape) + " with group=" + std::to_string(groups) +
                      " do not fit a source of shape " + shape_to_text(source) + "; export the model again"};
    }
    Axis rows{picture.extent.h, kernel.h, window.stride.h, window.dilation.h};
    Axis columns{picture.extent.w, kernel.w, window.stride.w, window.dilation.w};
    resolve_result(rows, window.auto_pad, {window.pad.top, window.pad.bottom}, padding.h,
                   output_shape && !picture.is_row ? std::optional(output_shape->h) : std::nullopt);
    resolve_result(columns, window.auto_pad, {window.pad.left, window.pad.right}, padding.w,
                   output_shape ? std::optional(output_shape->w) : std::nullopt);
    std::optional<ValueId> bias;
    if (builder.has_input(2)) {
        bias = constant_float_input(builder, 2, "bias");
    }
    TransposedConvolution(builder, picture, groups, rows, columns, weights, bias).build();
}

}  // namespace

const std::vector<OnnxOperator> &transposed_convolution_operators() {
    static const std::vector<OnnxOperator> operators{
        {"ConvTranspose", 2, 3, 1, convert_conv_transpose,
         "1-D and 2-D; constant weights and bias; product of the strides up to 1024"},
    };
    return operators;
}

}  // namespace ingot
