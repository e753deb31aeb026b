// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "reference/tensor_kernel.h"
#include "reference/elementwise.h"
#include "reference/tensor_ops.h"
#include "spec/error.h"
#include "spec/tensor_spec.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace ingot::reference {

namespace {

constexpr auto epsilon = static_cast<double>(std::numeric_limits<float>::epsilon());

void check_sources(const KernelSpec &spec, const std::vector<Tensor<double>> &sources) {
    INGOT_CHECK(sources.size() + 1 == spec.views.size(), "a tensor op without its sources");
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const std::vector<int64_t> extents = view_extents(spec, i), &shape = sources[i].shape;
        bool fits =
            shape.size() == extents.size() && static_cast<int64_t>(sources[i].data.size()) == product(shape);
        for (std::size_t d = 0; fits && d < extents.size(); ++d) {
            fits = shape[d] == extents[d] || (shape[d] == 1 && spec.views[i].strides[d] == 0);
        }
        INGOT_CHECK(fits, "a source of unexpected shape");
    }
}

/// The terms of map and reduce: the expression at a position of the dims; of matmul products, whose rounding counts
/// as one of the sum's.
class Terms {
public:
    Terms(const KernelSpec &spec, const std::vector<Tensor<double>> &sources)
        : spec_(spec), sources_(sources), operands_(sources.size()) {
        std::vector<DataType> types;
        for (std::size_t i = 0; i < sources.size(); ++i) {
            types.push_back(spec.views[i].type);
        }
        calls_ = call_types(spec.expression, types);
        type_ = spec.op == Op::matmul ? types.front() : expression_type(spec.expression, types);
    }

    [[nodiscard]] DataType type() const { return type_; }

    Estimate operator()(const std::vector<int64_t> &position) {
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            operands_[i] = sources_[i].data[broadcast_index(sources_[i].shape, position)];
        }
        return spec_.op == Op::matmul ? Estimate{operands_[0] * operands_[1], 0}
                                      : estimate_expression(spec_.expression, operands_, calls_);
    }

private:
    const KernelSpec &spec_;
    const std::vector<Tensor<double>> &sources_;
    std::vector<double> operands_;
    std::vector<DataType> calls_;
    DataType type_ = DataType::f32;
};

/// The error of reduced terms t with errors e, u = eps * (k + 1) of k terms:
///
///     sum         sum of e + u * (|t| + e)                    mean: that / k
///     product     (1 + u) * product of (|t| + e) - product of |t|
///     max, min    the largest e
double reduction_error(Reduction reduction, const std::vector<Estimate> &terms) {
    const double roundings = epsilon * static_cast<double>(terms.size() + 1);
    double errors = 0, largest = 0, bounds = 0, product_of_bounds = 1, product = 1;
    for (const Estimate &term : terms) {
        const double bound = std::abs(term.value) + term.error;
        errors += term.error;
        largest = std::max(largest, term.error);
        bounds += bound;
        product_of_bounds *= bound;
        product *= std::abs(term.value);
    }
    switch (reduction) {
    case Reduction::sum:
        return errors + roundings * bounds;
    case Reduction::mean:
        return (errors + roundings * bounds) / static_cast<double>(terms.size());
    case Reduction::product:
        return (1 + roundings) * product_of_bounds - product;
    case Reduction::max:
    case Reduction::min:
        return largest;
    default:
        return 0;
    }
}

Estimate reduce_estimates(Reduction reduction, const std::vector<Estimate> &terms, DataType type) {
    std::vector<double> values;
    for (const Estimate &term : terms) {
        values.push_back(term.value);
    }
    return {reduce_terms(reduction, values, type), reduction_error(reduction, terms)};
}

