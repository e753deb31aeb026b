// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_generator.h"
#include "generators/tensor_views.h"
#include "schedules/matmul/stages.h"

namespace ingot {

using namespace Halide;

/// Answers matmul: dst(..., m, n) = sum over k of a(..., m, k) * b(..., k, n).
class MatmulGenerator : public KernelGenerator<MatmulGenerator> {
public:
    void generate() {
        constrain_inputs();
        const View &dst_view = spec.views[2];
        MatmulStages stages{spec,        dim_vars(spec), RDom(0, static_cast<int>(spec.dims.back()), "k"), {}, {},
                            Func("sum"), Func("out")};
        stages.a = read_view("a", spec.views[0], source(0), stages.dims);
        stages.b = read_view("b", spec.views[1], source(1), stages.dims);
        std::vector<Expr> position = position_in(dst_view, stages.dims);
        position.back() = stages.k;
        const Type type = halide_type(dst_view.type);
        const std::vector<Var> arguments = along_view(dst_view, stages.dims);
        stages.sum(arguments) = Internal::make_zero(type);
        stages.sum(arguments) += cast(type, element_at(stages.a, spec.views[0], position)) *
                                 cast(type, element_at(stages.b, spec.views[1], position));
        stages.out(arguments) = stages.sum(arguments);
        define_dst(stages.out);
        apply_schedule(matmul_schedules(), choice, stages, *level);
    }
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::MatmulGenerator, matmul)
