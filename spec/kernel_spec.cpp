// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/kernel_spec.h"
#include "spec/error.h"
#include "spec/tensor_spec.h"
#include "spec/winograd.h"
#include <algorithm>
#include <initializer_list>
#include <limits>
#include <numeric>
#include <utility>

namespace ingot {
namespace {

// Halide's buffers hold extents, strides and offsets in elements as int32.
constexpr int64_t int32_max = std::numeric_limits<int32_t>::max();

int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0 ? 1 : 0);
}

int64_t output_extent(int64_t extent, int64_t pads, int64_t kernel, int64_t stride, int64_t dilation) {
    return floor_div(extent + pads - dilation * (kernel - 1) - 1, stride) + 1;
}

// How many of `extent` elements are read by the windows of `count` results.
int64_t elements_read(int64_t extent, int64_t count, int64_t kernel, int64_t stride, int64_t dilation,
                      int64_t pad) {
    std::vector<bool> read(static_cast<std::size_t>(extent));
    for (int64_t i = 0; i < count; ++i) {
        for (int64_t k = 0; k < kernel; ++k) {
            const int64_t at = i * stride + k * dilation - pad;
            if (at >= 0 && at < extent) {
                read[static_cast<std::size_t>(at)] = true;
            }
        }
    }
    return std::count(read.begin(), read.end(), true);
}

[[noreturn]] void refuse(const KernelSpec &spec, const std::string &reason) {
    throw Error("kernel '" + to_text(spec) + "': " + reason);
}

void check_range(const KernelSpec &spec, const std::string &name, int64_t value, int64_t lowest) {
    if (value < lowest || value > int32_max) {
        refuse(spec, name + " is " + std::to_string(value) + "; it must lie in " + std::to_string(lowest) + " to " +
                         std::to_string(int32_max));
    }
}

void check_pad(const KernelSpec &spec, const std::string &name, const Pad2 &pad) {
    for (int64_t side : {pad.top, pad.left, pad.bottom, pad.right}) {
        check_range(spec, name, side, 0);
    }
}

void check_window(const KernelSpec &spec, const std::string &name, const Window &window, Extent2 picture) {
    for (const Extent2 &extent : {window.kernel, window.stride, window.dilation}) {
        check_range(spec, "a kernel, stride or dilation of " + name, extent.h, 1);
        check_range(spec, "a kernel, stride or dilation of " + name, extent.w, 1);
    }
    check_pad(spec, "a pad of " + name, window.pad);
    check_range(spec, "the padded height of " + name, picture.h + window.pad.top + window.pad.bottom, 1);
    check_range(spec, "the padded width of " + name, picture.w + window.pad.left + window.pad.right, 1);
    const Extent2 out = window.output(picture.h, picture.w);
    if (out.h < 1 || out.w < 1) {
        refuse(spec, "the result of " + name + " is empty: its dilated window is larger than the padded picture");
    }
}

// Refuses a buffer of 2^31 elements or more.
void check_elements(const KernelSpec &spec, const std::string &name, std::initializer_list<int64_t> extents) {
    int64_t elements = 1;
    for (int64_t extent : extents) {
        if (__builtin_mul_overflow(elements, extent, &elements) || elements > int32_max) {
            refuse(spec, name + " has 2^31 elements or more, Halide's limit of a buffer");
        }
    }
}

void check_strides(const KernelSpec &spec, const std::string &name, const Operand &operand,
                   const std::array<int64_t, 4> &extents) {
    if (!operand.strides) {
        return;
    }
    int64_t span = 1;
    for (std::size_t i = 0; i < extents.size(); ++i) {
        const int64_t stride = (*operand.strides)[i];
        check_range(spec, "a stride of " + name, stride, 1);
        span += (extents[i] - 1) * stride;
    }
    if (span > int32_max) {
        refuse(spec, name + " spans 2^31 elements or more, Halide's limit of a buffer");
    }
}

void check_operand(const KernelSpec &spec, const std::string &name, const Operand &operand,
                   std::initializer_list<DimOrder> orders) {
    if (std::find(orders.begin(), orders.end(), operand.order) == orders.end()) {
        refuse(spec, name + " of this op cannot be " + std::string(to_text(operand.order)));
    }
    if (is_float(operand.type) && (operand.scale != 1.0f || operand.zero_point != 0)) {
        refuse(spec,
               name + " is " + std::string(to_text(operand.type)) + " and takes neither scale nor zero point");
    }
    check_pad(spec, "a halo of " + name, operand.halo);
}

