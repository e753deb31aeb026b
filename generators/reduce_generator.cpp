// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/elementwise.h"
#include "generators/kernel_generator.h"
#include "generators/tensor_views.h"
#include "schedules/reduce/stages.h"

namespace ingot {

using namespace Halide;

/// Answers reduce: with t(p) = expression(src0(p), src1(p), ...),
///
///     dst(p) = sum, product, maximum or minimum of t over the positions that differ from p in reduced dimensions,
///              the sum by their number, or where among them, counted in row-major order, t is the extreme
///
/// An index is the first, or the last, at which t is what the extreme is.
class ReduceGenerator : public KernelGenerator<ReduceGenerator> {
public:
    void generate() {
        constrain_inputs();
        const std::vector<Var> dims = dim_vars(spec);
        std::vector<int64_t> reduced;
        for (std::size_t i = 0; i < dims.size(); ++i) {
            if (is_reduced(spec, i)) {
                reduced.push_back(spec.dims[i]);
            }
        }
        const RDom r = reduced.empty() ? RDom() : RDom(ranges_of(reduced), "r");
        stages_ = {spec, dims, r, {}, Func("out")};
        kept_ = along_view(spec.views.back(), dims);
        const Expr term = term_at(position(dims, r));
        const Expr result = is_index() ? index_of_extreme(term, reduced) : total(term);
        stages_.out(kept_) = cast(halide_type(spec.views.back().type), finish(result, reduced));
        define_dst(stages_.out);
        apply_schedule(reduce_schedules(), choice, stages_, *level);
    }

private:
    [[nodiscard]] bool is_index() const { return spec.reduction >= Reduction::arg_max; }

    /// The kept dimensions at their variables, the reduced ones at those of r.
    [[nodiscard]] std::vector<Expr> position(const std::vector<Var> &dims, const RDom &r) const {
        std::vector<Expr> result(dims.size());
        int next = 0;
        for (std::size_t i = dims.size(); i-- > 0;) {
            result[i] = is_reduced(spec, i) ? Expr(r[next++]) : Expr(dims[i]);
        }
        return result;
    }

    [[nodiscard]] Expr term_at(const std::vector<Expr> &position) const {
        std::vector<Expr> elements;
        for (std::size_t i = 0; i + 1 < spec.views.size(); ++i) {
            const Func view = read_view("x" + std::to_string(i), spec.views[i], source(i), stages_.dims);
            elements.push_back(element_at(view, spec.views[i], position));
        }
        return evaluate_expression(spec.expression, elements);
    }

    /// initial combined with each of the terms.
    template<typename Combine>
    Expr reduce(const std::string &name, const Expr &initial, const Expr &term, const Combine &combine) {
        Func result(name);
        result(kept_) = initial;
        result(kept_) = combine(result(kept_), term);
        stages_.results.push_back(result);
        return result(kept_);
    }

    Expr total(const Expr &term) {
        const Type type = term.type();
        switch (spec.reduction) {
        case Reduction::product:
            return reduce("product", Internal::make_one(type), term,
                          [](const Expr &a, const Expr &b) { return a * b; });
        case Reduction::max:
            return maximum(term);
        case Reduction::min:
            return minimum(term);
        default:
            return reduce("sum", Internal::make_zero(type), term,
                          [](const Expr &a, const Expr &b) { return a + b; });
        }
    }

    Expr maximum(const Expr &term) {
        return reduce("maximum", term.type().min(), term, [](const Expr &a, const Expr &b) { return max(a, b); });
    }

    Expr minimum(const Expr &term) {
        return reduce("minimum", term.type().max(), term, [](const Expr &a, const Expr &b) { return min(a, b); });
    }

    Expr index_of_extreme(const Expr &term, const std::vector<int64_t> &reduced) {
        const bool is_max = spec.reduction == Reduction::arg_max || spec.reduction == Reduction::arg_max_last;
        const bool is_last = spec.reduction == Reduction::arg_max_last || spec.reduction == Reduction::arg_min_last;
        const Expr extreme = is_max ? maximum(term) : minimum(term);
        const Expr is_extreme = is_max ? term >= extreme : term <= extreme;
        Expr index = 0;
        int64_t count = 1;
        for (std::size_t i = 0; i < reduced.size(); ++i) {
            const std::size_t dim = reduced.size() - 1 - i;
            index += stages_.r[static_cast<int>(i)] * static_cast<int>(count);
            count *= reduced[dim];
        }
        const Expr none = is_last ? 0 : static_cast<int>(count - 1);  // of NaN alone
        const auto combine = [&](const Expr &a, const Expr &b) { return is_last ? max(a, b) : min(a, b); };
        return reduce("index", none, select(is_extreme, index, none), combine);
    }

    [[nodiscard]] Expr finish(const Expr &result, const std::vector<int64_t> &reduced) const {
        int64_t count = 1;
        for (const int64_t extent : reduced) {
            count *= extent;
        }
        if (spec.reduction != Reduction::mean) {
            return result;
        }
        return result.type().is_float() ? result * (1.0f / static_cast<float>(count))
                                        : div_round_to_zero(result, Internal::make_const(result.type(), count));
    }

    ReduceStages stages_;
    std::vector<Var> kept_;
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::ReduceGenerator, reduce)
