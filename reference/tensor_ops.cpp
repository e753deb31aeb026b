// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "reference/tensor_ops.h"
#include "compiler/graph.h"
#include "reference/elementwise.h"
#include "spec/error.h"
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace ingot::reference {

namespace {

/// dst of `shape` whose element at a position is element(position).
template<typename T, typename Element>
Tensor<T> compute(const std::vector<int64_t> &shape, Element element) {
    Tensor<T> dst = make_tensor<T>(shape);
    auto next = dst.data.begin();
    for_each_position(shape, [&](const std::vector<int64_t> &position) { *next++ = element(position); });
    return dst;
}

template<typename T>
T element_at(const Tensor<T> &tensor, const std::vector<int64_t> &position) {
    return tensor.data[broadcast_index(tensor.shape, position)];
}

template<typename T>
std::vector<int64_t> common_shape(const Sources<T> &sources) {
    std::vector<std::vector<int64_t>> shapes;
    for (const Tensor<T> *source : sources) {
        shapes.push_back(source->shape);
    }
    const std::optional<std::vector<int64_t>> shape = broadcast_shape(shapes);
    INGOT_CHECK(shape.has_value(), "sources that do not broadcast");
    return *shape;
}

/// An expression at a position of broadcast sources.
template<typename T>
class ExpressionOf {
public:
    ExpressionOf(const Expression &expression, const Sources<T> &sources, const std::vector<DataType> &types)
        : expression_(expression), sources_(sources), calls_(call_types(expression, types)),
          operands_(sources.size()) {}

    T operator()(const std::vector<int64_t> &position) {
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            operands_[i] = element_at(*sources_[i], position);
        }
        return evaluate_expression(expression_, operands_, calls_);
    }

private:
    const Expression &expression_;
    const Sources<T> &sources_;
    std::vector<DataType> calls_;
    std::vector<T> operands_;
};

/// Index of the first, or the last, term that no other one exceeds.
template<typename T, typename Exceeds>
T index_of_extreme(const std::vector<T> &terms, bool last, Exceeds exceeds) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < terms.size(); ++i) {
        if (exceeds(terms[i], terms[best]) || (last && terms[i] == terms[best])) {
            best = i;
        }
    }
    return static_cast<T>(best);
}

}  // namespace

template<typename T>
Tensor<T> map(const Expression &expression, const Sources<T> &sources, const std::vector<DataType> &types,
              const std::vector<int64_t> &shape) {
    ExpressionOf<T> element(expression, sources, types);
    return compute<T>(shape, [&](const std::vector<int64_t> &position) { return element(position); });
}

template<typename T>
T reduce_terms(Reduction reduction, const std::vector<T> &terms, DataType type) {
    INGOT_CHECK(!terms.empty(), "a reduction of nothing");
    switch (reduction) {
    case Reduction::sum:
        return std::accumulate(terms.begin(), terms.end(), T{0});
    case Reduction::mean: {
        const T mean = std::accumulate(terms.begin(), terms.end(), T{0}) / static_cast<T>(terms.size());
        return type == DataType::f32 ? mean : std::trunc(mean);
    }
    case Reduction::product:
        return std::accumulate(terms.begin(), terms.end(), T{1}, std::multiplies<>());
    case Reduction::max:
        return *std::max_element(terms.begin(), terms.end());
    case Reduction::min:
        return *std::min_element(terms.begin(), terms.end());
    case Reduction::arg_max:
    case Reduction::arg_max_last:
        return index_of_extreme(terms, reduction == Reduction::arg_max_last, std::greater<>());
    case Reduction::arg_min:
    case Reduction::arg_min_last:
        return index_of_extreme(terms, reduction == Reduction::arg_min_last, std::less<>());
    }
    report_internal_error(__FILE__, __LINE__, "unknown reduction");
}

