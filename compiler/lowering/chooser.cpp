// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/chooser.h"

namespace ingot {

const Chosen &Chooser::choose(const KernelSpec &spec, const std::optional<Choice> &asked) {
    const std::string key = to_text(spec) + (asked ? to_text(*asked) : "");
    const auto found = chosen_.find(key);
    return found != chosen_.end() ? found->second
                                  : chosen_.emplace(key, ingot::choose(spec, target_, with(asked))).first->second;
}

const Chosen &Chooser::choose(const KernelSpec &spec, const std::string &name) {
    return choose(spec, asked(spec, name));
}

std::optional<Choice> Chooser::asked(const KernelSpec &spec, const std::string &name) const {
    return find_asked(options_.asked, target_.device, name, spec.op);
}

bool Chooser::is_asked_by_name(const KernelSpec &spec, const std::string &name) const {
    return ingot::is_asked_by_name(options_.asked, target_.device, name, spec.op);
}

ExpectedCost Chooser::cost(const ChosenKernel &kernel) const {
    return expected_cost(kernel.chosen, kernel.spec, target_, with(std::nullopt));
}

}  // namespace ingot
