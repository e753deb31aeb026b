// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "generators/load.h"
#include "harness/guarded_memory.h"
#include "ingot/plan.h"
#include "reference/ops.h"
#include "spec/buffer_dims.h"
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ingot {

/// What the operands of a problem hold.
enum class Values {
    integers,  ///< small whole numbers: sums stay within 24 bits, so a float kernel has one right result
    reals,     ///< normally distributed
};

/// The spec with the operand layouts that the choice wants in the middle of a network, as lowering gives them.
KernelSpec with_layouts(KernelSpec spec, const Choice &choice, const Target &target);

/// Bytes that a session aligns its arena, its weights and each buffer in them to.
constexpr std::size_t session_alignment = 64;

/// One kernel to run: operands filled from a seed, laid out in memory as the spec says, with guard elements round
/// dst, beside the oracle's result. Tests and benchmark share it.
class KernelProblem {
public:
    /// The storage of each operand is aligned to `alignment` bytes, a multiple of a float's size, and to its
    /// type's.
    KernelProblem(const KernelSpec &spec, Values values, uint32_t seed, std::size_t alignment = alignof(float));
    KernelProblem(const KernelProblem &) = delete;
    KernelProblem &operator=(const KernelProblem &) = delete;

    /// Gives the kernel exactly this much scratch, guarded; call before run().
    void set_scratch(int64_t bytes);
    /// Has this team run the tasks of the kernel's parallel loops; null, as at first: the calling thread.
    void set_team(ingot_team *team) { context_.team = team; }
    /// The kernel's argument vector.
    [[nodiscard]] void **argv() { return argv_.data(); }
    /// The storage of each of kernel_buffers(spec), halo included, all of floats; valid as long as this object.
    [[nodiscard]] std::vector<std::span<float>> operands();
    /// Runs the kernel once; what went wrong, if anything did: a return code, an error in the context.
    std::optional<std::string> run(KernelFunction kernel);
    /// Compares dst with the oracle, exactly for integers of functions that keep them whole, else within eps * (k +
    /// 1) * sum of |a * b|; and looks for writes beside dst: into its halo, the guards and the scratch's guards.
    [[nodiscard]] std::optional<std::string> check() const;
    /// How far dst is from the oracle, as a part of its largest element.
    [[nodiscard]] double relative_error() const;
    /// Forgets dst, so that a following check() sees only what a following run() writes. One in the place of a
    /// source holds that source again.
    void clear_dst();

private:
    [[nodiscard]] std::optional<std::string> check_guards(const std::vector<int64_t> &results) const;

    KernelSpec spec_;
    bool is_exact_;  ///< whole numbers all the way
    reference::Bounded<double> expected_;
    std::vector<GuardedMemory> memory_;
    std::vector<unsigned char> scratch_;
    ingot_kernel_context context_{};
    ingot_kernel_context *context_pointer_ = &context_;
    std::vector<void *> argv_;
};

}  // namespace ingot
