// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_generator.h"
#include "schedules/gemm/stages.h"

namespace ingot {

/// Answers gemm: dst(c, n) = epilogue(bias(c) + sum over i of weights(i, c) * src(i, n)).
class GemmGenerator : public KernelGenerator<GemmGenerator> {
public:
    void generate() {
        constrain_inputs();
        Halide::Var c("c"), n("n");
        Halide::RDom r(0, static_cast<int>(spec.ci), "r");
        Halide::Func sum("sum"), out("out");
        sum(c, n) = bias ? Halide::Expr((*bias)(c)) : Halide::Expr(0.0f);
        sum(c, n) += (*weights)(r.x, c) * (*src)(r.x, n);
        out(c, n) = apply_epilogue(spec, sum(c, n));
        define_dst(out);
        GemmStages stages{spec, c, n, r, sum, out};
        apply_schedule(gemm_schedules(), choice, stages, *level);
    }
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::GemmGenerator, gemm)
