// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_generator.h"
#include "generators/winograd.h"
#include "schedules/conv2d_pool2d_winograd/stages.h"
#include "spec/winograd.h"

namespace ingot {

/// Answers conv2d_pool2d of 3x3 filters and 2x2 windows side by side: a tile is s x s windows,
/// dst(c, x, y, n) = epilogue(max over i, j of result(c, 2 (x % s) + i, 2 (y % s) + j, tile of (x, y), n)); see
/// winograd.h. An epilogue that is not monotone is applied before the maximum.
template<const std::vector<Schedule<WinogradStages>> &(*schedules)()>
class Conv2dPool2dWinogradGenerator : public KernelGenerator<Conv2dPool2dWinogradGenerator<schedules>> {
public:
    void generate() {
        this->constrain_inputs();
        WinogradStages stages = make_winograd(this->operands());
        const Halide::Var &c = stages.c, &x = stages.x, &y = stages.y, &n = stages.n;
        const int s = winograd_step(stages.spec, stages.spec.weights.order);
        const int width = static_cast<int>(winograd_tiles(stages.spec, stages.spec.weights.order).w);
        const bool is_rising = is_monotone(stages.spec.epilogue);
        Halide::Expr largest;
        for (int j = 0; j < 2; ++j) {
            for (int i = 0; i < 2; ++i) {
                const Halide::Expr sum = stages.result(c, x % s * 2 + i, y % s * 2 + j, y / s * width + x / s, n);
                const Halide::Expr value = is_rising ? sum : this->epilogue(sum, {c});
                largest = largest.defined() ? Halide::max(largest, value) : value;
            }
        }
        stages.out(c, x, y, n) = is_rising ? this->epilogue(largest, {c}) : largest;
        this->define_dst(stages.out);
        apply_schedule(schedules(), this->choice, stages, *this->level);
    }
};

using Conv2dPool2dWinograd2Generator = Conv2dPool2dWinogradGenerator<conv2d_pool2d_winograd_schedules>;
using Conv2dPool2dWinograd4Generator = Conv2dPool2dWinogradGenerator<conv2d_pool2d_winograd4_schedules>;

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::Conv2dPool2dWinograd2Generator, conv2d_pool2d_winograd)
HALIDE_REGISTER_GENERATOR(ingot::Conv2dPool2dWinograd4Generator, conv2d_pool2d_winograd4)
