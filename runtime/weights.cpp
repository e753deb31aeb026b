// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/weights.h"

namespace ingot {

// The weights stay aligned behind the header; the compiler writes it, so its layout is part of the ABI version.
static_assert(sizeof(ingot_weights_header) == INGOT_WEIGHTS_ALIGNMENT);

ingot_status check_weights(const ingot_model &model, const ingot_options &options) {
    if (model.weights_file_bytes == 0) {
        const bool is_given = options.weights != nullptr || options.weights_bytes != 0;
        return is_given ? INGOT_WEIGHTS_LINKED : INGOT_OK;
    }
    if (options.weights == nullptr) {
        return INGOT_WEIGHTS_MISSING;
    }
    if (reinterpret_cast<uintptr_t>(options.weights) % INGOT_WEIGHTS_ALIGNMENT != 0) {
        return INGOT_WEIGHTS_MISALIGNED;
    }
    if (options.weights_bytes != model.weights_file_bytes) {
        return INGOT_WEIGHTS_WRONG_SIZE;
    }
    const auto &header = *static_cast<const ingot_weights_header *>(options.weights);
    const bool is_the_models = header.magic == INGOT_WEIGHTS_MAGIC && header.bytes == model.weights_bytes &&
                               header.hash == model.weights_hash;
    return is_the_models ? INGOT_OK : INGOT_WEIGHTS_OF_ANOTHER_MODEL;
}

const unsigned char *weights_of(const ingot_model &model, const ingot_options &options) {
    if (model.weights_file_bytes == 0) {
        return model.weights;
    }
    return static_cast<const unsigned char *>(options.weights) + sizeof(ingot_weights_header);
}

}  // namespace ingot
