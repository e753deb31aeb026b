// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "reference/epilogue.h"
#include "reference/ops.h"
#include "reference/tensor_kernel.h"
#include "reference/tensor_ops.h"
#include "reference/winograd.h"
#include "spec/error.h"
#include <cmath>
#include <limits>
#include <utility>

namespace ingot::reference {

namespace {

/// What a kernel computes before its epilogue, with the magnitude of the algorithm that spec.weights are packed
/// for.
template<typename T>
Bounded<T> run_sums(const KernelSpec &spec, const Tensor<T> &src, const Tensor<T> *weights, const Tensor<T> *bias) {
    INGOT_CHECK(spec.has_weights() == (weights != nullptr), "weights and op disagree");
    switch (spec.op) {
    case Op::conv2d:
    case Op::conv2d_pool2d: {
        Bounded<T> sums = conv2d(src, *weights, bias, spec.window, spec.groups);
        if (is_winograd(spec.weights.order)) {
            sums.magnitude =
                winograd_magnitude(src, *weights, bias, spec.window, winograd_matrices(spec.weights.order));
        }
        return sums;
    }
    case Op::pool2d:
        return spec.mode == PoolMode::max ? max_pool2d(Bounded<T>{src, make_tensor<T>(src.shape)}, spec.window)
                                          : average_pool2d(src, spec.window, spec.mode);
    case Op::gemm:
        return gemm(src, *weights, bias);
    default:
        break;
    }
    report_internal_error(__FILE__, __LINE__, "unknown op");
}

/// Epilogue and fused pool of sums within eps * roundings * magnitude.
template<typename T>
Bounded<T> finish(const KernelSpec &spec, Bounded<T> sums, const Tensor<T> *slope, const Tensor<T> *add,
                  int64_t roundings) {
    INGOT_CHECK(spec.has(Function::prelu) == (slope != nullptr) && spec.has(Function::add) == (add != nullptr),
                "an epilogue and its tensors disagree");
    std::vector<const Tensor<T> *> tensors;
    for (const Call &step : spec.epilogue) {
        if (step.function == Function::prelu || step.function == Function::add) {
            tensors.push_back(step.function == Function::prelu ? slope : add);
        }
    }
    Bounded<T> result = apply_epilogue(std::move(sums), spec.epilogue, tensors, roundings);
    INGOT_CHECK(spec.pool.has_value() == (spec.op == Op::conv2d_pool2d), "conv2d_pool2d without a pool");
    return spec.pool ? max_pool2d(result, *spec.pool) : result;
}

/// [n, c, h, w] -> [n, h * w * c].
template<typename T>
Tensor<T> flattened_nhwc(const Tensor<T> &picture) {
    Tensor<T> flat = transpose(picture, {0, 2, 3, 1});
    flat.shape = {picture.shape[0], product(picture.shape) / picture.shape[0]};
    return flat;
}

template<typename T>
const Tensor<T> *if_any(const Tensor<T> &tensor) {
    return tensor.shape.empty() ? nullptr : &tensor;
}

/// One layer of run_sequential, whose source carries its error.
template<typename T>
Bounded<T> run_layer(const KernelSpec &layer, const Bounded<T> &src, const LayerConstants<T> &constants,
                     const Tensor<T> *add) {
    Tensor<T> absolute = constants.weights;
    for (T &weight : absolute.data) {
        weight = std::abs(weight);
    }
    Bounded<T> sums = run_sums(layer, src.value, if_any(constants.weights), if_any(constants.bias));
    const Tensor<T> carried = run_sums<T>(layer, src.magnitude, if_any(absolute), nullptr).value;
    const T roundings = static_cast<T>(sum_length(layer) + 1);
    const T grown = 1 + static_cast<T>(std::numeric_limits<float>::epsilon()) * roundings;
    for (std::size_t i = 0; i < carried.data.size(); ++i) {
        sums.magnitude.data[i] = roundings * sums.magnitude.data[i] + grown * carried.data[i];
    }
    return finish<T>(layer, std::move(sums), if_any(constants.slope), add, 1);
}

}  // namespace

template<typename T>
Bounded<T> run_kernel(const KernelSpec &spec, const Tensor<T> &src, const Tensor<T> *weights, const Tensor<T> *bias,
                      const Tensor<T> *slope, const Tensor<T> *add) {
    INGOT_CHECK(has_bias(spec.epilogue) == (bias != nullptr), "bias and epilogue disagree");
    return finish(spec, run_sums(spec, src, weights, bias), slope, add, sum_length(spec) + 1);
}

template<typename T>
Bounded<T> run_sequential(const KernelSpec &spec, const Tensor<T> &src,
                          const std::vector<LayerConstants<T>> &constants, const Tensor<T> *add) {
    INGOT_CHECK(spec.op == Op::sequential && constants.size() == spec.layers.size(), "a layer without constants");
    Bounded<T> result{src, make_tensor<T>(src.shape)};
    for (std::size_t i = 0; i < constants.size(); ++i) {
        if (spec.layers[i].op == Op::gemm && result.value.shape.size() == 4) {
            result = {flattened_nhwc(result.value), flattened_nhwc(result.magnitude)};
        }
        INGOT_CHECK(has_bias(spec.layers[i].epilogue) == !constants[i].bias.shape.empty(),
                    "bias and epilogue disagree");
        result = run_layer(spec.layers[i], result, constants[i], spec.layers[i].has(Function::add) ? add : nullptr);
    }
    return result;
}

int64_t sum_length(const KernelSpec &spec) {
    const int64_t window = spec.window.kernel.h * spec.window.kernel.w;
    switch (spec.op) {
    case Op::conv2d:
    case Op::conv2d_pool2d:
        return is_winograd(spec.weights.order) ? winograd_sum_length(spec.ci, winograd_matrices(spec.weights.order))
                                               : window * (spec.ci / spec.groups);
    case Op::pool2d:
        return spec.mode == PoolMode::max ? 0 : window;
    case Op::gemm:
        return spec.ci;
    default:
        return tensor_sum_length(spec);
    }
}

template Bounded<float> run_kernel(const KernelSpec &, const Tensor<float> &, const Tensor<float> *,
                                   const Tensor<float> *, const Tensor<float> *, const Tensor<float> *);
template Bounded<double> run_kernel(const KernelSpec &, const Tensor<double> &, const Tensor<double> *,
                                    const Tensor<double> *, const Tensor<double> *, const Tensor<double> *);
template Bounded<float> run_sequential(const KernelSpec &, const Tensor<float> &,
                                       const std::vector<LayerConstants<float>> &, const Tensor<float> *);
template Bounded<double> run_sequential(const KernelSpec &, const Tensor<double> &,
                                        const std::vector<LayerConstants<double>> &, const Tensor<double> *);

}  // namespace ingot::reference