template<typename T>
Tensor<T> reduce(Reduction reduction, const std::vector<int64_t> &axes, bool keepdims, const Expression &expression,
                 const Sources<T> &sources, const std::vector<DataType> &types) {
    const std::vector<int64_t> src = common_shape(sources);
    std::vector<int64_t> kept = src, reduced(src.size(), 1), shape;
    for (const int64_t axis : axes) {
        std::swap(kept.at(static_cast<std::size_t>(axis)), reduced.at(static_cast<std::size_t>(axis)));
    }
    for (std::size_t i = 0; i < src.size(); ++i) {
        if (keepdims || std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) == axes.end()) {
            shape.push_back(kept[i]);
        }
    }
    ExpressionOf<T> element(expression, sources, types);
    const DataType type = expression_type(expression, types);
    Tensor<T> dst = compute<T>(kept, [&](const std::vector<int64_t> &outer) {
        std::vector<T> terms;
        for_each_position(reduced, [&](std::vector<int64_t> position) {
            for (std::size_t i = 0; i < position.size(); ++i) {
                position[i] += outer[i];
            }
            terms.push_back(element(position));
        });
        return reduce_terms(reduction, terms, type);
    });
    dst.shape = shape;
    return dst;
}

template<typename T>
Tensor<T> matmul(const Tensor<T> &a, const Tensor<T> &b) {
    INGOT_CHECK(a.shape.size() >= 2 && b.shape.size() >= 2 && a.shape.back() == b.shape[b.shape.size() - 2],
                "matrices that do not fit");
    const int64_t k = a.shape.back();
    const std::optional<std::vector<int64_t>> batch =
        broadcast_shape({{a.shape.begin(), a.shape.end() - 2}, {b.shape.begin(), b.shape.end() - 2}});
    INGOT_CHECK(batch.has_value(), "batches that do not broadcast");
    std::vector<int64_t> shape = *batch;
    shape.push_back(a.shape[a.shape.size() - 2]);
    shape.push_back(b.shape.back());
    return compute<T>(shape, [&](const std::vector<int64_t> &position) {
        std::vector<int64_t> at_a = position, at_b = position;
        at_a.back() = 0;
        at_b[at_b.size() - 2] = 0;
        const std::size_t first_a = broadcast_index(a.shape, at_a), first_b = broadcast_index(b.shape, at_b);
        T sum{0};
        for (int64_t i = 0; i < k; ++i) {
            sum += a.data[first_a + static_cast<std::size_t>(i)] *
                   b.data[first_b + static_cast<std::size_t>(i * b.shape.back())];
        }
        return sum;
    });
}

template<typename T>
Tensor<T> transpose(const Tensor<T> &src, const std::vector<int64_t> &perm) {
    std::vector<int64_t> shape, from(perm.size());
    for (const int64_t axis : perm) {
        shape.push_back(src.shape.at(static_cast<std::size_t>(axis)));
    }
    return compute<T>(shape, [&](const std::vector<int64_t> &position) {
        for (std::size_t i = 0; i < perm.size(); ++i) {
            from[static_cast<std::size_t>(perm[i])] = position[i];
        }
        return element_at(src, from);
    });
}

template<typename T>
Tensor<T> slice(const Tensor<T> &src, const std::vector<int64_t> &starts, const std::vector<int64_t> &steps,
                const std::vector<int64_t> &shape) {
    std::vector<int64_t> from(shape.size());
    return compute<T>(shape, [&](const std::vector<int64_t> &position) {
        for (std::size_t i = 0; i < from.size(); ++i) {
            from[i] = starts[i] + position[i] * steps[i];
        }
        return element_at(src, from);
    });
}

template<typename T>
Tensor<T> expand(const Tensor<T> &src, const std::vector<int64_t> &shape) {
    return compute<T>(shape, [&](const std::vector<int64_t> &position) { return element_at(src, position); });
}

