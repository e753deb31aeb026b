// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "bench/measure.h"
#include "generators/load.h"
#include "harness/assembly.h"
#include "harness/kernel_problem.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ingot {

/// A compiled kernel's machine code, told without running it.
struct KernelCode {
    int64_t bytes = 0;              ///< code and the constants that it reads
    std::optional<InnerLoop> loop;  ///< the innermost loop with the most multiplications and additions, if any has
    std::optional<double> mca_cycles;  ///< of one iteration of it, as llvm-mca predicts; none without llvm-mca
    int vector_spills = 0;             ///< in all innermost loops that sum
    /// How often the loop runs in a call if it does all of the call's useful multiplications and additions.
    [[nodiscard]] std::optional<double> trips(double flops) const;
};

/// Kernels compiled, loaded, verified and turned into contenders: what benchmark and tuner share.
class KernelContenders {
public:
    /// Compiles or finds in the object cache, as generators/load.h does, in one batch. A kernel that cannot be
    /// compiled does not throw: fault() says why. Throws Error where nothing can be compiled or linked at all, as
    /// without a C compiler.
    explicit KernelContenders(std::vector<KernelRequest> requests, const EmitOptions &options = {});

    [[nodiscard]] std::size_t size() const { return requests_.size(); }
    [[nodiscard]] const KernelRequest &request(std::size_t i) const { return requests_[i]; }
    /// Why kernel i is out of the race: it could not be compiled, or verify() found a wrong result.
    [[nodiscard]] const std::optional<std::string> &fault(std::size_t i) const { return faults_[i]; }
    /// Size, spills and llvm-mca's view, from the object file. Kernel i has no fault. Throws Error where
    /// llvm-objdump is missing.
    [[nodiscard]] KernelCode code(std::size_t i) const;

    /// Runs each of these kernels once and compares with the oracle; a wrong result becomes its fault(). Those
    /// with equal specs share operands, which stay until release().
    void verify(const std::vector<std::size_t> &which);
    /// Kernel i ready to be timed, its data hot: weights and activations are those of the call before. verify() has
    /// seen it, and it has no fault.
    [[nodiscard]] Contender contender(std::size_t i) const;
    /// Frees the operands of all kernels, or of these; contenders made of them must not be called any more.
    void release();
    void release(const std::vector<std::size_t> &which);
    /// verify() has seen kernel i, and its operands are still there.
    [[nodiscard]] bool is_ready(std::size_t i) const { return operands_[i] != nullptr; }

    /// Kernel i's function and verified operands, for callers that make contenders of their own.
    [[nodiscard]] KernelFunction function(std::size_t i) const;
    [[nodiscard]] KernelProblem &problem(std::size_t i) const;

private:
    struct Operands {
        std::unique_ptr<KernelProblem> problem;
        int64_t scratch = 0;  ///< the most that a kernel that shares them takes
    };

    void compile(const EmitOptions &options);

    std::vector<KernelRequest> requests_;
    std::vector<std::optional<std::string>> faults_;
    std::vector<std::size_t> loaded_;  ///< place in kernels_, by kernel
    std::unique_ptr<LoadedKernels> kernels_;
    std::vector<std::shared_ptr<Operands>> operands_;  ///< by kernel; null before verify()
};

/// Bytes of a kernel's operands, each counted once: what a call must move at least.
double operand_bytes(const KernelSpec &spec);

}  // namespace ingot