void check_activation(const KernelSpec &spec, const std::string &name, const Operand &operand, Extent2 picture,
                      int64_t channels) {
    if (spec.op == Op::gemm) {
        check_operand(spec, name, operand, {DimOrder::nc});
        if (operand.halo.any()) {
            refuse(spec, name + " of a gemm has no halo");
        }
    } else {
        check_operand(spec, name, operand, {DimOrder::nchw, DimOrder::nhwc});
    }
    if (byte_size(operand.type) == 2) {
        refuse(spec, name + " is " + std::string(to_text(operand.type)) + ", which only weights are");
    }
    const int64_t h = picture.h + operand.halo.top + operand.halo.bottom;
    const int64_t w = picture.w + operand.halo.left + operand.halo.right;
    check_elements(spec, name, {spec.n, channels, h, w});
    check_strides(spec, name, operand, {spec.n, channels, h, w});
}

void check_weights(const KernelSpec &spec) {
    if (!spec.has_weights()) {
        if (spec.weights != Operand{}) {
            refuse(spec, "a pool2d has no weights");
        }
        return;
    }
    if (spec.op == Op::gemm) {
        check_operand(spec, "weights", spec.weights, {DimOrder::oi, DimOrder::ohwi16o});
    } else {
        check_operand(spec, "weights", spec.weights,
                      {DimOrder::oihw, DimOrder::ohwi16o, DimOrder::winograd2, DimOrder::winograd4});
    }
    if (spec.weights.halo.any() || spec.weights.strides) {
        refuse(spec, "weights have neither halo nor strides");
    }
    if (!is_float(spec.weights.type)) {
        refuse(spec, "weights are f32, bf16 or f16, not " + std::string(to_text(spec.weights.type)));
    }
    Extent2 taps = spec.window.kernel;
    if (is_winograd(spec.weights.order)) {
        if (spec.weights.type != DataType::f32) {
            refuse(spec, "weights=" + std::string(to_text(spec.weights.order)) + " are f32");
        }
        if (!is_winograd_shape(spec)) {
            refuse(spec, "weights=" + std::string(to_text(spec.weights.order)) +
                             " needs k=3x3, strides and dilations of 1, one group, and a pool, if any, of 2x2 "
                             "windows side by side without padding");
        }
        taps.h = taps.w = winograd_matrices(spec.weights.order).frequencies();
    }
    const int64_t co = is_blocked(spec.weights.order) ? (spec.co + 15) / 16 * 16 : spec.co;
    check_elements(spec, "weights", {co, spec.ci / spec.groups, taps.h, taps.w});
}

void check_groups(const KernelSpec &spec) {
    check_range(spec, "g", spec.groups, 1);
    if (spec.ci % spec.groups != 0 || spec.co % spec.groups != 0) {
        refuse(spec, "g=" + std::to_string(spec.groups) + " does not divide ci and co");
    }
    if (spec.groups != 1 && (spec.op == Op::gemm || spec.op == Op::pool2d)) {
        refuse(spec, "this op has no groups");
    }
}

void check_windows(const KernelSpec &spec) {
    if (spec.pool.has_value() != (spec.op == Op::conv2d_pool2d)) {
        refuse(spec, spec.pool ? "this op has no second window" : "the window of its pooling is missing");
    }
    if (spec.op == Op::gemm && (spec.h != 1 || spec.w != 1 || spec.window != Window{})) {
        refuse(spec, "a gemm has neither height, width nor window");
    }
    if (spec.op == Op::pool2d && spec.ci != spec.co) {
        refuse(spec, "a pool2d has as many output channels as input channels");
    }
    check_window(spec, spec.pool ? "the convolution" : "the window", spec.window, {spec.h, spec.w});
    if (spec.pool) {
        check_window(spec, "the pooling", *spec.pool, spec.window_output());
        // A fused kernel unrolls its window.
        if (spec.pool->dilation != Extent2{} || spec.pool->kernel.h * spec.pool->kernel.w > 64) {
            refuse(spec, "a fused pooling has a dilation of 1x1 and at most 64 elements");
        }
    }
}