template<typename T>
Tensor<T> concat(const Sources<T> &sources, int64_t axis) {
    const auto along = static_cast<std::size_t>(axis);
    std::vector<int64_t> shape = sources.front()->shape;
    shape.at(along) = 0;
    for (const Tensor<T> *source : sources) {
        shape[along] += source->shape[along];
    }
    return compute<T>(shape, [&](std::vector<int64_t> position) {
        auto source = sources.begin();
        for (; position[along] >= (*source)->shape[along]; ++source) {
            position[along] -= (*source)->shape[along];
        }
        return element_at(**source, position);
    });
}

template<typename T>
Tensor<T> pad(const Tensor<T> &src, const std::vector<int64_t> &before, const std::vector<int64_t> &after,
              T value) {
    std::vector<int64_t> shape = src.shape;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        shape[i] += before[i] + after[i];
    }
    return compute<T>(shape, [&](std::vector<int64_t> position) {
        for (std::size_t i = 0; i < position.size(); ++i) {
            position[i] -= before[i];
            if (position[i] < 0 || position[i] >= src.shape[i]) {
                return value;
            }
        }
        return element_at(src, position);
    });
}

template<typename T>
Tensor<T> resample(const Tensor<T> &src, int64_t axis, int64_t taps, const std::vector<int32_t> &index,
                   const std::vector<float> &weights) {
    const auto along = static_cast<std::size_t>(axis);
    const std::size_t count = index.size() / static_cast<std::size_t>(taps);
    std::vector<int64_t> shape = src.shape;
    shape.at(along) = static_cast<int64_t>(count);
    return compute<T>(shape, [&](std::vector<int64_t> position) {
        T sum{0};
        for (auto entry = static_cast<std::size_t>(position[along]); entry < index.size(); entry += count) {
            position[along] = index[entry];
            const T element = element_at(src, position);
            sum += weights.empty() ? element : static_cast<T>(weights[entry]) * element;
        }
        return sum;
    });
}

template Tensor<float> map(const Expression &, const Sources<float> &, const std::vector<DataType> &,
                           const std::vector<int64_t> &);
template float reduce_terms(Reduction, const std::vector<float> &, DataType);
template Tensor<float> reduce(Reduction, const std::vector<int64_t> &, bool, const Expression &,
                              const Sources<float> &, const std::vector<DataType> &);
template Tensor<float> matmul(const Tensor<float> &, const Tensor<float> &);
template Tensor<float> transpose(const Tensor<float> &, const std::vector<int64_t> &);
template Tensor<float> slice(const Tensor<float> &, const std::vector<int64_t> &, const std::vector<int64_t> &,
                             const std::vector<int64_t> &);
template Tensor<float> expand(const Tensor<float> &, const std::vector<int64_t> &);
template Tensor<float> concat(const Sources<float> &, int64_t);
template Tensor<float> pad(const Tensor<float> &, const std::vector<int64_t> &, const std::vector<int64_t> &,
                           float);
template Tensor<float> resample(const Tensor<float> &, int64_t, int64_t, const std::vector<int32_t> &,
                                const std::vector<float> &);

template Tensor<double> map(const Expression &, const Sources<double> &, const std::vector<DataType> &,
                            const std::vector<int64_t> &);
template double reduce_terms(Reduction, const std::vector<double> &, DataType);
template Tensor<double> reduce(Reduction, const std::vector<int64_t> &, bool, const Expression &,
                               const Sources<double> &, const std::vector<DataType> &);
template Tensor<double> matmul(const Tensor<double> &, const Tensor<double> &);
template Tensor<double> transpose(const Tensor<double> &, const std::vector<int64_t> &);
template Tensor<double> slice(const Tensor<double> &, const std::vector<int64_t> &, const std::vector<int64_t> &,
                              const std::vector<int64_t> &);
template Tensor<double> expand(const Tensor<double> &, const std::vector<int64_t> &);
template Tensor<double> concat(const Sources<double> &, int64_t);
template Tensor<double> pad(const Tensor<double> &, const std::vector<int64_t> &, const std::vector<int64_t> &,
                            double);
template Tensor<double> resample(const Tensor<double> &, int64_t, int64_t, const std::vector<int32_t> &,
                                 const std::vector<float> &);

}  // namespace ingot::reference
