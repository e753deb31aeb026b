// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/onnx/operators/resample.h"

namespace ingot {

/// The attributes of ONNX Resize that say how an element is computed; those of other versions and Upsample are
/// cases of them.
struct ResizeMode {
    enum class Interpolation { nearest, linear, cubic };
    enum class Coordinates {
        half_pixel,
        half_pixel_symmetric,
        pytorch_half_pixel,
        align_corners,
        asymmetric,
        tf_half_pixel_for_nn
    };
    /// `outward`: the one before a coordinate where the dimension grows, the one behind it where it shrinks.
    enum class Nearest { round_prefer_floor, round_prefer_ceil, floor, ceil, outward };
    Interpolation interpolation = Interpolation::nearest;
    Coordinates coordinates = Coordinates::half_pixel;
    Nearest nearest = Nearest::round_prefer_floor;
    float cubic_coeff_a = -0.75F;
    bool exclude_outside = false, antialias = false;
};

/// One dimension: `src` elements become `dst`, `scale` times as many. The scale is that of the model, or dst / src.
struct ResizeAxis {
    int64_t src = 1, dst = 1;
    float scale = 1.0F;
};

/// The most taps that an element has.
int64_t resize_taps(const ResizeMode &mode, const ResizeAxis &axis);

/// The table of one dimension. Coordinates are computed in float, as in ONNX Runtime.
ResampleTable resize_table(const ResizeMode &mode, const ResizeAxis &axis);

}  // namespace ingot
