// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/onnx/attributes.h"
#include <optional>

namespace ingot {

/// How a window's pads come about: `pads` of the file, none, or such that the result has a size of its own.
enum class AutoPad { notset, valid, same_upper, same_lower };

/// The attributes of ONNX Conv and of the pools that say how a window slides, as they stand in the file. A 1-D
/// window is one of a single row.
struct WindowAttributes {
    AutoPad auto_pad = AutoPad::notset;
    std::size_t rank = 0;  ///< 1 or 2, the dimensions that the file's lists have; 0 where there is none
    std::optional<Extent2> kernel;
    Extent2 stride, dilation;
    Pad2 pad;
    bool ceil_mode = false;
};

/// Pads of one axis.
struct AxisPad {
    int64_t before = 0, after = 0;
};

/// A list attribute with a number for each axis of `window`, each at least `least`, as of two axes with `otherwise`
/// for the one that a 1-D window lacks; none where the attribute is left out.
std::optional<Extent2> read_extent(Attributes &attributes, std::string_view name, int64_t least, int64_t otherwise,
                                   WindowAttributes &window);

/// Reads and checks them. Throws Refusal on values out of range, windows that are not 1-D or 2-D, and combinations
/// that ONNX forbids.
WindowAttributes read_window(Attributes &attributes);

/// The opsets since which a pool has these attributes.
struct PoolOpsets {
    int64_t ceil_mode, dilations;
};

/// The additional rules of pools: ceil_mode, kernel_shape is needed, pads are smaller than the kernel.
WindowAttributes read_pool_window(Attributes &attributes, int64_t opset, const PoolOpsets &since);

/// `total` elements of padding, the odd one at the end (SAME_UPPER) or the beginning.
AxisPad split_pad(AutoPad auto_pad, int64_t total);

/// The window with explicit pads over a picture of `picture`. SAME_*: a result of ceil(extent / stride), the odd
/// element of padding at the end (UPPER) or the beginning (LOWER). ceil_mode: pads at the end that make room for a
/// last, partial window, if that begins inside the picture or the padding before it. The result is not yet checked.
Window resolve_window(const WindowAttributes &attributes, const Extent2 &kernel, const Extent2 &picture);

}  // namespace ingot
