// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_generator.h"
#include "generators/winograd.h"
#include "schedules/conv2d_winograd/stages.h"
#include "spec/winograd.h"

namespace ingot {

/// Answers conv2d of 3x3 filters: dst(c, x, y, n) = epilogue(result(c, x % 2, y % 2, tile of (x, y), n)); see
/// winograd.h.
class Conv2dWinogradGenerator : public KernelGenerator<Conv2dWinogradGenerator> {
public:
    void generate() {
        constrain_inputs();
        WinogradStages stages = make_winograd(operands());
        const Halide::Var &c = stages.c, &x = stages.x, &y = stages.y, &n = stages.n;
        const int m = winograd_2x2_3x3().results();
        const int width = static_cast<int>(winograd_tiles(spec).w);
        stages.out(c, x, y, n) = epilogue(stages.result(c, x % m, y % m, y / m * width + x / m, n), {c, x, y, n});
        define_dst(stages.out);
        apply_schedule(conv2d_winograd_schedules(), choice, stages, *level);
    }
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::Conv2dWinogradGenerator, conv2d_winograd)
