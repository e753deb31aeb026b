// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/lowering/plan.h"
#include "generators/load.h"
#include "harness/buffer_argument.h"
#include "ingot/plan.h"
#include <cstddef>
#include <memory>
#include <vector>

namespace ingot {

/// A plan as a session runs it, step by step in this process: one arena, one blob of weights, inputs of normally
/// distributed values. Any kernel of a step's spec may stand in for the step's own.
class PlanRunner {
public:
    /// Emits and loads the plan's kernels. Copies what it needs of `model`, of which `plan` is a part. Throws
    /// Error.
    PlanRunner(const LoweredModel &model, const Plan &plan, const EmitOptions &options);
    PlanRunner(const PlanRunner &) = delete;
    PlanRunner &operator=(const PlanRunner &) = delete;

    /// Makes sure that a kernel with this need of scratch can run.
    void reserve_scratch(int64_t bytes);
    /// Runs all steps but one, in the order of a run that begins behind it. Throws Error where a kernel fails.
    void run_others(std::size_t index);
    /// Runs one step with a kernel of the same spec. Throws Error where it fails.
    void run(std::size_t index, KernelFunction kernel) { run_step(steps_[index], kernel); }

private:
    struct BoundStep {
        KernelFunction kernel = nullptr;  ///< null: a copy of `bytes`
        std::vector<BufferArgument> buffers;
        std::vector<void *> argv;
        std::vector<ZeroRange> zeros;
        std::size_t bytes = 0;
    };
    /// Bytes at a multiple of 64.
    class Memory {
    public:
        explicit Memory(std::size_t bytes);
        [[nodiscard]] unsigned char *data() const { return data_; }

    private:
        std::vector<unsigned char> storage_;
        unsigned char *data_;
    };

    void bind(const Step &step, KernelFunction kernel);
    [[nodiscard]] unsigned char *region(const StepOperand &operand) const;
    void run_step(BoundStep &step, KernelFunction kernel);

    std::vector<Memory> inputs_, outputs_;
    Memory weights_, arena_;
    std::vector<unsigned char> scratch_;
    ingot_kernel_context context_{};
    ingot_kernel_context *context_pointer_ = &context_;
    std::unique_ptr<LoadedKernels> kernels_;
    std::vector<BoundStep> steps_;
};

}  // namespace ingot
