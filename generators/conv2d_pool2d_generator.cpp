// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/convolution.h"
#include "generators/kernel_generator.h"
#include "schedules/conv2d_pool2d/stages.h"

namespace ingot {

/// Answers conv2d_pool2d: dst(c, x, y, n) = epilogue(max over i, j of conv(c, x * sw + i - left, y * sh + j - top,
/// n)).
///
/// Where every epilogue step is monotone, the maximum of the sums is the sum that the maximum of the results comes
/// from: the epilogue is applied once per pooled element, else once per sum. Padding adds nothing to a window.
class Conv2dPool2dGenerator : public KernelGenerator<Conv2dPool2dGenerator> {
public:
    void generate() {
        constrain_inputs();
        ConvolutionStages stages = make_convolution(operands());
        stages.out(stages.c, stages.x, stages.y, stages.n) =
            is_monotone(spec.epilogue) ? epilogue(maximum(stages), {stages.c}) : maximum(stages);
        define_dst(stages.out);
        apply_schedule(conv2d_pool2d_schedules(), choice, stages, *level);
    }

private:
    Halide::Expr maximum(const ConvolutionStages &stages) const {
        const Window &pool = *spec.pool;
        const Extent2 picture = spec.window_output();
        Halide::Expr result;
        for (int j = 0; j < pool.kernel.h; ++j) {
            for (int i = 0; i < pool.kernel.w; ++i) {
                const Position column = at(stages.x, i, pool.stride.w, pool.pad.left, pool.pad.right, picture.w);
                const Position row = at(stages.y, j, pool.stride.h, pool.pad.top, pool.pad.bottom, picture.h);
                const Halide::Expr value = read(stages, column, row);
                result = result.defined() ? Halide::max(result, value) : value;
            }
        }
        return result;
    }

    /// A row or column under a tap of the pool, and that it is one of the picture's; undefined where it always is.
    struct Position {
        Halide::Expr value, nearest, is_inside;
    };

    static Position at(const Halide::Var &v, int tap, int64_t stride, int64_t before, int64_t after,
                       int64_t extent) {
        const Halide::Expr position = v * static_cast<int>(stride) + tap - static_cast<int>(before);
        const int last = static_cast<int>(extent) - 1;
        return before + after == 0
                   ? Position{position, position, {}}
                   : Position{position, Halide::clamp(position, 0, last), position >= 0 && position <= last};
    }

    /// On the CPU padding repeats the edge. On CUDA, where a result that a clamp chooses would not stay in a
    /// register, a result outside the picture is computed and left out.
    [[nodiscard]] Halide::Expr read(const ConvolutionStages &stages, const Position &column,
                                    const Position &row) const {
        const auto result = [&](const Halide::Expr &x, const Halide::Expr &y) {
            const Halide::Expr sum = stages.conv(stages.c, x, y, stages.n);
            return is_monotone(spec.epilogue) ? sum : epilogue(sum, {stages.c});
        };
        if (level->device == Device::cpu) {
            return result(column.nearest, row.nearest);
        }
        Halide::Expr value = result(column.value, row.value);
        for (const Halide::Expr &is_inside : {column.is_inside, row.is_inside}) {
            value = is_inside.defined() ? Halide::select(is_inside, value, value.type().min()) : value;
        }
        return value;
    }
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::Conv2dPool2dGenerator, conv2d_pool2d)
