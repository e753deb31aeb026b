// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_generator.h"
#include "schedules/pool2d/stages.h"

namespace ingot {

using Halide::Var;

/// Answers pool2d: dst(c, x, y, n) = epilogue(of src(c, x * sw + i * dw - left, y * sh + j * dh - top, n) over all
/// i and j, the maximum of those inside the picture, or their sum by their number, or by that of all).
class Pool2dGenerator : public KernelGenerator<Pool2dGenerator> {
public:
    void generate() {
        constrain_inputs();
        const Window &window = spec.window;
        Var c("c"), x("x"), y("y"), n("n");
        Halide::RDom r(0, narrow(window.kernel.w), 0, narrow(window.kernel.h), "r");
        Func src_read("src_padded"), pool("pool"), out("out");
        const bool is_max = spec.mode == PoolMode::max;
        const Expr fill = is_max ? halide_type(spec.dst.type).min() : Expr(0.0f);
        define_src(src_read, {c, x, y, n}, fill);
        const Expr column = x * narrow(window.stride.w) + r.x * narrow(window.dilation.w) - narrow(window.pad.left);
        const Expr row = y * narrow(window.stride.h) + r.y * narrow(window.dilation.h) - narrow(window.pad.top);
        const Expr element = src_read(c, column, row, n);
        pool(c, x, y, n) = fill;
        pool(c, x, y, n) = is_max ? Halide::max(pool(c, x, y, n), element) : pool(c, x, y, n) + element;
        out(c, x, y, n) = epilogue(is_max ? pool(c, x, y, n) : average(pool(c, x, y, n), x, y), {c, x, y, n});
        define_dst(out);
        Pool2dStages stages{spec, c, x, y, n, r, src_read, pool, out};
        apply_schedule(pool2d_schedules(), choice, stages, *level);
    }

private:
    static int narrow(int64_t value) { return static_cast<int>(value); }

    /// src with `fill` beside the picture: by a condition, or, where a vector of columns is loaded at a time, as a
    /// copy, `fill` everywhere and then the picture's columns in its middle.
    void define_src(Func &read, const std::vector<Var> &vars, const Expr &fill) const {
        const Var &c = vars[0], &x = vars[1], &y = vars[2], &n = vars[3];
        const int right = narrow(spec.w) - 1, bottom = narrow(spec.h) - 1;
        if (!spec.window.pad.any()) {
            read(vars) = (*src)(c, x, y, n);
        } else if (level->device == Device::cpu && is_planar(spec.src, spec.ci)) {
            Halide::RDom p(0, narrow(spec.w), "p");
            const Expr nearest = Halide::clamp(y, 0, bottom);
            read(vars) = fill;
            read(c, p, y, n) = Halide::select(nearest == y, (*src)(c, p, nearest, n), fill);
        } else {
            const Expr is_inside = x >= 0 && x <= right && y >= 0 && y <= bottom;
            const Expr nearest = (*src)(c, Halide::clamp(x, 0, right), Halide::clamp(y, 0, bottom), n);
            read(vars) = Halide::select(is_inside, nearest, fill);
        }
    }

    [[nodiscard]] Expr average(const Expr &sum, const Var &x, const Var &y) const {
        const Window &window = spec.window;
        const int64_t taps = window.kernel.h * window.kernel.w;
        if (spec.mode == PoolMode::average_padded || !window.pad.any()) {
            return sum * (1.0f / static_cast<float>(taps));
        }
        const Expr columns = taps_inside(x, window.kernel.w, window.stride.w, window.dilation.w, window.pad.left,
                                         window.pad.right, spec.w);
        const Expr rows = taps_inside(y, window.kernel.h, window.stride.h, window.dilation.h, window.pad.top,
                                      window.pad.bottom, spec.h);
        return sum / Halide::cast<float>(columns * rows);
    }

    /// How many of the taps i from 0 to kernel - 1 have 0 <= at * stride - before + i * dilation < extent.
    static Expr taps_inside(const Var &at, int64_t kernel, int64_t stride, int64_t dilation, int64_t before,
                            int64_t after, int64_t extent) {
        if (before + after == 0) {
            return narrow(kernel);
        }
        const Expr first = at * narrow(stride) - narrow(before);
        const Expr outside = Halide::max(narrow(dilation) - 1 - first, 0) / narrow(dilation);
        const Expr behind = (narrow(extent - 1) - first) / narrow(dilation) + 1;
        return Halide::min(behind, narrow(kernel)) - outside;
    }
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::Pool2dGenerator, pool2d)
