// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_generator.h"
#include "schedules/pool2d/stages.h"

namespace ingot {

/// Answers pool2d: dst(c, x, y, n) = epilogue(max over i, j of src(c, x * sw + i * dw - left, y * sh + j * dh -
/// top, n)), taken over the elements inside the picture.
class Pool2dGenerator : public KernelGenerator<Pool2dGenerator> {
public:
    void generate() {
        constrain_inputs();
        const Window &window = spec.window;
        Halide::Var c("c"), x("x"), y("y"), n("n");
        Halide::RDom r(0, static_cast<int>(window.kernel.w), 0, static_cast<int>(window.kernel.h), "r");
        Halide::Func pool("pool"), out("out");

        const Halide::Expr column = x * static_cast<int>(window.stride.w) +
                                    r.x * static_cast<int>(window.dilation.w) - static_cast<int>(window.pad.left);
        const Halide::Expr row = y * static_cast<int>(window.stride.h) + r.y * static_cast<int>(window.dilation.h) -
                                 static_cast<int>(window.pad.top);
        pool(c, x, y, n) = halide_type(spec.dst.type).min();
        pool(c, x, y, n) = Halide::max(pool(c, x, y, n), read(c, column, row, n));
        out(c, x, y, n) = apply_epilogue(spec, pool(c, x, y, n));
        define_dst(out);
        Pool2dStages stages{spec, c, x, y, n, r, pool, out};
        apply_schedule(pool2d_schedules(), choice, stages, *level);
    }

private:
    Halide::Expr read(const Halide::Var &c, const Halide::Expr &column, const Halide::Expr &row,
                      const Halide::Var &n) const {
        if (!spec.window.pad.any()) {
            return (*src)(c, column, row, n);
        }
        const int right = static_cast<int>(spec.w) - 1, bottom = static_cast<int>(spec.h) - 1;
        const Halide::Expr is_inside = column >= 0 && column <= right && row >= 0 && row <= bottom;
        const Halide::Expr value = (*src)(c, Halide::clamp(column, 0, right), Halide::clamp(row, 0, bottom), n);
        return Halide::select(is_inside, value, value.type().min());
    }
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::Pool2dGenerator, pool2d)
