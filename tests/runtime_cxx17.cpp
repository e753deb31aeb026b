// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/runtime_cxx17.h"
#include <ingot/plan.h>

static_assert(__cplusplus == 201703L, "this file shows that the public headers are C++17");

ingot_status run_from_cxx17(const ingot_model &model, const float *input, float *output, size_t n) {
    ingot::Session session(model, ingot::default_options());
    const void *const inputs[] = {input};
    void *const outputs[] = {output};
    return session.run(inputs, outputs, n).code();
}
