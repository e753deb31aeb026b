// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/buffer_dims.h"
#include "spec/error.h"
#include "spec/tensor_spec.h"
#include "spec/winograd.h"
#include <cstdlib>
#include <utility>

namespace ingot {

namespace {

KernelBuffer dense(std::string name, DataType type, const std::vector<int64_t> &extents) {
    KernelBuffer buffer{std::move(name), type, {}, 1, 0};
    for (int64_t extent : extents) {
        buffer.dims.push_back({0, extent, buffer.elements});
        buffer.elements *= extent;
    }
    return buffer;
}

KernelBuffer weights_buffer(const KernelSpec &spec, const std::string &name) {
    const int64_t ci = spec.ci / spec.groups;
    const Extent2 k = spec.window.kernel;
    switch (spec.weights.order) {
    case DimOrder::oihw:
        return dense(name, spec.weights.type, {k.w, k.h, ci, spec.co});
    case DimOrder::ohwi16o:
        return dense(name, spec.weights.type,
                     {channel_block, ci, k.w, k.h, round_up(spec.co, channel_block) / channel_block});
    case DimOrder::winograd2:
    case DimOrder::winograd4: {
        const int64_t frequencies = winograd_matrices(spec.weights.order).frequencies();
        return dense(
            name, spec.weights.type,
            {channel_block, ci, frequencies, frequencies, round_up(spec.co, channel_block) / channel_block});
    }
    case DimOrder::oi:
        return dense(name, spec.weights.type, {spec.ci, spec.co});
    default:
        break;
    }
    INGOT_CHECK(false, "not an order of weights: " + std::string(to_text(spec.weights.order)));
    return {};
}

void add_constants(const KernelSpec &spec, const std::string &layer, std::vector<KernelBuffer> &buffers) {
    if (spec.has_weights()) {
        buffers.push_back(weights_buffer(spec, "weights" + layer));
    }
    const int64_t co = is_blocked(spec.weights.order) ? round_up(spec.co, channel_block) : spec.co;
    if (spec.has(Function::bias)) {
        buffers.push_back(dense("bias" + layer, DataType::f32, {co}));
    }
    if (spec.has(Function::prelu)) {
        buffers.push_back(dense("slope" + layer, DataType::f32, {co}));
    }
}

/// The buffer of a view: its dims innermost first, those that dst is reduced over left out.
KernelBuffer view_buffer(const KernelSpec &spec, std::size_t index) {
    const bool is_dst = index + 1 == spec.views.size();
    const View &view = spec.views[index];
    const std::vector<int64_t> extents = view_extents(spec, index);
    KernelBuffer buffer{is_dst ? "dst" : "src" + std::to_string(index), view.type, {}, 1, 0};
    for (std::size_t i = extents.size(); i-- > 0;) {
        const int64_t reach = (extents[i] - 1) * view.strides[i];
        buffer.elements += std::abs(reach);
        buffer.origin += reach < 0 ? -reach : 0;
        if (!is_dst || !is_reduced(spec, i)) {
            buffer.dims.push_back({0, extents[i], view.strides[i]});
        }
    }
    return buffer;
}

std::vector<KernelBuffer> view_buffers(const KernelSpec &spec) {
    std::vector<KernelBuffer> buffers;
    for (std::size_t i = 0; i + 1 < spec.views.size(); ++i) {
        buffers.push_back(view_buffer(spec, i));
    }
    if (spec.op == Op::resample) {
        const int64_t results = spec.dims[static_cast<std::size_t>(spec.axis)];
        buffers.push_back(dense("index", DataType::i32, {results, spec.taps}));
        if (spec.taps > 1) {
            buffers.push_back(dense("weights", DataType::f32, {results, spec.taps}));
        }
    }
    buffers.push_back(view_buffer(spec, spec.views.size() - 1));
    return buffers;
}

}  // namespace

int64_t KernelBuffer::offset(const std::vector<int64_t> &position) const {
    INGOT_CHECK(position.size() == dims.size(), name + ": rank of the position");
    int64_t result = origin;
    for (std::size_t i = 0; i < dims.size(); ++i) {
        result += (position[i] - dims[i].min) * dims[i].stride;
    }
    return result;
}

KernelBuffer tensor_buffer(std::string name, const Operand &operand, int64_t n, int64_t c, int64_t h, int64_t w,
                           bool with_halo) {
    const Pad2 halo = operand.halo;
    const int64_t height = h + halo.top + halo.bottom;
    const int64_t width = w + halo.left + halo.right;
    int64_t sn = c * height * width, sc = 1, sh = width * c, sw = c;
    if (operand.order == DimOrder::nchw) {
        sc = height * width, sh = width, sw = 1;
    }
    if (operand.strides) {
        sn = (*operand.strides)[0], sc = (*operand.strides)[1], sh = (*operand.strides)[2],
        sw = (*operand.strides)[3];
    }
    KernelBuffer buffer{std::move(name), operand.type, {}, 0, 0};
    buffer.elements = (n - 1) * sn + (c - 1) * sc + (height - 1) * sh + (width - 1) * sw + 1;
    if (operand.order == DimOrder::nc) {
        buffer.dims = {{0, c, sc}, {0, n, sn}};
    } else if (with_halo) {
        buffer.dims = {{0, c, sc}, {-halo.left, width, sw}, {-halo.top, height, sh}, {0, n, sn}};
    } else {
        buffer.dims = {{0, c, sc}, {0, w, sw}, {0, h, sh}, {0, n, sn}};
        buffer.origin = halo.top * sh + halo.left * sw;
    }
    return buffer;
}

std::vector<KernelBuffer> kernel_buffers(const KernelSpec &spec) {
    if (is_tensor_op(spec.op)) {
        return view_buffers(spec);
    }
    std::vector<KernelBuffer> buffers;
    buffers.push_back(tensor_buffer("src", spec.src, spec.n, spec.ci, spec.h, spec.w, true));
    if (spec.op == Op::sequential) {
        for (std::size_t i = 0; i < spec.layers.size(); ++i) {
            add_constants(spec.layers[i], std::to_string(i), buffers);
        }
    } else {
        add_constants(spec, "", buffers);
    }
    if (const std::optional<std::size_t> adding = spec.adding_layer()) {
        const KernelSpec &layer = spec.layer(*adding);
        const Extent2 sum = layer.output();
        buffers.push_back(tensor_buffer("add", layer.add, layer.n, layer.co, sum.h, sum.w, false));
    }
    const Extent2 out = spec.output();
    buffers.push_back(tensor_buffer("dst", spec.dst, spec.n, spec.co, out.h, out.w, false));
    return buffers;
}

}  // namespace ingot
