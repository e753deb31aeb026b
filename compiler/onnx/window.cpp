// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/window.h"
#include <algorithm>
#include <utility>

namespace ingot {

namespace {

/// A list attribute with `per_axis` numbers for each axis of `window`, each at least `least`; empty where it is
/// left out.
std::vector<int64_t> read_list(Attributes &attributes, std::string_view name, std::size_t per_axis, int64_t least,
                               WindowAttributes &window) {
    std::vector<int64_t> list = attributes.integers(name);
    if (!attributes.has(name)) {
        return {};
    }
    const std::string text = std::string(name) + "=" + shape_to_text(list);
    const std::size_t rank = list.size() / per_axis;
    if (rank > 2 && list.size() % per_axis == 0) {
        throw Refusal{text + " is of a " + std::to_string(rank) +
                      "-D window, which is not supported; use 1-D and 2-D convolutions and pools"};
    }
    if (rank < 1 || list.size() % per_axis != 0) {
        throw Refusal{text + " is not supported, only " + std::to_string(per_axis) + " values of a 1-D window or " +
                      std::to_string(2 * per_axis) + " of a 2-D one; export the model again"};
    }
    if (window.rank != 0 && window.rank != rank) {
        throw Refusal{text + " has " + std::to_string(list.size()) + " values, not " +
                      std::to_string(per_axis * window.rank) + " as the " + std::to_string(window.rank) +
                      "-D window needs; export the model again"};
    }
    window.rank = rank;
    for (const int64_t value : list) {
        if (value < least || value > max_elements) {
            throw Refusal{text + " is not supported; use values from " + std::to_string(least) + " to " +
                          std::to_string(max_elements)};
        }
    }
    return list;
}

AutoPad read_auto_pad(Attributes &attributes) {
    const std::string text = attributes.text("auto_pad", "NOTSET");
    for (const auto &[name, value] :
         {std::pair{"NOTSET", AutoPad::notset}, std::pair{"VALID", AutoPad::valid},
          std::pair{"SAME_UPPER", AutoPad::same_upper}, std::pair{"SAME_LOWER", AutoPad::same_lower}}) {
        if (text == name) {
            return value;
        }
    }
    throw Refusal{"auto_pad=" + printable(text) + " is not supported; use NOTSET, VALID, SAME_UPPER or SAME_LOWER"};
}

/// Padding of one axis such that its result has ceil(extent / stride) elements.
AxisPad same_pad(AutoPad auto_pad, int64_t extent, int64_t kernel, int64_t stride, int64_t dilation) {
    const int64_t result = (extent + stride - 1) / stride;
    const int64_t total = std::max<int64_t>(0, (result - 1) * stride + dilation * (kernel - 1) + 1 - extent);
    return split_pad(auto_pad, total);
}

/// Padding of one axis with room for a last, partial window.
AxisPad ceil_pad(AxisPad pad, int64_t extent, int64_t kernel, int64_t stride, int64_t dilation) {
    const int64_t window = dilation * (kernel - 1) + 1;
    const int64_t room = extent + pad.before + pad.after - window;
    if (room <= -stride || room % stride == 0) {
        return pad;
    }
    const int64_t last_start = room < 0 ? 0 : (room / stride + 1) * stride;
    if (last_start >= extent + pad.before) {
        return pad;
    }
    return {pad.before, last_start + window - extent - pad.before};
}

}  // namespace

std::optional<Extent2> read_extent(Attributes &attributes, std::string_view name, int64_t least, int64_t otherwise,
                                   WindowAttributes &window) {
    const std::vector<int64_t> list = read_list(attributes, name, 1, least, window);
    if (list.empty()) {
        return std::nullopt;
    }
    return list.size() == 1 ? Extent2{otherwise, list[0]} : Extent2{list[0], list[1]};
}

AxisPad split_pad(AutoPad auto_pad, int64_t total) {
    const int64_t smaller = total / 2, larger = total - smaller;
    return auto_pad == AutoPad::same_upper ? AxisPad{smaller, larger} : AxisPad{larger, smaller};
}

WindowAttributes read_window(Attributes &attributes) {
    WindowAttributes result;
    result.auto_pad = read_auto_pad(attributes);
    result.kernel = read_extent(attributes, "kernel_shape", 1, 1, result);
    result.stride = read_extent(attributes, "strides", 1, 1, result).value_or(Extent2{});
    result.dilation = read_extent(attributes, "dilations", 1, 1, result).value_or(Extent2{});
    const std::vector<int64_t> pads = read_list(attributes, "pads", 2, 0, result);
    if (pads.size() == 2) {
        result.pad = {0, pads[0], 0, pads[1]};
    } else if (pads.size() == 4) {
        result.pad = {pads[0], pads[1], pads[2], pads[3]};
    }
    if (result.auto_pad != AutoPad::notset && result.pad.any()) {
        throw Refusal{"pads=" + shape_to_text(pads) + " beside auto_pad=" + attributes.text("auto_pad", "") +
                      " is not supported; use one of them"};
    }
    return result;
}

WindowAttributes read_pool_window(Attributes &attributes, int64_t opset, const PoolOpsets &since) {
    WindowAttributes result = read_window(attributes);
    if (opset >= since.ceil_mode) {
        result.ceil_mode = attributes.flag("ceil_mode");
    }
    if (opset < since.dilations && attributes.has("dilations")) {
        throw Refusal{"dilations are not supported in this opset; convert the model to opset " +
                      std::to_string(since.dilations) + " or later"};
    }
    if (!result.kernel) {
        throw Refusal{"attribute 'kernel_shape' is missing; export the model again"};
    }
    const Pad2 &pad = result.pad;
    const Extent2 &kernel = *result.kernel;
    if (std::max(pad.top, pad.bottom) >= kernel.h || std::max(pad.left, pad.right) >= kernel.w) {
        throw Refusal{"pads=[" + to_text(pad) + "] with kernel_shape=[" + std::to_string(kernel.h) + "," +
                      std::to_string(kernel.w) + "] is not supported; use pads smaller than the kernel"};
    }
    if (result.auto_pad == AutoPad::valid && result.ceil_mode) {
        throw Refusal{"ceil_mode=1 with auto_pad=VALID is not supported, ONNX and its runtimes differ on it; use "
                      "auto_pad=NOTSET with pads"};
    }
    const bool same = result.auto_pad == AutoPad::same_upper || result.auto_pad == AutoPad::same_lower;
    if (same && result.dilation != Extent2{}) {
        throw Refusal{"dilations with auto_pad=" + attributes.text("auto_pad", "") +
                      " are not supported, ONNX and its "
                      "runtimes differ on them; use auto_pad=NOTSET with pads"};
    }
    return result;
}

Window resolve_window(const WindowAttributes &attributes, const Extent2 &kernel, const Extent2 &picture) {
    const Extent2 &stride = attributes.stride, &dilation = attributes.dilation;
    AxisPad rows{attributes.pad.top, attributes.pad.bottom}, columns{attributes.pad.left, attributes.pad.right};
    if (attributes.auto_pad == AutoPad::same_upper || attributes.auto_pad == AutoPad::same_lower) {
        rows = same_pad(attributes.auto_pad, picture.h, kernel.h, stride.h, dilation.h);
        columns = same_pad(attributes.auto_pad, picture.w, kernel.w, stride.w, dilation.w);
    } else if (attributes.ceil_mode) {
        rows = ceil_pad(rows, picture.h, kernel.h, stride.h, dilation.h);
        columns = ceil_pad(columns, picture.w, kernel.w, stride.w, dilation.w);
    }
    return {kernel, stride, dilation, {rows.before, columns.before, rows.after, columns.after}};
}

}  // namespace ingot
