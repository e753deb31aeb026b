// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/picture.h"
#include <utility>

namespace ingot {

namespace {

void convert_max_pool(OnnxBuilder &builder, Attributes &attributes) {
    const WindowAttributes window = read_pool_window(attributes, builder.opset(), {10, 10});
    if (builder.opset() >= 8) {
        attributes.flag("storage_order");  // of the indices, output 1
    }
    attributes.refuse_others();
    const Picture picture = read_picture(builder, window);
    add_picture_result(builder, picture, Pool2d{resolve_window(window, *window.kernel, picture.extent), {}},
                       {picture.src});
}

/// The room that ceil_mode adds behind the pads is never counted. Where the pads are, they become part of the
/// source.
void convert_average_pool(OnnxBuilder &builder, Attributes &attributes) {
    WindowAttributes attribute_window = read_pool_window(attributes, builder.opset(), {10, 19});
    const bool counts_pads = builder.opset() >= 7 && attributes.flag("count_include_pad");
    attributes.refuse_others();
    const Picture picture = read_picture(builder, attribute_window);
    Window window = resolve_window(attribute_window, *attribute_window.kernel, picture.extent);
    attribute_window.ceil_mode = false;
    const Pad2 pad = resolve_window(attribute_window, *attribute_window.kernel, picture.extent).pad;
    ValueId src = picture.src;
    PoolMode mode = PoolMode::average;
    if (counts_pads && pad.any()) {
        if (window.pad == pad) {
            mode = PoolMode::average_padded;
        } else {
            src = add_step(builder, "padded", Pad{{0, 0, pad.top, pad.left}, {0, 0, pad.bottom, pad.right}}, {src});
            window.pad = {0, 0, window.pad.bottom - pad.bottom, window.pad.right - pad.right};
        }
    }
    add_picture_result(builder, picture, Pool2d{window, {}, mode}, {src});
}

/// An Lp norm is `after` of the sum of `term`: (sum of |x|^p)^(1/p).
struct Norm {
    std::string term, after;
};

/// The attribute p, a float in opset 1.
Norm read_norm(Attributes &attributes, int64_t opset) {
    const float p = opset < 2 ? attributes.number("p", 2.0F) : static_cast<float>(attributes.integer("p", 2));
    if (p == 2.0F) {
        return {"x0,x0,mul", ",sqrt"};
    }
    if (p == 1.0F) {
        return {"x0,abs", ""};
    }
    if (p <= 0) {
        throw Refusal{"p=" + number(p) + " is not supported; use a number above 0"};
    }
    return {"x0,abs," + number(p) + ",pow", ',' + number(1.0 / static_cast<double>(p)) + ",pow"};
}

/// The mean over whole windows, padding included, times their size is the sum.
void convert_lp_pool(OnnxBuilder &builder, Attributes &attributes) {
    const WindowAttributes window = read_pool_window(attributes, builder.opset(), {18, 18});
    const Norm norm = read_norm(attributes, builder.opset());
    attributes.refuse_others();
    const Picture picture = read_picture(builder, window);
    const ValueId terms = add_map(builder, "terms", norm.term, {picture.src});
    const Extent2 &kernel = *window.kernel;
    const ValueId mean =
        add_step(builder, "mean",
                 Pool2d{resolve_window(window, kernel, picture.extent), {}, PoolMode::average_padded}, {terms});
    const std::string sum = "x0," + std::to_string(kernel.h * kernel.w) + ",mul";
    add_picture_result(builder, picture, Map{parse_expression(sum + norm.after)}, {mean});
}

/// The axes behind the channels.
std::vector<int64_t> picture_axes(const std::vector<int64_t> &shape) {
    if (shape.size() < 3) {
        throw Refusal{"a source of shape " + shape_to_text(shape) +
                      " is not supported, only rank 3 [n,c,w] and more; reshape to it with extents of 1"};
    }
    std::vector<int64_t> axes;
    for (std::size_t i = 2; i < shape.size(); ++i) {
        axes.push_back(static_cast<int64_t>(i));
    }
    return axes;
}

template<Reduction reduction>
void convert_global_pool(OnnxBuilder &builder, Attributes &attributes) {
    attributes.refuse_others();
    const ValueId src = float_input(builder, 0, "source");
    builder.add_result(Reduce{reduction, picture_axes(builder.value(src).shape)}, {src});
}

void convert_global_lp_pool(OnnxBuilder &builder, Attributes &attributes) {
    const Norm norm = read_norm(attributes, builder.opset());
    attributes.refuse_others();
    const ValueId src = float_input(builder, 0, "source");
    const ValueId sum = add_step(
        builder, "sum",
        Reduce{Reduction::sum, picture_axes(builder.value(src).shape), true, parse_expression(norm.term)}, {src});
    add_map_result(builder, "x0" + norm.after, {sum});
}

constexpr std::string_view window_limits = "1-D and 2-D; pads are smaller than the kernel; no auto_pad=SAME_* with "
                                           "dilations, no auto_pad=VALID with ceil_mode";

}  // namespace

const std::vector<OnnxOperator> &pooling_operators() {
    static const std::vector<OnnxOperator> operators{
        {"AveragePool", 1, 1, 1, convert_average_pool, window_limits},
        {"GlobalAveragePool", 1, 1, 1, convert_global_pool<Reduction::mean>},
        {"GlobalLpPool", 1, 1, 1, convert_global_lp_pool},
        {"GlobalMaxPool", 1, 1, 1, convert_global_pool<Reduction::max>},
        {"LpPool", 1, 1, 1, convert_lp_pool, window_limits},
        {"MaxPool", 1, 1, 2, convert_max_pool,
         "1-D and 2-D; no Indices; pads are smaller than the kernel; no auto_pad=SAME_* with dilations, no "
         "auto_pad=VALID with ceil_mode"},
    };
    return operators;
}

}  // namespace ingot
