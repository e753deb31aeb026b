// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_generator.h"
#include "generators/tensor_views.h"
#include "schedules/pad/stages.h"

namespace ingot {

using namespace Halide;

/// Answers pad: dst(p) = src(p - before) inside src, the constant around it.
///
/// What is around is cut into boxes, two at most for each dimension: before and behind src along it, as wide as src
/// along the dimensions outside of it, as dst along those inside. So each element is written once, and no loop asks
/// where it is.
class PadGenerator : public KernelGenerator<PadGenerator> {
public:
    void generate() {
        constrain_inputs();
        const Type type = halide_type(spec.views[1].type);
        const std::vector<Var> dims = dim_vars(spec);
        stages_ = {spec, {}, Func("out")};
        stages_.out(along_view(spec.views[1], dims)) = undef(type);

        const Func src_read = read_view("x0", spec.views[0], source(0), dims);
        add_box(spec.before, spec.inside, [&](std::vector<Expr> position) {
            for (std::size_t i = 0; i < position.size(); ++i) {
                position[i] -= static_cast<int>(spec.before[i]);
            }
            return cast(type, element_at(src_read, spec.views[0], position));
        });
        const Expr constant = cast(type, Expr(spec.value));
        for (std::size_t i = 0; i < dims.size(); ++i) {
            add_border(i, 0, spec.before[i], constant);
            add_border(i, spec.before[i] + spec.inside[i], spec.dims[i], constant);
        }
        define_dst(stages_.out);
        apply_schedule(pad_schedules(), choice, stages_, *level);
    }

private:
    /// The box from `begin` to `end` along a dimension.
    void add_border(std::size_t dim, int64_t begin, int64_t end, const Expr &constant) {
        if (begin == end) {
            return;
        }
        std::vector<int64_t> first = spec.before, extents = spec.inside;
        for (std::size_t i = dim; i < first.size(); ++i) {
            first[i] = i == dim ? begin : 0;
            extents[i] = i == dim ? end - begin : spec.dims[i];
        }
        add_box(first, extents, [&](const std::vector<Expr> &) { return constant; });
    }

    template<typename Element>
    void add_box(const std::vector<int64_t> &first, const std::vector<int64_t> &extents, const Element &element) {
        const RDom box(ranges_of(extents), "box" + std::to_string(stages_.boxes.size()));
        std::vector<Expr> position(first.size());
        for (std::size_t i = 0; i < first.size(); ++i) {
            position[i] = box[static_cast<int>(first.size() - 1 - i)] + static_cast<int>(first[i]);
        }
        stages_.out(along_view(spec.views[1], position)) = element(position);
        stages_.boxes.push_back({extents, box});
    }

    PadStages stages_;
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::PadGenerator, pad)
