// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/convolution.h"
#include "generators/widen.h"
#include "spec/buffer_dims.h"

namespace ingot {

using namespace Halide;

namespace {

int narrow(int64_t value) {
    return static_cast<int>(value);
}

Expr read_weights(const KernelOperands &operands, const Expr &c, const Expr &ci, const Expr &kx, const Expr &ky) {
    const Func &weights = operands.weights;
    const Operand &packed = operands.spec.weights;
    const int block = narrow(channel_block);
    return widen(packed.type, operands.target,
                 packed.order == DimOrder::ohwi16o ? weights(c % block, ci, kx, ky, c / block)
                                                   : weights(kx, ky, ci, c));
}

}  // namespace

void define_src(Func &src, const KernelOperands &operands, const std::vector<Var> &vars) {
    const KernelSpec &spec = operands.spec;
    const Func &picture = operands.src;
    const Var &c = vars[0], &x = vars[1], &y = vars[2], &n = vars[3];
    if (operands.target.device == Device::cuda) {
        // A tile of threads may reach beyond the last row or column.
        const int right = narrow(spec.w) - 1, bottom = narrow(spec.h) - 1;
        const Expr nearest = picture(c, clamp(x, 0, right), clamp(y, 0, bottom), n);
        const Expr is_inside = x >= 0 && x <= right && y >= 0 && y <= bottom;
        src(c, x, y, n) = spec.window.pad.any() ? select(is_inside, nearest, 0.0f) : nearest;
        return;
    }
    if (spec.src.halo.covers(spec.window.pad)) {
        src(c, x, y, n) = picture(c, x, y, n);
        return;
    }
    RDom p(0, narrow(spec.w), "p");
    const Expr row = clamp(y, 0, narrow(spec.h) - 1);
    src(c, x, y, n) = 0.0f;
    src(c, p, y, n) = select(row == y, picture(c, p, row, n), 0.0f);
}

ConvolutionStages convolution_operands(const KernelOperands &operands) {
    const KernelSpec &spec = operands.spec;
    ConvolutionStages stages{spec,
                             Var("c"),
                             Var("x"),
                             Var("y"),
                             Var("n"),
                             RDom(0, narrow(spec.ci / spec.groups), 0, narrow(spec.window.kernel.w), 0,
                                  narrow(spec.window.kernel.h), "r"),
                             Func("src_padded"),
                             Func("weights_read"),
                             Func("bias_read"),
                             Func("channel_read"),
                             Func("conv"),
                             Func("out")};
    const Var &c = stages.c;
    Var ci("ci"), kx("kx"), ky("ky");
    define_src(stages.src, operands, {c, stages.x, stages.y, stages.n});
    stages.weights(c, ci, kx, ky) = read_weights(operands, c, ci, kx, ky);
    stages.bias(c) = operands.bias.defined() ? Expr(operands.bias(c)) : Expr(0.0f);
    const int ci_per_group = narrow(spec.ci / spec.groups), co_per_group = narrow(spec.co / spec.groups);
    const Expr first = spec.groups == 1 ? Expr(0) : c / co_per_group * ci_per_group;
    stages.channel(c, ci, stages.x, stages.y, stages.n) = stages.src(first + ci, stages.x, stages.y, stages.n);
    return stages;
}

Expr convolution_term(const ConvolutionStages &stages, const Expr &x, const Expr &y) {
    const Window &window = stages.spec.window;
    const Var &c = stages.c;
    const RDom &r = stages.r;
    const Expr column = x * narrow(window.stride.w) + r.y * narrow(window.dilation.w) - narrow(window.pad.left);
    const Expr row = y * narrow(window.stride.h) + r.z * narrow(window.dilation.h) - narrow(window.pad.top);
    return stages.weights(c, r.x, r.y, r.z) * stages.channel(c, r.x, column, row, stages.n);
}

ConvolutionStages make_convolution(const KernelOperands &operands) {
    ConvolutionStages stages = convolution_operands(operands);
    const Var &c = stages.c, &x = stages.x, &y = stages.y, &n = stages.n;
    stages.conv(c, x, y, n) = stages.bias(c);
    stages.conv(c, x, y, n) += convolution_term(stages, x, y);
    return stages;
}

}  // namespace ingot
