// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_generator.h"
#include "generators/widen.h"
#include "schedules/gemm/stages.h"

namespace ingot {

/// Answers gemm: dst(c, n) = epilogue(bias(c) + sum over i of weights(i, c) * src(i, n)).
class GemmGenerator : public KernelGenerator<GemmGenerator> {
public:
    void generate() {
        constrain_inputs();
        Halide::Var c("c"), n("n");
        Halide::RDom r(0, static_cast<int>(spec.ci), "r");
        Halide::Func src_read("src_read"), weights_read("weights_read"), sum("sum"), out("out");
        Halide::Var i("i");
        // On CUDA a tile of images may reach beyond the last one.
        src_read(i, n) = (*src)(i, level->device == Device::cuda ? min(n, src->dim(1).extent() - 1) : n);
        const int block = static_cast<int>(channel_block);
        weights_read(c, i) = widen(
            spec.weights.type, *level,
            spec.weights.order == DimOrder::ohwi16o ? (*weights)(c % block, i, 0, 0, c / block) : (*weights)(i, c));
        sum(c, n) = bias ? Halide::Expr((*bias)(c)) : Halide::Expr(0.0f);
        sum(c, n) += weights_read(c, r.x) * src_read(r.x, n);
        out(c, n) = epilogue(sum(c, n), {c, n});
        define_dst(out);
        GemmStages stages{spec, c, n, r, src_read, weights_read, sum, out};
        apply_schedule(gemm_schedules(), choice, stages, *level);
    }
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::GemmGenerator, gemm)
