// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/list.h"
#include "schedules/tuned.h"
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

/// Every combination of a schedule's parameter values that it supports for this kernel, preferred ones first.
std::vector<ParamValues> supported_params(const ScheduleInfo &schedule, const KernelSpec &spec,
                                          const Target &target);

/// Every supported choice: for each algorithm and schedule the default parameters only, or all of them.
std::vector<Choice> supported_choices(const KernelSpec &spec, const Target &target, bool all_params);

/// The schedule's estimate for this choice; nothing where it has none.
std::optional<double> estimated_cost(const Choice &choice, const KernelSpec &spec, const Target &target);

/// True where the choice's algorithm, schedule and parameters exist, answer the op and support the kernel.
bool is_supported(const Choice &choice, const KernelSpec &spec, const Target &target);

/// What is asked for, completed by the parameters of the lowest cost. Throws Error where it is unknown, answers
/// another op, or does not support the kernel.
Choice complete(const Choice &asked, const KernelSpec &spec, const Target &target);

/// Which algorithms a choice may take.
enum class Numerics {
    standard,  ///< all: also those that save multiplications and round more often
    exact,     ///< direct sums of products only
};

/// `default` or `exact`. Throws Error that lists them.
Numerics parse_numerics(std::string_view text);

/// What a choice may depend on beside kernel and target.
struct ChooseOptions {
    std::optional<Choice> asked = {};  ///< taken as it is, completed by defaults
    Numerics numerics = Numerics::standard;
    std::string cpu{generic_cpu};        ///< whose rows come first; then those of any CPU
    const TunedTable *tables = nullptr;  ///< null: built_in_table()
};

/// Why a choice is taken that a user names.
inline constexpr std::string_view asked_for = "asked for";

/// What comes next behind a choice.
struct Second {
    Choice choice;
    std::optional<double> speed;  ///< by that of the choice before it; below 1: slower
    bool measured = false;        ///< else estimated
    bool operator==(const Second &) const = default;
};

/// `gemm/cpu_dot:tile_co=8, takes 1.08 x the time (measured)`; without a speed `gemm/cpu_reference, by how much is
/// unknown`.
std::string to_text(const Second &second);

struct Chosen {
    Choice choice;
    std::string why;  ///< `tuned`, `tuned on f32 weights`, `nearest: <shape_text>`, `rule`, or `asked for`
    std::optional<Second> second;
};

/// Picks algorithm, schedule and parameters; the first of these that answers:
///
/// 1. what is asked for;
/// 2. the row of this kernel, target and cpu, else of cpu `generic`, where its choice is supported;
/// 3. the row of the same class (op, windows, groups, one image or several, target, cpu) that is nearest by the sum
///    of |log2 of the ratio| over h, w, ci and co, not farther than nearest_limit, where its schedule is supported.
///    Its parameters are taken where the tile's arithmetic is as good here as there, else those of the lowest cost;
/// 4. the rule: the highest priority that supports the kernel, with its parameters of the lowest cost; among equals
///    the lower cost.
///
/// Rows are measured on f32. Where a convolution reads weights of 16 bits, its own row answers as a near one does.
///
/// Rows and schedules that `numerics` rules out count as not supported. Throws Error where what is asked for is
/// unknown, answers another op, does not support the kernel, or is ruled out.
Chosen choose(const KernelSpec &spec, const Target &target, const ChooseOptions &options = {});

/// The share of the peak that plain loops reach.
inline constexpr double plain_share = 0.01;

/// The row that measured this choice for this kernel: of options.cpu, else of generic_cpu; null where there is
/// none.
const TunedRow *measured_row(const Choice &choice, const KernelSpec &spec, const Target &target,
                             const ChooseOptions &options = {});

/// What a kernel takes with a choice, in half cycles, of which a vector FMA takes one where there are two a cycle.
struct ExpectedCost {
    double estimated = 0;            ///< by its schedule; one without an estimate counts as plain loops
    std::optional<double> in_chain;  ///< as the choice's row measured it within a network
};

ExpectedCost expected_cost(const Chosen &chosen, const KernelSpec &spec, const Target &target,
                           const ChooseOptions &options = {});

/// A layer whose width and channels both doubled, or one of them quadrupled, still has much the same place in the
/// caches. Farther away the estimated cost, which counts this kernel's own tiles, knows more than a measured
/// neighbour.
inline constexpr double nearest_limit = 2.0;

/// The layouts that `choice` wants for this kernel.
Layouts layouts_of(const Choice &choice, const KernelSpec &spec, const Target &target);

}  // namespace ingot
