// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/kernel_problem.h"
#include "compiler/pack_weights.h"
#include "spec/error.h"
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <sstream>

namespace ingot {

namespace {

using reference::Tensor;

constexpr std::size_t guard = 64;            // elements on each side of a storage
constexpr uint32_t guard_bits = 0x7fc0dead;  // a NaN that no kernel computes
constexpr unsigned char scratch_guard = 0xa5;
constexpr std::size_t scratch_guard_bytes = 256;

Tensor<double> random_tensor(std::vector<int64_t> shape, Values values, int range, std::mt19937 &random) {
    Tensor<double> tensor{std::move(shape), {}};
    int64_t size = 1;
    for (int64_t extent : tensor.shape) {
        size *= extent;
    }
    std::uniform_int_distribution<int> whole(-range, range);
    std::normal_distribution<float> real;
    for (int64_t i = 0; i < size; ++i) {
        tensor.data.push_back(values == Values::integers ? whole(random) : static_cast<double>(real(random)));
    }
    return tensor;
}

/// True where the kernel computes whole numbers of whole numbers, so that a float has one right result.
bool is_whole(const KernelSpec &spec) {
    const auto is_whole_step = [](const Call &step) {
        switch (step.function) {
        case Function::bias:
        case Function::add:
        case Function::prelu:
        case Function::relu:
        case Function::clip:
        case Function::thresholded_relu:
        case Function::abs:
        case Function::neg:
        case Function::floor:
        case Function::ceil:
        case Function::round:
        case Function::sign:
            return true;
        default:
            return false;
        }
    };
    return spec.mode == PoolMode::max && std::all_of(spec.epilogue.begin(), spec.epilogue.end(), is_whole_step);
}

std::vector<float> to_float(const Tensor<double> &tensor) {
    return {tensor.data.begin(), tensor.data.end()};
}

/// A kernel by its spec; a sequential by its layers.
reference::Bounded<double> run_reference(const KernelSpec &spec, const Tensor<double> &src,
                                         const std::vector<reference::LayerConstants<double>> &constants,
                                         const Tensor<double> &added) {
    if (spec.op == Op::sequential) {
        return reference::run_sequential(spec, src, constants);
    }
    return reference::run_kernel<double>(spec, src, spec.has_weights() ? &constants[0].weights : nullptr,
                                         spec.has(Function::bias) ? &constants[0].bias : nullptr,
                                         spec.has(Function::prelu) ? &constants[0].slope : nullptr,
                                         spec.has(Function::add) ? &added : nullptr);
}

}  // namespace

KernelProblem::KernelProblem(const KernelSpec &spec, Values values, uint32_t seed, std::size_t alignment)
    : spec_(spec), is_exact_(values == Values::integers && is_whole(spec)) {
    std::mt19937 random(seed);
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
        const Tensor<double> weights = random_tensor(shape, values, is_chain ? 1 : 4, random);
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
    const Extent2 out = spec.output();
    const Tensor<double> added =
        spec.has(Function::add) ? random_tensor(spec.op == Op::gemm ? std::vector{spec.n, spec.co}
                                                                    : std::vector{spec.n, spec.co, out.h, out.w},
                                                values, 8, random)
                                : Tensor<double>{};
    expected_ = run_reference(spec, src, constants, added);

    const std::vector<KernelBuffer> buffers = kernel_buffers(spec);
    memory_.reserve(buffers.size());
    argv_.push_back(&context_pointer_);
    for (const KernelBuffer &buffer : buffers) {
        Memory &memory = add(buffer, alignment);
        float *storage = memory.storage.data() + memory.first;
        if (buffer.name == "src") {
            if (spec.src.halo.any()) {
                std::fill(storage, storage + buffer.elements, 0.0f);
            }
            fill(memory, src);
        } else if (buffer.name == "add") {
            fill(memory, added);
        } else if (buffer.name != "dst") {
            const std::vector<float> &elements = packed[memory_.size() - 2];
            std::fill(storage, storage + buffer.elements, 0.0f);
            std::copy(elements.begin(), elements.end(), storage);
        }
    }
    set_scratch(0);
}

KernelProblem::Memory &KernelProblem::add(const KernelBuffer &buffer, std::size_t alignment) {
    memory_.push_back({buffer, {}, 0, {}});
    Memory &memory = memory_.back();
    const std::size_t size = static_cast<std::size_t>(buffer.elements) + 2 * guard + alignment / sizeof(float);
    memory.storage.assign(size, std::bit_cast<float>(guard_bits));
    const auto address = reinterpret_cast<std::uintptr_t>(memory.storage.data() + guard);
    memory.first = guard + (alignment - address % alignment) % alignment / sizeof(float);
    memory.argument = BufferArgument(buffer, memory.storage.data() + memory.first);
    argv_.push_back(memory.argument.get());
    return memory;
}

void KernelProblem::fill(Memory &memory, const Tensor<double> &tensor) {
    float *storage = memory.storage.data() + memory.first;
    const std::vector<int64_t> &shape = tensor.shape;
    const int64_t height = shape.size() == 2 ? 1 : shape[2], width = shape.size() == 2 ? 1 : shape[3];
    auto value = tensor.data.begin();
    for (int64_t n = 0; n < shape[0]; ++n) {
        for (int64_t c = 0; c < shape[1]; ++c) {
            for (int64_t y = 0; y < height; ++y) {
                for (int64_t x = 0; x < width; ++x) {
                    const std::vector<int64_t> at =
                        memory.buffer.dims.size() == 2 ? std::vector{c, n} : std::vector{c, x, y, n};
                    storage[memory.buffer.offset(at)] = static_cast<float>(*value++);
                }
            }
        }
    }
}

void KernelProblem::set_scratch(int64_t bytes) {
    // The runtime gives 64-byte aligned scratch: align inside a larger block, guarded behind.
    scratch_.assign(static_cast<std::size_t>(bytes) + 64 + scratch_guard_bytes, scratch_guard);
    const auto address = reinterpret_cast<std::uintptr_t>(scratch_.data());
    context_.scratch = scratch_.data() + (64 - address % 64) % 64;
    context_.size = static_cast<std::size_t>(bytes);
}

std::vector<std::span<float>> KernelProblem::operands() {
    std::vector<std::span<float>> result;
    for (Memory &memory : memory_) {
        result.emplace_back(memory.storage.data() + memory.first, static_cast<std::size_t>(memory.buffer.elements));
    }
    return result;
}

std::optional<std::string> KernelProblem::run(KernelFunction kernel) {
    context_.used = 0;
    context_.error = 0;
    const int code = kernel(argv());
    if (code != 0 || context_.error != 0) {
        return "the kernel returned " + std::to_string(code) + ", its context holds " +
               std::to_string(context_.error);
    }
    return std::nullopt;
}

void KernelProblem::clear_dst() {
    std::vector<float> &storage = memory_.back().storage;
    std::fill(storage.begin(), storage.end(), std::bit_cast<float>(guard_bits));
}

std::optional<std::string> KernelProblem::check() const {
    const Memory &dst = memory_.back();
    const Extent2 out = spec_.output();
    const double k = static_cast<double>(reference::sum_length(spec_));
    std::size_t i = 0;
    for (int64_t n = 0; n < spec_.n; ++n) {
        for (int64_t c = 0; c < spec_.co; ++c) {
            for (int64_t y = 0; y < out.h; ++y) {
                for (int64_t x = 0; x < out.w; ++x, ++i) {
                    const std::vector<int64_t> at =
                        dst.buffer.dims.size() == 2 ? std::vector{c, n} : std::vector{c, x, y, n};
                    const auto index = static_cast<std::size_t>(dst.buffer.offset(at)) + dst.first;
                    const double got = static_cast<double>(dst.storage[index]), want = expected_.value.data[i];
                    const double bound =
                        is_exact_ ? 0.0
                                  : std::numeric_limits<float>::epsilon() * (k + 1) * expected_.magnitude.data[i];
                    if (!(std::abs(got - want) <= bound)) {
                        std::ostringstream text;
                        text.precision(9);
                        text << "dst(n=" << n << ", c=" << c << ", y=" << y << ", x=" << x << ") is " << got
                             << ", the reference " << want << " (allowed difference " << bound << ")";
                        return text.str();
                    }
                }
            }
        }
    }
    return check_guards();
}

std::optional<std::string> KernelProblem::check_guards() const {
    const Memory &dst = memory_.back();
    std::size_t untouched = 0;
    for (float value : dst.storage) {
        untouched += std::bit_cast<uint32_t>(value) == guard_bits ? 1 : 0;
    }
    if (untouched + expected_.value.data.size() != dst.storage.size()) {
        return "the kernel wrote beside dst";
    }
    for (const unsigned char *byte = context_.scratch + context_.size; byte < scratch_.data() + scratch_.size();
         ++byte) {
        if (*byte != scratch_guard) {
            return "the kernel wrote behind its scratch";
        }
    }
    return std::nullopt;
}

}  // namespace ingot
