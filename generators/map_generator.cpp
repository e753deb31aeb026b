// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/elementwise.h"
#include "generators/kernel_generator.h"
#include "generators/tensor_views.h"
#include "schedules/map/stages.h"

namespace ingot {

/// Answers map: dst(p) = expression(src0(p), src1(p), ...).
class MapGenerator : public KernelGenerator<MapGenerator> {
public:
    void generate() {
        constrain_inputs();
        MapStages stages{spec, dim_vars(spec), {}, Halide::Func("out")};
        const View &dst_view = spec.views.back();
        std::vector<Halide::Expr> elements;
        for (std::size_t i = 0; i + 1 < spec.views.size(); ++i) {
            const View &view = spec.views[i];
            stages.sources.push_back(read_view("x" + std::to_string(i), view, source(i), stages.dims));
            elements.push_back(element_at(stages.sources[i], view, position_in(dst_view, stages.dims)));
        }
        stages.out(along_view(dst_view, stages.dims)) =
            Halide::cast(halide_type(dst_view.type), evaluate_expression(spec.expression, elements));
        define_dst(stages.out);
        apply_schedule(map_schedules(), choice, stages, *level);
    }
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::MapGenerator, map)
