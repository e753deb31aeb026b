// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_request.h"
#include "generators/hash.h"

namespace ingot {

namespace {

const char *form_suffix(KernelForm form) {
    return form == KernelForm::checked ? " checked" : form == KernelForm::sanitized ? " sanitized" : "";
}

std::string shape_name(const KernelSpec &spec) {
    std::string name;
    for (const int64_t extent : is_tensor_op(spec.op) ? spec.dims : std::vector{spec.h, spec.w, spec.ci}) {
        name += (name.empty() ? "" : "x") + std::to_string(extent);
    }
    return is_tensor_op(spec.op) ? name : name + "_" + std::to_string(spec.co);
}

}  // namespace

std::string to_text(const KernelRequest &request) {
    return to_text(request.spec) + " by " + to_text(request.choice) + " on " + std::string(request.target->name) +
           form_suffix(request.form);
}

std::string kernel_symbol(const KernelRequest &request) {
    const KernelSpec &spec = request.spec;
    return "ingot_" + std::string(to_text(spec.op)) + "_" + shape_name(spec) + "_" +
           hash_text(to_text(request)).substr(0, 8);
}

}  // namespace ingot
