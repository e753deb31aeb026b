// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "bench/contest.h"
#include "bench/kernel_contenders.h"
#include "bench/tuner.h"
#include <memory>
#include <string>
#include <vector>

namespace ingot {

/// Where a kernel is timed.
class Place {
public:
    Place() = default;
    Place(const Place &) = delete;
    Place &operator=(const Place &) = delete;
    virtual ~Place() = default;
    /// The spec of the candidates, up to operand layouts that a choice decides.
    [[nodiscard]] virtual const KernelSpec &spec() const = 0;
    /// What to compile for a choice. Throws Error where the choice cannot stand here.
    virtual KernelRequest request(const Choice &choice) = 0;
    /// Contenders of kernel i by measure; verify() has seen it.
    virtual std::vector<Contender> contenders(const KernelContenders &kernels, std::size_t i) = 0;
    [[nodiscard]] virtual ContestRules rules() { return {}; }
    /// Writes how the choice was measured.
    virtual void describe(TunedRow &row, const Standing &choice) const = 0;
};

/// By itself, hot and cold.
std::unique_ptr<Place> place_alone(const KernelSpec &spec, const Target &target);

/// Where a model's plan has its first kernel of this shape_text; see tune_in_chain. `graph` and `options` outlive
/// it.
std::unique_ptr<Place> place_in_chain(const Graph &graph, const std::string &kernel, const Target &target,
                                      const TuneOptions &options);

}  // namespace ingot
