// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/library/weights_file.h"
#include "compiler/lowering/plan.h"
#include "generators/kernel_facts.h"
#include <string>
#include <vector>

namespace ingot {

/// What emit found out about a step's kernel.
struct StepKernel : KernelFacts {
    std::string symbol;  ///< empty for a copy
};

/// Facts of a whole model that its header and its tables share.
struct ModelFacts {
    std::vector<std::vector<StepKernel>> kernels;  ///< per plan, per step
    std::string build_hash;                        ///< 8 hex digits of everything in the archive
    std::string version;                           ///< of Ingot
    std::string c_compiler;                        ///< that translated the tables, as it calls itself
    std::string ptxas;                             ///< its release; empty without machine code for CUDA
    int64_t runtime_bytes = 0;                     ///< of libingot_runtime.a in memory
    WeightsForm weights_form = WeightsForm::linked;
    uint64_t weights_hash = 0;  ///< of the weights file; 0 where they are linked

    [[nodiscard]] int64_t scratch_bytes(std::size_t plan) const;
    /// Steps of a plan whose kernels hold parallel loops.
    [[nodiscard]] int64_t parallel_steps(std::size_t plan) const;
    /// Machine code of a plan's kernels, each counted once.
    [[nodiscard]] int64_t code_bytes(std::size_t plan) const;
    /// Bytes of a session with one thread, on the host: the largest of all plans, on the CPU and on CUDA.
    [[nodiscard]] int64_t session_bytes(const LoweredModel &model) const;
    /// Bytes of a session's memory on a CUDA device; 0 without CUDA plans.
    [[nodiscard]] int64_t device_bytes(const LoweredModel &model) const;
    /// What run needs of the stack: the largest kernel's and the runtime's own.
    [[nodiscard]] int64_t stack_bytes() const;
    /// Bytes of the weights file; 0 where they are linked.
    [[nodiscard]] int64_t weights_file_bytes(const LoweredModel &model) const;
    [[nodiscard]] std::string model_symbol(const LoweredModel &model) const;
};

/// The model's constant tables as C99 against ingot/plan.h.
std::string plan_c(const LoweredModel &model, const ModelFacts &facts);

/// The header that an application includes: C99 and C++17.
std::string model_header(const LoweredModel &model, const ModelFacts &facts);

/// The manifest: JSON with everything that went into the archive.
std::string manifest(const LoweredModel &model, const ModelFacts &facts, const std::string &generator);

}  // namespace ingot
