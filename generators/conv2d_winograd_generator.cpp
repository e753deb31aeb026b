// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_generator.h"
#include "generators/winograd.h"
#include "schedules/conv2d_winograd/stages.h"
#include "spec/winograd.h"

namespace ingot {

/// Answers conv2d of 3x3 filters by tiles of m x m: dst(c, x, y, n) = epilogue(result(c, x % m, y % m, tile of
/// (x, y), n)); see winograd.h.
template<const std::vector<Schedule<WinogradStages>> &(*schedules)()>
class Conv2dWinogradGenerator : public KernelGenerator<Conv2dWinogradGenerator<schedules>> {
public:
    void generate() {
        this->constrain_inputs();
        WinogradStages stages = make_winograd(this->operands());
        const Halide::Var &c = stages.c, &x = stages.x, &y = stages.y, &n = stages.n;
        const int m = winograd_step(stages.spec, stages.spec.weights.order);
        const int width = static_cast<int>(winograd_tiles(stages.spec, stages.spec.weights.order).w);
        const Halide::Expr result = stages.result(c, x % m, y % m, y / m * width + x / m, n);
        stages.out(c, x, y, n) = this->epilogue(result, {c, x, y, n});
        this->define_dst(stages.out);
        apply_schedule(schedules(), this->choice, stages, *this->level);
    }
};

using Conv2dWinograd2Generator = Conv2dWinogradGenerator<conv2d_winograd_schedules>;
using Conv2dWinograd4Generator = Conv2dWinogradGenerator<conv2d_winograd4_schedules>;

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::Conv2dWinograd2Generator, conv2d_winograd)
HALIDE_REGISTER_GENERATOR(ingot::Conv2dWinograd4Generator, conv2d_winograd4)