void check_epilogue(const KernelSpec &spec) {
    const auto count = [&](Function function) {
        return std::count_if(spec.epilogue.begin(), spec.epilogue.end(),
                             [=](const Call &call) { return call.function == function; });
    };
    for (Function function : {Function::bias, Function::relu, Function::add, Function::prelu}) {
        if (count(function) > 1) {
            refuse(spec, "a step of the epilogue stands twice");
        }
    }
    if (spec.op == Op::pool2d &&
        (spec.has(Function::bias) || spec.has(Function::add) || spec.has(Function::prelu))) {
        refuse(spec, "a pool2d has no bias");
    }
    for (std::size_t i = 0; i < spec.epilogue.size(); ++i) {
        const Function function = spec.epilogue[i].function;
        if (argument_count(function) != 1 && function != Function::add && function != Function::prelu) {
            refuse(spec, std::string(to_text(function)) + " is no step of an epilogue");
        }
        if (function == Function::bias && i != 0) {
            refuse(spec, "the bias is the first step of an epilogue");
        }
    }
    if (spec.has(Function::add)) {
        if (spec.op == Op::conv2d_pool2d) {
            refuse(spec, "a fused pooling adds no tensor");
        }
        check_activation(spec, "add", spec.add, spec.output(), spec.co);
    } else if (spec.add != Operand{}) {
        refuse(spec, "its epilogue adds no tensor, yet one is described");
    }
}

// What a layer's src or dst must be where another layer computes or reads it.
Operand inner_operand(const KernelSpec &layer) {
    Operand operand;
    operand.order = layer.op == Op::gemm ? DimOrder::nc : DimOrder::nhwc;
    return operand;
}

/// Refuses a layer that cannot read what the one before it computes.
void check_follows(const KernelSpec &spec, std::size_t i) {
    const KernelSpec &layer = spec.layers[i], &before = spec.layers[i - 1];
    const std::string name = "layer " + std::to_string(i);
    const Extent2 picture = before.output();
    const bool flattens = layer.op == Op::gemm && before.op != Op::gemm;
    const bool fits = flattens ? layer.ci == before.co * picture.h * picture.w
                               : layer.ci == before.co && layer.h == picture.h && layer.w == picture.w;
    if (!fits || (layer.op != Op::gemm && before.op == Op::gemm)) {
        refuse(spec, name + " does not read what the layer before it computes");
    }
    if (layer.src != inner_operand(layer) || before.dst != inner_operand(before)) {
        refuse(spec, name + " and the one before it hand over a plain nhwc or nc operand");
    }
}

void check_sequential(const KernelSpec &spec) {
    if (spec.layers.empty()) {
        refuse(spec, "a sequential has at least one layer");
    }
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        if (spec.layers[i].op == Op::sequential) {
            refuse(spec, "a layer of a sequential is no sequential");
        }
        spec.layers[i].validate();
        if (i > 0) {
            check_follows(spec, i);
        }
        if (spec.layers[i].has(Function::add) && spec.adding_layer() != i) {
            refuse(spec, "layer " + std::to_string(i) + " adds a tensor, and so does one before it");
        }
        if (spec.layers[i].n != spec.n) {
            refuse(spec, "layer " + std::to_string(i) + " has another n");
        }
    }
    if (spec != make_sequential(spec.layers)) {
        refuse(spec, "the operands and extents of a sequential are those of its first and last layer");
    }
}

}  // namespace

bool is_blocked(DimOrder order) {
    return order == DimOrder::ohwi16o || is_winograd(order);
}

bool is_planar(const Operand &operand, int64_t channels) {
    return operand.order == DimOrder::nchw || channels == 1;
}

Extent2 Window::output(int64_t h, int64_t w) const {
    return {output_extent(h, pad.top + pad.bottom, kernel.h, stride.h, dilation.h),
            output_extent(w, pad.left + pad.right, kernel.w, stride.w, dilation.w)};
}

