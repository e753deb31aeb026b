// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_generator.h"
#include "generators/tensor_views.h"
#include "schedules/resample/stages.h"

namespace ingot {

using namespace Halide;

/// Answers resample: dst(p) = sum over t of weights(t, i) * src(p with index(t, i) in the place of i), where i is
/// p's entry along the axis; of one tap the element as it is.
class ResampleGenerator : public KernelGenerator<ResampleGenerator> {
public:
    void generate() {
        constrain_inputs();
        const View &src_view = spec.views[0], &dst_view = spec.views[1];
        ResampleStages stages{spec, dim_vars(spec), {}, {}, Func("out")};
        const auto axis = static_cast<std::size_t>(spec.axis);
        const Func src_read = read_view("x0", src_view, source(0), stages.dims);
        const Func index(*layer_constant("index"));
        const std::vector<Var> arguments = along_view(dst_view, stages.dims);
        std::vector<Expr> position = position_in(dst_view, stages.dims);
        const Expr result = position[axis];
        const auto element = [&](const Expr &tap) {
            position[axis] = unsafe_promise_clamped(index(result, tap), 0, static_cast<int>(spec.extent) - 1);
            return element_at(src_read, src_view, position);
        };
        if (spec.taps == 1) {
            stages.out(arguments) = cast(halide_type(dst_view.type), element(0));
        } else {
            stages.taps = RDom(0, static_cast<int>(spec.taps), "taps");
            stages.sum = Func("sum");
            stages.sum(arguments) = 0.0f;
            stages.sum(arguments) += (*weights)(result, stages.taps) * cast<float>(element(stages.taps));
            stages.out(arguments) = cast(halide_type(dst_view.type), stages.sum(arguments));
        }
        define_dst(stages.out);
        apply_schedule(resample_schedules(), choice, stages, *level);
    }
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::ResampleGenerator, resample)
