// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/pack_weights.h"
#include "harness/fill_operands.h"
#include "spec/float16.h"
#include <algorithm>
#include <utility>

namespace ingot {

namespace {

using reference::Tensor;

Tensor<double> random_tensor(std::vector<int64_t> shape, Values values, int range, std::mt19937 &random) {
    Tensor<double> tensor = reference::make_tensor<double>(std::move(shape));
    std::generate(tensor.data.begin(), tensor.data.end(), [&] { return random_number(values, range, random); });
    return tensor;
}

std::vector<float> to_float(const Tensor<double> &tensor) {
    return {tensor.data.begin(), tensor.data.end()};
}

/// A kernel by its spec; a sequential by its layers.
reference::Bounded<double> run_reference(const KernelSpec &spec, const Tensor<double> &src,
                                         const std::vector<reference::LayerConstants<double>> &constants,
                                         const Tensor<double> &added) {
    if (spec.op == Op::sequential) {
        return reference::run_sequential<double>(spec, src, constants, spec.adding_layer() ? &added : nullptr);
    }
    return reference::run_kernel<double>(spec, src, spec.has_weights() ? &constants[0].weights : nullptr,
                                         spec.has(Function::bias) ? &constants[0].bias : nullptr,
                                         spec.has(Function::prelu) ? &constants[0].slope : nullptr,
                                         spec.has(Function::add) ? &added : nullptr);
}

/// Puts a tensor in ONNX's order where the buffer has its elements.
void fill(const KernelSpec &spec, GuardedMemory &memory, const Tensor<double> &tensor) {
    auto value = tensor.data.begin();
    reference::for_each_position(tensor.shape, [&](const std::vector<int64_t> &position) {
        memory.store(memory.buffer().offset(buffer_position(spec, position)), *value++);
    });
}

}  // namespace

reference::Bounded<double> fill_pictures(const KernelSpec &spec, Values values, std::mt19937 &random,
                                         std::vector<GuardedMemory> &memory) {
    const std::vector<KernelSpec> layers = spec.op == Op::sequential ? spec.layers : std::vector{spec};
    // Through several layers whole numbers stay small only where their weights do.
    const bool is_chain = layers.size() > 1;
    const Tensor<double> src = random_tensor(
        layers[0].op == Op::gemm ? std::vector{spec.n, spec.ci} : std::vector{spec.n, spec.ci, spec.h, spec.w},
        values, is_chain ? 1 : 8, random);
    std::vector<reference::LayerConstants<double>> constants;
    std::vector<std::vector<float>> packed;
    for (const KernelSpec &layer : layers) {
        const Extent2 k = layer.window.kernel;
        const auto shape = layer.op == Op::gemm ? std::vector{layer.co, layer.ci}
                                                : std::vector<int64_t>{layer.co, layer.ci / layer.groups, k.h, k.w};
        reference::LayerConstants<double> &layer_constants = constants.emplace_back();
        Tensor<double> weights = random_tensor(shape, values, is_chain ? 1 : 4, random);
        if (layer.weights.type != DataType::f32) {
            for (double &weight : weights.data) {
                weight = nearest(layer.weights.type, static_cast<float>(weight));
            }
        }
        const Tensor<double> bias = random_tensor({layer.co}, values, is_chain ? 1 : 16, random);
        if (layer.has_weights()) {
            layer_constants.weights = weights;
            packed.push_back(pack_weights(layer, to_float(weights)));
        }
        if (layer.has(Function::bias)) {
            layer_constants.bias = bias;
            packed.push_back(pack_bias(layer, to_float(bias)));
        }
        if (layer.has(Function::prelu)) {
            layer_constants.slope = random_tensor({layer.co}, values, 2, random);
            packed.push_back(to_float(layer_constants.slope));
        }
    }
    Tensor<double> added;
    if (const std::optional<std::size_t> adding = spec.adding_layer()) {
        const KernelSpec &layer = layers[*adding];
        const Extent2 out = layer.output();
        added = random_tensor(layer.op == Op::gemm ? std::vector{layer.n, layer.co}
                                                   : std::vector{layer.n, layer.co, out.h, out.w},
                              values, 8, random);
    }
    auto next = packed.begin();
    for (GuardedMemory &operand : memory) {
        const std::string &name = operand.buffer().name;
        if (name == "src") {
            if (spec.src.halo.any()) {
                const std::span<float> storage = operand.floats();
                std::fill(storage.begin(), storage.end(), 0.0f);
            }
            fill(spec, operand, src);
        } else if (name == "add") {
            fill(spec, operand, added);
        } else if (name != "dst") {
            for (int64_t i = 0; i < operand.buffer().elements; ++i) {
                const auto element = static_cast<std::size_t>(i);
                operand.store(i, element < next->size() ? static_cast<double>((*next)[element]) : 0.0);
            }
            ++next;
        }
    }
    return run_reference(spec, src, constants, added);
}

}  // namespace ingot
