// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "generators/convolution.h"
#include "generators/parallel_loops.h"
#include "generators/prefetch_lines.h"
#include "schedules/choose.h"
#include "spec/buffer_dims.h"
#include "spec/error.h"
#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace ingot {

/// The highest Ingot target whose features `target` has; one of PTX alone where it has CUDA. Throws Error.
const Target &level_of(const Halide::Target &target);

/// Of an operand; numbers of 16 bits are handed over as their bits, see widen.h.
Halide::Type halide_type(DataType type);

/// The tensors that steps of an epilogue read; undefined where it has no such step.
struct EpilogueOperands {
    Halide::Func slope, add;
};

/// epilogue(value) for the element of dst at `position` (c, x, y, n; of a gemm c, n), bias apart: the accumulators
/// start at it. Without `add` the channel is enough.
Halide::Expr apply_epilogue(const KernelSpec &spec, const EpilogueOperands &operands, Halide::Expr value,
                            const std::vector<Halide::Expr> &position);

/// Finds the schedule that `choice` names in an algorithm's list and applies it.
template<typename Stages>
void apply_schedule(const std::vector<Schedule<Stages>> &schedules, const Choice &choice, Stages &stages,
                    const Target &target) {
    for (const Schedule<Stages> &schedule : schedules) {
        if (choice.schedule == schedule.info.name) {
            schedule.apply(stages, target, choice.params);
            return;
        }
    }
    INGOT_CHECK(false, "no schedule '" + choice.schedule + "' in " + choice.algorithm);
}

/// Base of every generator: reads the KernelSpec, completes the choice, and declares the kernel's arguments with
/// constant bounds and strides. A derived class names the formula's stages and hands them to its schedule list.
///
///     ingot-generators -g conv2d_direct -f conv -o . target=x86-64-linux-sse41-no_runtime
///     choice=conv2d_direct/cpu_reference
///         spec="conv2d n:1 h:8 w:8 ci:16 co:16 k:3x3 s:1x1 p:0,0,0,0"
template<typename Derived>
class KernelGenerator : public Halide::Generator<Derived> {
public:
    Halide::GeneratorParam<std::string> spec_text{"spec", ""};
    Halide::GeneratorParam<std::string> choice_text{"choice", ""};

    void configure() {
        spec = parse_kernel_spec(spec_text.value());
        spec.validate();
        level = &level_of(this->get_target());
        const std::string &asked = choice_text.value();
        choice = asked.empty() ? choose(spec, *level).choice : complete(parse_choice(asked), spec, *level);
        for (const KernelBuffer &buffer : kernel_buffers(spec)) {
            const Halide::Type type = halide_type(buffer.type);
            const int rank = static_cast<int>(buffer.dims.size());
            if (buffer.name == "dst") {
                dst = this->template add_output<Halide::Buffer<>>(buffer.name, type, rank);
            } else {
                input(buffer.name) = this->template add_input<Halide::Buffer<>>(buffer.name, type, rank);
            }
        }
    }

protected:
    using Input = Halide::GeneratorInput<Halide::Buffer<>>;
    using Output = Halide::GeneratorOutput<Halide::Buffer<>>;

