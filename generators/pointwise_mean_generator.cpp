// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/convolution.h"
#include "generators/kernel_generator.h"
#include "schedules/pointwise_mean/stages.h"

namespace ingot {

/// Answers sequential where its layers are a 1 x 1 conv2d and the average over its picture of h by w:
///
///     value(c, x, y, n) = epilogue0(bias(c) + sum over ci of weights(c, ci) * src(ci, x, y, n))
///     row(c, y, n)      = sum over x of value(c, x, y, n)
///     dst(c, 0, 0, n)   = epilogue1(1 / (h * w) * sum over y of row(c, y, n))
///
/// The convolution's sums are those of its kernel by itself, in the same order; see convolution.h.
class PointwiseMeanGenerator : public KernelGenerator<PointwiseMeanGenerator> {
public:
    void generate() {
        constrain_inputs();
        const KernelSpec &mean = spec.layers[1];
        const int w = static_cast<int>(mean.w), h = static_cast<int>(mean.h);
        Halide::Var c("c"), x("x"), y("y"), n("n");
        PointwiseMeanStages stages{spec,
                                   convolution_layer(0, Halide::Func(*src)),
                                   c,
                                   x,
                                   y,
                                   n,
                                   Halide::RDom(0, w, "columns"),
                                   Halide::RDom(0, h, "rows"),
                                   Halide::Func("row"),
                                   Halide::Func("sum"),
                                   Halide::Func("mean")};
        stages.row(c, y, n) = 0.0f;
        stages.row(c, y, n) += stages.pointwise.out(c, stages.columns, y, n);
        stages.sum(c, n) = 0.0f;
        stages.sum(c, n) += stages.row(c, stages.rows, n);
        const Halide::Expr average = stages.sum(c, n) * (1.0f / static_cast<float>(mean.h * mean.w));
        stages.out(c, x, y, n) = apply_epilogue(mean, {}, average, {c, x, y, n});
        define_dst(stages.out);
        apply_schedule(pointwise_mean_schedules(), choice, stages, *level);
    }
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::PointwiseMeanGenerator, pointwise_mean)
