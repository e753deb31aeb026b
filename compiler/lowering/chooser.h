// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/lowering/lower.h"
#include <map>
#include <optional>
#include <string>

namespace ingot {

/// A kernel before it is known where its operands lie.
struct ChosenKernel {
    KernelSpec spec;
    Chosen chosen;
};

/// Chooses for the kernels of one target, once for those that are the same.
class Chooser {
public:
    /// Both outlive the chooser.
    Chooser(const Target &target, const LowerOptions &options) : target_(target), options_(options) {}

    [[nodiscard]] const Chosen &choose(const KernelSpec &spec, const std::optional<Choice> &asked);
    /// With what is asked for the node of that name, or for the op.
    [[nodiscard]] const Chosen &choose(const KernelSpec &spec, const std::string &name);
    [[nodiscard]] std::optional<Choice> asked(const KernelSpec &spec, const std::string &name) const;
    [[nodiscard]] bool is_asked_by_name(const KernelSpec &spec, const std::string &name) const;
    [[nodiscard]] ExpectedCost cost(const ChosenKernel &kernel) const;
    [[nodiscard]] const Target &target() const { return target_; }

private:
    [[nodiscard]] ChooseOptions with(const std::optional<Choice> &asked) const {
        return {asked, options_.numerics, options_.cpu, options_.tables};
    }

    const Target &target_;
    const LowerOptions &options_;
    std::map<std::string, Chosen> chosen_;  ///< by the texts of spec and asked choice
};

}  // namespace ingot
