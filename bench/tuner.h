// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "bench/candidates.h"
#include "bench/contest.h"
#include "compiler/graph.h"
#include "generators/emit.h"
#include "schedules/tuned.h"
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ingot {

struct TuneOptions {
    std::string cpu{generic_cpu};
    const TunedTable *tables = nullptr;  ///< what incumbents come from; null: built_in_table()
    EmitOptions emit;
    std::string date, machine;                          ///< of the rows
    std::function<void()> check;                        ///< called often; what it throws ends the search
    std::function<void(const std::string &)> progress;  ///< told what is going on, in a line without its end

    [[nodiscard]] const TunedTable &incumbents() const { return tables == nullptr ? built_in_table() : *tables; }
};

/// What became of a kernel's candidates.
struct TuneCounts {
    std::size_t supported = 0;  ///< combinations of algorithm, schedule and parameters
    std::size_t left_out = 0;   ///< by estimated cost, or for want of time
    std::size_t refused = 0;    ///< not compiled by Halide, or within its limits of time and memory
    std::size_t spills = 0, code_size = 0, cycles = 0;  ///< pruned; see Verdict
    std::size_t wrong = 0;  ///< results that the oracle does not confirm: a fault of Ingot's
    std::size_t timed = 0;

    TuneCounts &operator+=(const TuneCounts &other);
};

struct TuneResult {
    TunedRow row;
    TuneCounts counts;
    std::vector<std::string> wrong;  ///< the choices, with what is wrong
};

/// When a kernel's search shall end.
using Deadline = std::chrono::steady_clock::time_point;
inline constexpr Deadline no_deadline = Deadline::max();

/// Finds the best choice for a kernel by itself: compiles the candidates, prunes them by their machine code,
/// verifies them and times them against the incumbent, hot (operands as the call before left them) and cold
/// (weights and source flushed from all caches before each call, which is what happens in a net whose weights
/// exceed the caches). The choice is the one of the lowest geometric mean of both times. Past half of the time to
/// the deadline no further batch is compiled, past the deadline no further stage is timed. Throws Error, and what
/// `check` throws.
TuneResult tune_alone(const KernelSpec &spec, const Target &target, const TuneOptions &options, Deadline deadline);

/// The same for a kernel of a model: the place of the first node of that kernel in the lowered plan. Each sample is
/// one call there, after all other steps of the plan have run with the model's own weights and memory, so that
/// caches are what a run of the model leaves. A candidate that wants other layouts gets a plan lowered for it.
/// `graph` has seen its passes.
TuneResult tune_in_chain(const Graph &graph, const KernelSpec &spec, const Target &target,
                         const TuneOptions &options, Deadline deadline);

/// The kernels of a model on a target, in order, each once. Their operand layouts are those of the plan.
std::vector<KernelSpec> kernels_of(const Graph &graph, const Target &target, const TuneOptions &options);

}  // namespace ingot
