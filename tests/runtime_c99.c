/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tests/runtime_c99.h"
#include <ingot/plan.h>
#include <ingot/runtime.h>
#include <string.h>

ingot_status run_from_c99(const ingot_model *model, const float *input, float *output, size_t n) {
    ingot_options options = INGOT_OPTIONS_INIT;
    ingot_session *session = NULL;
    const void *inputs[1];
    void *outputs[1];
    char detail[INGOT_DETAIL_BYTES];
    ingot_status status;
    options.device = INGOT_DEVICE_AUTOMATIC;
    options.memory = INGOT_MEMORY_HOST;
    options.detail = detail;
    options.detail_bytes = sizeof(detail);
    status = ingot_session_create(model, &options, &session);
    if (status != INGOT_OK) {
        return status;
    }
    if (strcmp(ingot_session_detail(session), detail) != 0 || strcmp(ingot_session_device(session), "cpu") != 0) {
        ingot_session_destroy(session);
        return INGOT_DEVICE_CALL_FAILED;
    }
    inputs[0] = input;
    outputs[0] = output;
    status = ingot_session_run(session, inputs, outputs, n);
    ingot_session_destroy(session);
    return status;
}
