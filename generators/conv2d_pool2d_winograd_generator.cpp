// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_generator.h"
#include "generators/winograd.h"
#include "schedules/conv2d_pool2d_winograd/stages.h"
#include "spec/winograd.h"

namespace ingot {

/// Answers conv2d_pool2d of 3x3 filters and 2x2 windows side by side: a tile is a window,
/// dst(c, x, y, n) = epilogue(max over i, j of result(c, i, j, tile (x, y), n)); see winograd.h. An epilogue that
/// is not monotone is applied before the maximum.
class Conv2dPool2dWinogradGenerator : public KernelGenerator<Conv2dPool2dWinogradGenerator> {
public:
    void generate() {
        constrain_inputs();
        WinogradStages stages = make_winograd(operands());
        const Halide::Var &c = stages.c, &x = stages.x, &y = stages.y, &n = stages.n;
        const int m = winograd_2x2_3x3().results();
        const Halide::Expr tile = y * static_cast<int>(winograd_tiles(spec).w) + x;
        Halide::Expr largest;
        for (int j = 0; j < m; ++j) {
            for (int i = 0; i < m; ++i) {
                const Halide::Expr sum = stages.result(c, i, j, tile, n);
                const Halide::Expr value = is_monotone(spec.epilogue) ? sum : epilogue(sum, {c});
                largest = largest.defined() ? Halide::max(largest, value) : value;
            }
        }
        stages.out(c, x, y, n) = is_monotone(spec.epilogue) ? epilogue(largest, {c}) : largest;
        define_dst(stages.out);
        apply_schedule(conv2d_pool2d_winograd_schedules(), choice, stages, *level);
    }
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::Conv2dPool2dWinogradGenerator, conv2d_pool2d_winograd)