/// A map is a reduction of one term.
Bounded<double> run_terms(const KernelSpec &spec, const std::vector<Tensor<double>> &sources) {
    std::vector<int64_t> kept = spec.dims, reduced(spec.dims.size(), 1);
    for (std::size_t i = 0; i < spec.dims.size(); ++i) {
        if (is_reduced(spec, i)) {
            std::swap(kept[i], reduced[i]);
        }
    }
    const auto roundings = static_cast<double>(tensor_sum_length(spec) + 1);
    Terms terms(spec, sources);
    Bounded<double> result{{kept, {}}, {kept, {}}};
    for_each_position(kept, [&](const std::vector<int64_t> &outer) {
        std::vector<Estimate> estimates;
        for_each_position(reduced, [&](std::vector<int64_t> position) {
            for (std::size_t i = 0; i < position.size(); ++i) {
                position[i] += outer[i];
            }
            estimates.push_back(terms(position));
        });
        const Estimate estimate =
            spec.op == Op::map ? estimates.front() : reduce_estimates(spec.reduction, estimates, terms.type());
        result.value.data.push_back(estimate.value);
        result.magnitude.data.push_back(estimate.error / (epsilon * roundings));
    });
    return result;
}

Tensor<double> broadcast(const Tensor<double> &source, const std::vector<int64_t> &extents) {
    return source.shape == extents ? source : expand(source, extents);
}

Bounded<double> run_resample(const KernelSpec &spec, const Tensor<double> &src, const ResampleTables &tables) {
    const auto entries = static_cast<std::size_t>(spec.taps * spec.dims.at(static_cast<std::size_t>(spec.axis)));
    INGOT_CHECK(tables.index.size() == entries && tables.weights.size() == (spec.taps == 1 ? 0 : entries),
                "a resample without its tables");
    const auto resampled = [&](const Tensor<double> &tensor, const std::vector<float> &weights) {
        return resample(tensor, spec.axis, spec.taps, tables.index, weights);
    };
    const Tensor<double> value = resampled(src, tables.weights);
    if (spec.taps == 1) {
        return {value, make_tensor<double>(value.shape)};
    }
    Tensor<double> absolute = src;
    std::vector<float> weights = tables.weights;
    std::transform(absolute.data.begin(), absolute.data.end(), absolute.data.begin(),
                   [](double element) { return std::abs(element); });
    std::transform(weights.begin(), weights.end(), weights.begin(), [](float weight) { return std::abs(weight); });
    return {value, resampled(absolute, weights)};
}

Bounded<double> run_pad(const KernelSpec &spec, const Tensor<double> &src) {
    std::vector<int64_t> after;
    for (std::size_t i = 0; i < spec.dims.size(); ++i) {
        after.push_back(spec.dims[i] - spec.before[i] - spec.inside[i]);
    }
    return {pad(src, spec.before, after, static_cast<double>(spec.value)), make_tensor<double>(spec.dims)};
}

}  // namespace

Bounded<double> run_tensor_kernel(const KernelSpec &spec, const std::vector<Tensor<double>> &sources,
                                  const ResampleTables &tables) {
    check_sources(spec, sources);
    switch (spec.op) {
    case Op::map:
    case Op::reduce:
    case Op::matmul:
        return run_terms(spec, sources);
    case Op::resample:
        return run_resample(spec, broadcast(sources[0], view_extents(spec, 0)), tables);
    case Op::pad:
        return run_pad(spec, broadcast(sources[0], view_extents(spec, 0)));
    default:
        break;
    }
    report_internal_error(__FILE__, __LINE__, "not a tensor op");
}

int64_t tensor_sum_length(const KernelSpec &spec) {
    const bool sums = spec.reduction == Reduction::sum || spec.reduction == Reduction::mean ||
                      spec.reduction == Reduction::product;
    if (spec.op == Op::resample) {
        return spec.taps == 1 ? 0 : spec.taps;
    }
    if (spec.op == Op::matmul) {
        return spec.dims.back();
    }
    if (spec.op != Op::reduce || !sums) {
        return 0;
    }
    int64_t terms = 1;
    for (std::size_t i = 0; i < spec.dims.size(); ++i) {
        terms *= is_reduced(spec, i) ? spec.dims[i] : 1;
    }
    return terms;
}

}  // namespace ingot::reference
