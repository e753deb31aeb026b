// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Apart from the other calls of ingot/runtime.h, so that programs that do not call it do not hold it.
#include "runtime/arguments.h"
#include "runtime/weights.h"
#include "runtime/weights_hash.h"

ingot_status ingot_verify_weights(const ingot_model *model, const ingot_options *options) {
    const ingot_options defaults = INGOT_OPTIONS_INIT;
    ingot_status status = ingot::check_versions(model, options);
    if (status != INGOT_OK) {
        return status;
    }
    const ingot_options &given = options != nullptr ? *options : defaults;
    status = ingot::check_weights(*model, given);
    if (status != INGOT_OK || model->weights_file_bytes == 0) {
        return status;
    }
    const unsigned char *weights = ingot::weights_of(*model, given);
    return ingot::hash_weights(weights, model->weights_bytes) == model->weights_hash ? INGOT_OK
                                                                                     : INGOT_WEIGHTS_DAMAGED;
}