    [[nodiscard]] KernelOperands operands() const {
        return {spec, *level, Halide::Func(*src), Halide::Func(*weights),
                bias == nullptr ? Halide::Func() : Halide::Func(*bias)};
    }
    [[nodiscard]] Halide::Expr epilogue(const Halide::Expr &value,
                                        const std::vector<Halide::Expr> &position) const {
        const auto func = [](const Input *input) {
            return input == nullptr ? Halide::Func() : Halide::Func(*input);
        };
        return apply_epilogue(spec, {func(slope), func(add)}, value, position);
    }
    /// Source `index` of a tensor op.
    [[nodiscard]] Halide::Func source(std::size_t index) const {
        return Halide::Func(*layer_constant("src" + std::to_string(index)));
    }
    /// Weights or bias of a layer of a sequential, by the buffer's name; null where it has none.
    [[nodiscard]] Input *layer_constant(const std::string &name) const {
        const auto found = layer_constants_.find(name);
        return found == layer_constants_.end() ? nullptr : found->second;
    }
    /// The stages of layer i of a sequential, a convolution that reads `picture`, `out` included.
    [[nodiscard]] ConvolutionStages convolution_layer(std::size_t i, const Halide::Func &picture) const {
        const std::string number = std::to_string(i);
        const auto func = [](const Input *input) {
            return input == nullptr ? Halide::Func() : Halide::Func(*input);
        };
        const auto constant = [&](const std::string &name) { return func(layer_constant(name + number)); };
        const KernelSpec &layer = spec.layers[i];
        ConvolutionStages stages =
            make_convolution({layer, *level, picture, constant("weights"), constant("bias")});
        const Halide::Var &c = stages.c, &x = stages.x, &y = stages.y, &n = stages.n;
        stages.out(c, x, y, n) =
            apply_epilogue(layer, {constant("slope"), func(add)}, stages.conv(c, x, y, n), {c, x, y, n});
        return stages;
    }
    /// Constant bounds and strides for every argument; called at the start of generate(), dst at its end.
    void constrain_inputs() {
        for (const KernelBuffer &buffer : kernel_buffers(spec)) {
            if (buffer.name != "dst") {
                constrain(*input(buffer.name), buffer);
                set_device_alignment(*input(buffer.name), buffer.name);
            }
        }
    }
    void define_dst(const Halide::Func &result) {
        *dst = result;
        constrain(*dst, kernel_buffers(spec).back());
        if (level->device == Device::cpu) {
            lower_prefetches(this->get_pipeline());
            parallelize_loops(this->get_pipeline(), std::min(level->lanes() * 32, 256), operand_bytes());
        }
    }

private:
    [[nodiscard]] int64_t operand_bytes() const {
        int64_t bytes = 0;
        for (const KernelBuffer &buffer : kernel_buffers(spec)) {
            bytes += buffer.elements * byte_size(buffer.type);
        }
        return bytes;
    }
    Input *&input(const std::string &name) {
        return name == "src"       ? src
               : name == "weights" ? weights
               : name == "bias"    ? bias
               : name == "slope"   ? slope
               : name == "add"     ? add
                                   : layer_constants_[name];
    }

    static bool is_constant(const std::string &name) { return name != "src" && name != "add" && name != "dst"; }

    /// On CUDA the batch, the last dimension of pictures, is that of the launch.
    template<typename Argument>
    void constrain(Argument &argument, const KernelBuffer &buffer) const {
        const bool has_batch = level->device == Device::cuda && !is_constant(buffer.name);
        for (std::size_t i = 0; i < buffer.dims.size(); ++i) {
            const BufferDim &dim = buffer.dims[i];
            auto declared = argument.dim(static_cast<int>(i));
            if (has_batch && i + 1 == buffer.dims.size()) {
                declared.set_min(0);
            } else {
                declared.set_bounds(static_cast<int>(dim.min), static_cast<int>(dim.extent));
            }
            declared.set_stride(static_cast<int>(dim.stride));
        }
    }
    /// What a session places in its constants is aligned: a thread may load four weights at a time.
    void set_device_alignment(Input &argument, const std::string &name) const {
        constexpr int bytes = 16;
        if (level->device == Device::cuda && is_constant(name)) {
            argument.set_host_alignment(bytes);
        }
    }

    std::map<std::string, Input *> layer_constants_;

protected:
    KernelSpec spec;
    Choice choice;
    const Target *level = nullptr;
    Input *src = nullptr, *weights = nullptr, *bias = nullptr, *slope = nullptr, *add = nullptr;
    Output *dst = nullptr;
};

}  // namespace ingot
