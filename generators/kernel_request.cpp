// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_request.h"
#include "generators/hash.h"

namespace ingot {

namespace {

const char *form_suffix(KernelForm form) {
    return form == KernelForm::checked ? " checked" : form == KernelForm::sanitized ? " sanitized" : "";
}

}  // namespace

std::string to_text(const KernelRequest &request) {
    return to_text(request.spec) + " by " + to_text(request.choice) + " on " + std::string(request.target->name) +
           form_suffix(request.form);
}

std::string kernel_symbol(const KernelRequest &request) {
    const KernelSpec &spec = request.spec;
    const std::string shape = std::to_string(spec.h) + "x" + std::to_string(spec.w) + "x" +
                              std::to_string(spec.ci) + "_" + std::to_string(spec.co);
    return "ingot_" + std::string(to_text(spec.op)) + "_" + shape + "_" + hash_text(to_text(request)).substr(0, 8);
}

}  // namespace ingot
