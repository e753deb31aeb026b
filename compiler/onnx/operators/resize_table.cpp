// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/operators/resize_table.h"
#include <algorithm>
#include <cmath>

namespace ingot {

namespace {

using Interpolation = ResizeMode::Interpolation;
using Coordinates = ResizeMode::Coordinates;

/// Where element `i` of the result lies in the source.
float coordinate(const ResizeMode &mode, const ResizeAxis &axis, int64_t i) {
    const auto at = static_cast<float>(i), src = static_cast<float>(axis.src), dst = static_cast<float>(axis.dst);
    const float half_pixel = (at + 0.5F) / axis.scale - 0.5F;
    switch (mode.coordinates) {
    case Coordinates::half_pixel:
        return half_pixel;
    case Coordinates::half_pixel_symmetric: {
        // What rounding dst took from src * scale is taken from both ends alike.
        const float adjustment = dst / (axis.scale * src);
        return src / 2 * (1 - adjustment) + (at + 0.5F) / axis.scale - 0.5F;
    }
    case Coordinates::pytorch_half_pixel:
        return axis.dst > 1 ? half_pixel : 0.0F;
    case Coordinates::align_corners:
        return axis.dst > 1 ? at * (src - 1) / (dst - 1) : 0.0F;
    case Coordinates::asymmetric:
        return at / axis.scale;
    case Coordinates::tf_half_pixel_for_nn:
        return (at + 0.5F) / axis.scale;
    }
    return 0.0F;
}

float nearest(ResizeMode::Nearest rounding, float scale, float x) {
    switch (rounding) {
    case ResizeMode::Nearest::round_prefer_floor:
        return std::ceil(x - 0.5F);
    case ResizeMode::Nearest::round_prefer_ceil:
        return std::floor(x + 0.5F);
    case ResizeMode::Nearest::floor:
        return std::floor(x);
    case ResizeMode::Nearest::ceil:
        return std::ceil(x);
    case ResizeMode::Nearest::outward:
        return scale < 1 ? std::ceil(x) : std::floor(x);
    }
    return x;
}

/// The weight of an element at distance x:
///
///     linear  1 - |x|                                 for |x| < 1
///     cubic   (a + 2) |x|^3 - (a + 3) |x|^2 + 1       for |x| <= 1
///             a |x|^3 - 5a |x|^2 + 8a |x| - 4a        for 1 < |x| < 2
double kernel(const ResizeMode &mode, double x) {
    x = std::abs(x);
    if (mode.interpolation == Interpolation::linear) {
        return std::max(0.0, 1 - x);
    }
    const double a = static_cast<double>(mode.cubic_coeff_a);
    if (x <= 1) {
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0.0;
}

/// How far the kernel is stretched: with antialias it covers as much of the source as an element of the result
/// does.
double stretch(const ResizeMode &mode, const ResizeAxis &axis) {
    return mode.antialias ? std::max(1.0, 1.0 / static_cast<double>(axis.scale)) : 1.0;
}

/// Elements of the source on each side of a coordinate that have weight.
double reach(const ResizeMode &mode, const ResizeAxis &axis) {
    return stretch(mode, axis) * (mode.interpolation == Interpolation::linear ? 1 : 2);
}

}  // namespace

int64_t resize_taps(const ResizeMode &mode, const ResizeAxis &axis) {
    const double taps = mode.interpolation == Interpolation::nearest ? 1 : std::ceil(2 * reach(mode, axis));
    return static_cast<int64_t>(std::min(taps, static_cast<double>(max_elements)));
}

ResampleTable resize_table(const ResizeMode &mode, const ResizeAxis &axis) {
    const auto count = static_cast<std::size_t>(axis.dst);
    ResampleTable table;
    table.taps = resize_taps(mode, axis);
    table.index.resize(count * static_cast<std::size_t>(table.taps));
    const auto inside = [&](double position) {
        return static_cast<int32_t>(std::clamp(position, 0.0, static_cast<double>(axis.src - 1)));
    };
    if (mode.interpolation == Interpolation::nearest) {
        for (std::size_t i = 0; i < count; ++i) {
            const float x = coordinate(mode, axis, static_cast<int64_t>(i));
            table.index[i] = inside(static_cast<double>(nearest(mode.nearest, axis.scale, x)));
        }
        return table;
    }
    table.weights.resize(table.index.size());
    std::vector<double> weights(static_cast<std::size_t>(table.taps));
    for (std::size_t i = 0; i < count; ++i) {
        const auto x = static_cast<double>(coordinate(mode, axis, static_cast<int64_t>(i)));
        const double first = std::floor(x - reach(mode, axis)) + 1;
        double sum = 0;
        for (std::size_t t = 0; t < weights.size(); ++t) {
            const double position = first + static_cast<double>(t);
            const bool outside = position < 0 || position > static_cast<double>(axis.src - 1);
            weights[t] = outside && mode.exclude_outside ? 0.0 : kernel(mode, (position - x) / stretch(mode, axis));
            sum += weights[t];
        }
        for (std::size_t t = 0; t < weights.size(); ++t) {
            table.index[t * count + i] = inside(first + static_cast<double>(t));
            table.weights[t * count + i] = static_cast<float>(weights[t] / sum);
        }
    }
    return table;
}

}  // namespace ingot