int64_t byte_size(DataType type) {
    switch (type) {
    case DataType::f32:
    case DataType::i32:
        return 4;
    case DataType::i64:
        return 8;
    case DataType::u8:
    case DataType::boolean:
        return 1;
    case DataType::bf16:
    case DataType::f16:
        return 2;
    }
    INGOT_CHECK(false, "a type has no size");
    return 0;
}

bool is_float(DataType type) {
    return type == DataType::f32 || type == DataType::bf16 || type == DataType::f16;
}

DataType result_type(Function function, DataType argument) {
    switch (function) {
    case Function::to_f32:
        return DataType::f32;
    case Function::to_i64:
        return DataType::i64;
    case Function::to_bool:
    case Function::logical_not:
    case Function::less:
    case Function::less_equal:
    case Function::greater:
    case Function::greater_equal:
    case Function::equal:
    case Function::logical_and:
    case Function::logical_or:
    case Function::logical_xor:
        return DataType::boolean;
    default:
        return argument;
    }
}

bool is_tensor_op(Op op) {
    return op == Op::map || op == Op::reduce || op == Op::resample || op == Op::pad || op == Op::matmul;
}

bool KernelSpec::has(Function function) const {
    return std::any_of(epilogue.begin(), epilogue.end(),
                       [=](const Call &call) { return call.function == function; });
}

void KernelSpec::set_weights_order(DimOrder order) {
    weights.order = order;
    weights.type = is_winograd(order) ? DataType::f32 : weights.type;
}

std::optional<std::size_t> KernelSpec::adding_layer() const {
    const std::size_t count = std::max<std::size_t>(layers.size(), 1);
    for (std::size_t i = 0; i < count; ++i) {
        if (layer(i).has(Function::add)) {
            return i;
        }
    }
    return std::nullopt;
}

KernelSpec make_sequential(std::vector<KernelSpec> layers) {
    KernelSpec spec;
    spec.op = Op::sequential;
    if (!layers.empty()) {
        const KernelSpec &first = layers.front(), &last = layers.back();
        spec.n = first.n, spec.h = first.h, spec.w = first.w, spec.ci = first.ci, spec.co = last.co;
        spec.src = first.src, spec.dst = last.dst;
    }
    spec.layers = std::move(layers);
    return spec;
}

Extent2 KernelSpec::output() const {
    if (op == Op::sequential) {
        return layers.back().output();
    }
    const Extent2 out = window_output();
    return pool ? pool->output(out.h, out.w) : out;
}

double KernelSpec::flops() const {
    if (is_tensor_op(op)) {
        return tensor_flops(*this);
    }
    if (op == Op::sequential) {
        return std::accumulate(layers.begin(), layers.end(), 0.0,
                               [](double sum, const KernelSpec &layer) { return sum + layer.flops(); });
    }
    Extent2 computed = window_output();
    if (pool) {
        const Extent2 out = output();
        computed = {
            elements_read(computed.h, out.h, pool->kernel.h, pool->stride.h, pool->dilation.h, pool->pad.top),
            elements_read(computed.w, out.w, pool->kernel.w, pool->stride.w, pool->dilation.w, pool->pad.left)};
    }
    const double results = static_cast<double>(n) * static_cast<double>(computed.h) *
                           static_cast<double>(computed.w) * static_cast<double>(co);
    const double window_taps = static_cast<double>(window.kernel.h) * static_cast<double>(window.kernel.w);
    const int64_t channels = ci / groups;
    return op == Op::pool2d ? results * window_taps : 2 * results * window_taps * static_cast<double>(channels);
}

void KernelSpec::validate() const {
    if (op == Op::sequential) {
        check_sequential(*this);
        return;
    }
    if (!layers.empty()) {
        refuse(*this, "only a sequential has layers");
    }
    if (is_tensor_op(op)) {
        validate_tensor(*this);
        return;
    }
    check_range(*this, "n", n, 1);
    check_range(*this, "h", h, 1);
    check_range(*this, "w", w, 1);
    check_range(*this, "ci", ci, 1);
    check_range(*this, "co", co, 1);
    check_groups(*this);
    check_windows(*this);
    check_activation(*this, "src", src, {h, w}, ci);
    check_weights(*this);
    check_activation(*this, "dst", dst, output(), co);
    check_epilogue(*this);
}

}  // namespace ingot
