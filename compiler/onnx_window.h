// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/onnx_attributes.h"
#include <optional>

namespace ingot {

/// The attributes of ONNX Conv and MaxPool that say how a window slides, as they stand in the file.
struct WindowAttributes {
    enum class AutoPad { notset, valid, same_upper, same_lower };
    AutoPad auto_pad = AutoPad::notset;
    std::optional<Extent2> kernel;
    Extent2 stride, dilation;
    Pad2 pad;
    bool ceil_mode = false;
};

/// The height and width of a source of rank 4. Throws Refusal for another rank.
Extent2 picture_of(const Value &src);

/// Reads and checks them. Throws Refusal on values out of range, windows that are not 2-D, and combinations that
/// ONNX forbids.
WindowAttributes read_window(Attributes &attributes);

/// The additional rules of MaxPool: ceil_mode (opset 10), storage_order, kernel_shape is needed, pads are smaller
/// than the kernel. Dilations came with opset 10 as well.
WindowAttributes read_pool_window(Attributes &attributes, int64_t opset);

/// The window with explicit pads over a picture of `picture`. SAME_*: a result of ceil(extent / stride), the odd
/// element of padding at the end (UPPER) or the beginning (LOWER). ceil_mode: pads at the end that make room for a
/// last, partial window, if that begins inside the picture or the padding before it. The result is not yet checked.
Window resolve_window(const WindowAttributes &attributes, const Extent2 &kernel, const Extent2 &picture);

}  // namespace ingot
