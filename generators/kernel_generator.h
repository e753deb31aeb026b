// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "schedules/choose.h"
#include "spec/buffer_dims.h"
#include "spec/error.h"
#include <string>
#include <vector>

namespace ingot {

/// The highest Ingot target whose features `target` has. Throws Error.
const Target &level_of(const Halide::Target &target);

Halide::Type halide_type(DataType type);

/// epilogue(value), bias apart: the accumulators start at it.
Halide::Expr apply_epilogue(const KernelSpec &spec, Halide::Expr value);

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

    /// Constant bounds and strides for every argument; called at the start of generate(), dst at its end.
    void constrain_inputs() {
        for (const KernelBuffer &buffer : kernel_buffers(spec)) {
            if (buffer.name != "dst") {
                constrain(*input(buffer.name), buffer);
            }
        }
    }
    void define_dst(const Halide::Func &result) {
        *dst = result;
        constrain(*dst, kernel_buffers(spec).back());
    }

    KernelSpec spec;
    Choice choice;
    const Target *level = nullptr;
    Input *src = nullptr, *weights = nullptr, *bias = nullptr;
    Output *dst = nullptr;

private:
    Input *&input(const std::string &name) { return name == "src" ? src : name == "weights" ? weights : bias; }

    template<typename Argument>
    static void constrain(Argument &argument, const KernelBuffer &buffer) {
        for (std::size_t i = 0; i < buffer.dims.size(); ++i) {
            const BufferDim &dim = buffer.dims[i];
            argument.dim(static_cast<int>(i))
                .set_bounds(static_cast<int>(dim.min), static_cast<int>(dim.extent))
                .set_stride(static_cast<int>(dim.stride));
        }
    }
};

}  // namespace ingot
